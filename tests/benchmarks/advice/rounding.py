"""Stored figures with no more digits than they are worth."""

from typing import Any


def rounded(value: Any, digits: int) -> Any:
    """All floats in a value as JSON has it, to so many significant digits; tuples become lists."""
    match value:
        case float():
            return float(f"{value:.{digits}g}")
        case dict():
            return {name: rounded(each, digits) for name, each in value.items()}
        case list() | tuple():
            return [rounded(each, digits) for each in value]
        case _:
            return value
