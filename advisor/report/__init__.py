"""The report as one value, and the formats that show it.

Imports from inputs, evidence, settings, rulebook, gate, probes, recommend.
"""
