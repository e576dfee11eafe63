"""The configuration of a Keras model: layers, how they are joined, how it was compiled."""
