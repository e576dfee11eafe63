"""What is tallied while a tensor is read in blocks of rows; each tally uses bounded memory.

A block is a float matrix of whole rows. Tallies that need its squares or magnitudes get them,
computed once for all.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

SAMPLE_SIZE = 65_536
SAMPLE_SEED = 20_250_101
NEAR_ZERO = 1e-3  # of the kernel's RMS
FOLDED_WIDTH = 4096  # entries that float32 may add up in one go and keep seven digits
# Small magnitudes are kept before the RMS is known. The bound is this many times the one by the
# first block's RMS.
NEAR_ZERO_MARGIN = 2.0
MAX_KEPT = 1 << 20


# BLAS is not used on purpose: its threads stall on the many small sums, for long on busy machines.


def total(block: Floats) -> float:
    """The sum of a block of positive numbers, to about seven digits even in float32."""
    flat = block.reshape(-1)
    if flat.size < FOLDED_WIDTH:
        return float(np.add.reduce(flat, dtype=np.float64))
    even = flat.size - flat.size % FOLDED_WIDTH
    sums = np.einsum("ij->i", flat[:even].reshape(-1, FOLDED_WIDTH))
    return float(sums.sum(dtype=np.float64) + flat[even:].sum(dtype=np.float64))


def column_sums(block: Floats) -> NDArray[np.float64]:
    """The sum of each column of a block of positive numbers, to about seven digits.

    Narrow blocks are folded, several rows side by side, to keep sums in float32 short.
    """
    rows, columns = block.shape
    fold = min(FOLDED_WIDTH // columns, rows // 64)
    if fold <= 1:
        return np.asarray(block.sum(axis=0), dtype=np.float64)
    even = rows - rows % fold
    wide = block[:even].reshape(-1, fold * columns).sum(axis=0)
    sums: NDArray[np.float64] = wide.reshape(fold, columns).sum(axis=0, dtype=np.float64)
    if even < rows:
        sums += block[even:].sum(axis=0, dtype=np.float64)
    return sums


class UnitTally:
    """For each column: its sum of squares, and whether all its entries are equal so far."""

    def __init__(self, *, columns: int) -> None:
        self.columns = columns
        self.squares = np.zeros(columns)
        self.constant = np.arange(columns)  # columns without two different entries so far
        self.first_row: Floats | None = None

    def add(self, block: Floats, squares: Floats) -> float:
        """Add whole rows and their squares; returns the sum of all these squares."""
        sums = column_sums(squares)
        self.squares += sums
        if self.first_row is None:
            self.first_row = block[0].copy()
        first = self.first_row
        if self.constant.size:
            # Two rows rule out nearly all columns; only the rest is compared in full.
            for part in (block[:2], block):
                same = part[:, self.constant] == first[self.constant]
                self.constant = self.constant[same.all(axis=0)]
        return float(sums.sum())

    @property
    def zero_units(self) -> int:
        """Columns whose entries are all exactly 0."""
        if self.first_row is None:
            return 0
        return int(np.count_nonzero(self.first_row[self.constant] == 0))


class InputTally:
    """For each row: its sum of squares."""

    def __init__(self, *, rows: int, inputs: int) -> None:
        self.inputs = inputs
        self.squares = np.zeros(rows)
        self.taken = 0

    def add(self, squares: Floats) -> None:
        """Add the squares of whole rows."""
        self.squares[self.taken : self.taken + len(squares)] = np.einsum("ij->i", squares)
        self.taken += len(squares)

    @property
    def input_squares(self) -> NDArray[np.float64]:
        """The sum of squares of each input over all its rows."""
        return np.asarray(self.squares.reshape(-1, self.inputs).sum(axis=0))


class NearZeroTally:
    """Entries that are exactly 0, and small ones kept until the RMS is known.

    The first block with anything in it sets a generous bound. If that was too low, or too many
    entries are below it, `count_below` is None and the tensor must be read again.
    """

    def __init__(self) -> None:
        self.zeros = 0
        self.bound = 0.0
        self.kept: list[Floats] = []
        self.kept_size = 0
        self.is_overfull = False

    def add(self, magnitudes: Floats, mask: NDArray[np.bool_]) -> None:
        """Add the magnitudes of a block; `mask` is scratch memory of the same shape."""
        if self.bound == 0 and not self.is_overfull:
            flat = magnitudes.reshape(-1)
            mean_square = np.einsum("i,i->", flat, flat) / flat.size
            self.bound = NEAR_ZERO_MARGIN * NEAR_ZERO * float(mean_square) ** 0.5
        np.less_equal(magnitudes, self.bound, out=mask)
        if self.bound == 0:
            self.zeros += int(np.count_nonzero(mask))
            return
        near_zero = magnitudes[mask]
        small = near_zero[near_zero > 0]
        self.zeros += near_zero.size - small.size
        self.kept.append(small)
        self.kept_size += small.size
        if self.kept_size > MAX_KEPT:
            self.kept, self.bound, self.is_overfull = [], 0.0, True

    def count_below(self, threshold: float) -> int | None:
        """The number of entries that are 0 or below `threshold`; None if it is not known."""
        if threshold == 0:
            return self.zeros
        if self.is_overfull or threshold > self.bound:
            return None
        return self.zeros + sum(int(np.count_nonzero(part < threshold)) for part in self.kept)


@cache
def _jitter() -> NDArray[np.float64]:
    """One number in [0, 1) for each entry of a sample: SplitMix64, the same on every machine."""
    with np.errstate(over="ignore"):
        state = np.arange(1, SAMPLE_SIZE + 1, dtype=np.uint64) + np.uint64(SAMPLE_SEED)
        state *= np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


class Sample:
    """Up to 65,536 entries: all of a small tensor, else one from each of as many equal stretches.

    Which entries these are depends only on the tensor's size.
    """

    def __init__(self, *, count: int) -> None:
        self.taken = 0
        self.parts: list[Floats] = []
        self.positions: NDArray[np.int64] | None = None  # None for all of a small tensor
        if count > SAMPLE_SIZE:
            places = np.arange(SAMPLE_SIZE) + _jitter()
            places *= count / SAMPLE_SIZE
            self.positions = places.astype(np.int64)

    def add(self, block: Floats) -> None:
        """Add the entries of a block that belong to the sample."""
        flat = block.reshape(-1)
        if self.positions is None:
            self.parts.append(flat.copy())
        else:
            low, high = np.searchsorted(self.positions, (self.taken, self.taken + flat.size))
            wanted = self.positions[low:high] - self.taken
            self.parts.append(flat[wanted])
        self.taken += flat.size

    def median(self) -> float:
        """The median magnitude of the sampled entries."""
        values = self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts)
        return take_median(np.abs(values))


def take_median(values: Floats) -> float:
    """The median of at least one number, in a third of `np.median`'s time; reorders `values`."""
    half = len(values) // 2
    values.partition(half)
    if len(values) % 2:
        return float(values[half])
    return (float(values[half]) + float(values[:half].max())) / 2
