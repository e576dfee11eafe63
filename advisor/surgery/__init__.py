"""Making the recommended change: in code to paste, and in the model's file.

Imports from inputs, evidence, rulebook, candidates, training, recommend.
"""
