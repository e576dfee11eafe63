"""Which regularization could go where in a model, at which doses, and what rules propose of it.

Imports from inputs, evidence, rulebook.
"""
