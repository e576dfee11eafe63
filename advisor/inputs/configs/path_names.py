"""Paths of layers, kept apart: the second `a` becomes `a#2`."""

from collections.abc import Mapping

MAX_PATH = 400  # characters


class PathNames:
    """The paths in use, with how often each was asked for."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.counts = dict(counts or {})

    def unique(self, path: str) -> str:
        """`path`, cut to 400 characters, or with a number where it is in use; it is in use then."""
        path = path[:MAX_PATH]
        unique = path
        while unique in self.counts:
            self.counts[path] += 1
            unique = f"{path}#{self.counts[path]}"
        self.counts[unique] = 1
        return unique

    def __len__(self) -> int:
        return len(self.counts)
