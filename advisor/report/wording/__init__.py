"""What reports say, in words that every format shares.

Imports from charts.
"""
