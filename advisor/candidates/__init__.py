"""Which regularization could go where in a model, at which doses, and what the rules propose.

Imports from inputs, evidence, rulebook.
"""
