"""Which rows a trial sees, and in which order: all of it from the trial's seed and split."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.values import dataclass

Indices = NDArray[np.int32]
_BLOCK_ROWS = 2_000_000  # row numbers laid out at once: 8 MB


@dataclass(frozen=True, kw_only=True)
class RowPlan:
    """The rows of one trial by their indices among all rows; no indices if rows are streamed.

    `val` begins with the `half` rows on which an epoch is chosen when it is read on the others.
    Epochs run from `first` up to `epochs`. `learning_rates` has one per epoch, or is empty.
    """

    train: Indices
    val: Indices
    half: int
    epochs: int
    seed: int
    first: int = 0  # the epoch to begin with
    learning_rates: Sequence[float] = ()

    @property
    def n_train(self) -> int:
        """The number of training rows."""
        return len(self.train)

    def blocks(self) -> Iterator[tuple[int, Indices]]:
        """First epoch and row order [epochs, rows] of a few epochs at a time."""
        size = max(1, _BLOCK_ROWS // self.n_train)
        for first in range(self.first, self.epochs, size):
            last = min(self.epochs, first + size)
            yield first, np.stack([self.order(epoch) for epoch in range(first, last)])

    def order(self, epoch: int) -> Indices:
        """The training rows as they are shuffled in that epoch (from 0)."""
        return np.random.default_rng([self.seed, epoch]).permutation(self.train)

    def rates(self, first: int, count: int) -> list[float]:
        """The learning rates of `count` epochs; zeros where they are not replayed."""
        if not self.learning_rates:
            return [0.0] * count
        given = self.learning_rates
        return [given[min(epoch, len(given) - 1)] for epoch in range(first, first + count)]


def in_halves(val: NDArray[np.integer], split: int) -> tuple[Indices, int]:
    """The rows, a random half first, and its size; the same for all trials of a split."""
    cut = np.random.default_rng([split, 3]).permutation(len(val))
    half = len(val) // 2
    places = np.concatenate([np.sort(cut[:half]), np.sort(cut[half:])])
    return val[places].astype(np.int32), half
