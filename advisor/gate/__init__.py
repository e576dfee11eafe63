"""The gate: whether a run is within its limits, beyond what noise could pretend.

Imports from inputs, evidence, settings, rulebook.
"""
