"""A report as text, one module a format.

Imports from charts, wording.
"""
