"""What trains a trial: the compiled program, or Keras' own `fit`, epoch by epoch.

Imports from rows, model.
"""
