"""Paths of layers, kept apart: the second `a` becomes `a#2`."""

from dataclasses import dataclass, field

MAX_PATH = 400  # characters


@dataclass
class PathNames:
    """The paths in use, with how often each was asked for."""

    counts: dict[str, int] = field(default_factory=dict)

    def unique(self, path: str) -> str:
        """`path`, cut to 400 characters, or with a number where it is in use; it is in use then."""
        path = path[:MAX_PATH]
        found = path
        while found in self.counts:
            self.counts[path] += 1
            found = f"{path}#{self.counts[path]}"
        self.counts[found] = 1
        return found

    def __len__(self) -> int:
        return len(self.counts)
