"""The spectral norm of a kernel, from a Gram matrix added up while the kernel is read."""

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.weights.matrix_view import MatrixView

# A kernel with the short side first must be in memory as a whole for its Gram matrix.
MAX_WIDE_ENTRIES = 1 << 24
TALL_CHUNK = 1 << 19  # entries: matrix products of fewer rows take most of their time to start


class GramTally:
    """The Gram matrix along the short side of a kernel."""

    def __init__(self, *, side: int, is_tall: bool, chunk_entries: int) -> None:
        self.side = side
        self.is_tall = is_tall
        self.chunk_entries = chunk_entries
        self.gram = np.zeros((side, side))

    @classmethod
    def of(cls, view: MatrixView, limit: int) -> "GramTally | None":
        """A tally for the kernel, or None if its short side is longer than `limit`.

        Also None if its singular values mean nothing, or if it is too wide to keep in memory.
        """
        side, is_tall = min(view.rows, view.columns), view.columns <= view.rows
        entries = max(view.columns, TALL_CHUNK) if is_tall else view.rows * view.columns
        if not view.is_map or side > limit or entries > MAX_WIDE_ENTRIES:
            return None
        return cls(side=side, is_tall=is_tall, chunk_entries=entries)

    def add(self, matrix: NDArray[np.floating]) -> None:
        """Add whole rows: many at a time, or all at once if the kernel is wide."""
        if self.is_tall:
            self.gram += matrix.T @ matrix
        elif len(matrix) == self.side:
            self.gram += matrix @ matrix.T

    def spectral_norm(self) -> float | None:
        """The largest singular value; None for a kernel that is 0, or too large to square."""
        if not np.isfinite(self.gram).all():
            return None
        largest = np.linalg.eigvalsh(self.gram)[-1]
        return float(largest**0.5) if largest > 0 else None
