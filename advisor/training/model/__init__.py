"""The user's model as one of our own: loaded, initialized, its strengths made variables.

Imports from rows.
"""
