"""The rules, the language of their conditions, and what they say together.

Imports from evidence.
"""
