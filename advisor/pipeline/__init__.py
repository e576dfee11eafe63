"""The whole check, from the user's files to a report, and what else needs an examination.

Imports from inputs, evidence, settings, rulebook, candidates, gate, probes, training, recommend,
report, surgery.
"""
