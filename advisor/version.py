"""The version, alone, for all that prints or stores it."""

__version__ = "0.1.0"
