"""Trains variants of the user's own network: the only package that runs models.

Imports from inputs, evidence, probes.
"""
