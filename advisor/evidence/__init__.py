"""Measurements on the inputs: each is measured, assumed, or missing with a reason.

Imports from inputs.
"""
