"""What the user set: in pyproject.toml, in the environment, by flags and by keywords.

Imports from inputs.
"""
