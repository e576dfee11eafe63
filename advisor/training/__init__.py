"""Trains variants of the user's own network: the only package that runs models."""
