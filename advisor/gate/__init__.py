"""The gate: whether a run is within its limits, beyond what noise could explain.

Imports from inputs, evidence, settings, rulebook.
"""
