"""Decides by measured trainings which regularization to recommend; numpy only."""
