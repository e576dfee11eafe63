"""The weights of a model file, matched to the layers of its configuration."""
