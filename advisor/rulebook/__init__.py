"""The rules, the language of their conditions, and the verdict that they lead to.

Imports from evidence.
"""
