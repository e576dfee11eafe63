"""Trains variants of the user's own network: the only package that runs models.

Imports from keras_internals, inputs, evidence, probes.
"""
