"""The versions, alone, for all that prints or stores them."""

__version__ = "0.1.0"
SCHEMA_VERSION = 1  # of the report's JSON; changes within one only add
