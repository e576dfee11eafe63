"""The command line: the only package that prints, exits or reads the environment.

Imports from inputs, settings, rulebook, gate, probes, training, report, surgery, pipeline.
"""
