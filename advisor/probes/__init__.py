"""Decides by measured trainings which regularization to recommend; it runs none, a Trainer does.

Imports from candidates.
"""
