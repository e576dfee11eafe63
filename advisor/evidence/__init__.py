"""Measurements on the inputs: each found, assumed, or missing with a reason.

Imports from inputs.
"""
