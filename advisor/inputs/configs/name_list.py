"""A list of names for a note: the first few, and how many more there are."""

from collections.abc import Sequence

MAX_NAMED = 5


def some(names: Sequence[str]) -> str:
    """`a, b, c, d, e and 3 more`."""
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
