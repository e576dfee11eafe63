"""Charts of characters, for the terminal and Markdown.

Imports from no other room of `report`.
"""
