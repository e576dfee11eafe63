"""The singular values of a kernel, from a Gram matrix that grows while the kernel streams past."""

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.weights.matrix_view import MatrixView
from advisor.values import dataclass

# A kernel with the short side first must lie in memory as a whole for its Gram matrix.
MAX_WIDE_ENTRIES = 1 << 24
TALL_CHUNK = 1 << 19  # entries: matrix products of fewer rows spend their time on starting
LEAST_FOR_TAIL = 16  # singular values behind an exponent
# The Gram matrix is multiplied in float32: smaller eigenvalues are noise.
GRAM_PRECISION = 1e-6


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """The largest singular value, and how heavy the upper tail of the squared ones is.

    `tail_exponent` is Hill's estimate over the larger half of the squared singular values: their
    density falls as value ** -exponent. Martin & Mahoney (2021, JMLR 22) find 2 to 4 in strongly
    trained kernels, above 6 in nearly random ones. None with fewer than 16 singular values, or
    where the middle one is lost in rounding.
    """

    spectral_norm: float
    tail_exponent: float | None


class GramTally:
    """The Gram matrix along the short side of a kernel."""

    def __init__(self, *, side: int, is_tall: bool, chunk_entries: int) -> None:
        self.side = side
        self.is_tall = is_tall
        self.chunk_entries = chunk_entries
        self.gram = np.zeros((side, side))

    @classmethod
    def of(cls, view: MatrixView, limit: int) -> "GramTally | None":
        """A tally for the kernel, or None where its short side is longer than `limit`.

        None also where its singular values mean nothing, and where it is too wide to hold.
        """
        side, is_tall = min(view.rows, view.columns), view.columns <= view.rows
        entries = max(view.columns, TALL_CHUNK) if is_tall else view.rows * view.columns
        if not view.is_map or side > limit or entries > MAX_WIDE_ENTRIES:
            return None
        return cls(side=side, is_tall=is_tall, chunk_entries=entries)

    def add(self, matrix: NDArray[np.floating]) -> None:
        """Take in whole rows: many at a time, and all at once where the kernel is wide."""
        if self.is_tall:
            self.gram += matrix.T @ matrix
        elif len(matrix) == self.side:
            self.gram += matrix @ matrix.T

    def spectrum(self) -> Spectrum | None:
        """What the singular values say; None for a kernel that is 0, or too large to square."""
        if not np.isfinite(self.gram).all():
            return None
        values = np.linalg.eigvalsh(self.gram)
        if not values[-1] > 0:
            return None
        return Spectrum(spectral_norm=float(values[-1] ** 0.5), tail_exponent=_tail(values))


def _tail(ascending: NDArray[np.floating]) -> float | None:
    upper = len(ascending) // 2
    threshold = ascending[len(ascending) - upper - 1]
    if len(ascending) < LEAST_FOR_TAIL or threshold <= GRAM_PRECISION * ascending[-1]:
        return None
    excess = float(np.log(ascending[-upper:] / threshold).sum())
    return 1.0 + upper / excess if excess > 0 else None
