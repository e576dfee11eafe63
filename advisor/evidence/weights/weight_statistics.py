"""The statistics of saved weights: one pass over each tensor, in bounded memory."""

import threading
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.weights.matrix_view import MatrixView, matrix_view
from advisor.evidence.weights.spectrum import GramTally
from advisor.evidence.weights.tensor_statistics import TensorStatistics
from advisor.evidence.weights.tensor_tallies import (
    NEAR_ZERO,
    SAMPLE_SIZE,
    Floats,
    InputTally,
    NearZeroTally,
    Sample,
    UnitTally,
    take_median,
    total,
)
from advisor.inputs.model_facts import ModelFacts, StoredTensor, TensorFacts

SPECTRUM_LIMIT = 256
CHUNK_BYTES = 1 << 20  # summed while it is in the cache
BLOCK_ENTRIES = 1 << 18  # 1 MB of float32
PARALLEL_ENTRIES = 1 << 24  # 64 MB of float32
LEAST_ROWS = 4  # in a block of a wide kernel: its column sums cost as much as a row
# Outside these the square of a float32 overflows or vanishes, so float64 is used.
SAFE_MAGNITUDES = (1e-15, 1e15)
HEAVY_SHARE = 0.9  # of a kernel's squared norm, for the inputs that make it up


def measure_weights(
    model: ModelFacts, spectrum_limit: int = SPECTRUM_LIMIT
) -> dict[str, tuple[TensorStatistics, ...]]:
    """The statistics of every stored tensor, by layer path, in the order of the layer's tensors.

    Singular values are computed for kernels whose short side is at most `spectrum_limit`.
    Layers without weights, and weights that were not read, are left out.
    """
    jobs = [
        (layer.path, tensor, layer.class_name)
        for layer in model.layers
        for tensor in layer.tensors
        if tensor.stored is not None
    ]
    own = threading.local()

    def measure(job: tuple[str, TensorFacts, str]) -> TensorStatistics:
        if not hasattr(own, "scratch"):
            own.scratch = _Scratch()
        return measure_tensor(job[1], job[2], spectrum_limit, own.scratch)

    # NumPy lets other threads run while it sums; small tensors would only wait for each other.
    if sum(tensor.size for _, tensor, _ in jobs) < PARALLEL_ENTRIES:
        measured = list(map(measure, jobs))
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=2) as pool:
            measured = list(pool.map(measure, jobs))
    by_layer: dict[str, tuple[TensorStatistics, ...]] = {}
    for (path, _, _), statistics in zip(jobs, measured, strict=True):
        by_layer[path] = (*by_layer.get(path, ()), statistics)
    return by_layer


class _Scratch:
    """Memory for what is computed from a block, reused for every block."""

    def __init__(self) -> None:
        self._floats: dict[np.dtype[np.floating], Floats] = {}
        self._mask: NDArray[np.bool_] = np.empty(BLOCK_ENTRIES, dtype=np.bool_)

    def floats(self, block: Floats) -> Floats:
        """An uninitialized array of the shape and dtype of `block`, one for each dtype."""
        room = self._floats.get(block.dtype)
        if room is None or room.size < block.size:
            room = np.empty(max(block.size, BLOCK_ENTRIES), dtype=block.dtype)
            self._floats[block.dtype] = room
        return room[: block.size].reshape(block.shape)

    def mask(self, block: Floats) -> NDArray[np.bool_]:
        """An uninitialized mask of the shape of `block`."""
        if self._mask.size < block.size:
            self._mask = np.empty(block.size, dtype=np.bool_)
        return self._mask[: block.size].reshape(block.shape)


def measure_tensor(
    tensor: TensorFacts,
    class_name: str = "",
    spectrum_limit: int = SPECTRUM_LIMIT,
    scratch: _Scratch | None = None,
) -> TensorStatistics:
    """The statistics of one stored tensor of a layer of the class `class_name`."""
    if tensor.stored is None:
        raise ValueError(f"{tensor.role}: the tensor was not read")
    view = matrix_view(tensor, class_name)
    tensor_pass = _TensorPass(tensor, view, spectrum_limit, scratch or _Scratch())
    # A NaN or an overflow is a finding, counted below, so NumPy must not warn.
    with np.errstate(all="ignore"):
        for chunk in tensor.stored.chunks(tensor_pass.chunk_bytes):
            tensor_pass.add(_as_float(chunk))
        if (near_zeros := tensor_pass.count_near_zeros()) is None:
            near_zeros = _count_below(tensor.stored, tensor_pass.near_zero)
        return tensor_pass.result(near_zeros)


class _TensorPass:
    """All tallies of one tensor, fed block by block."""

    def __init__(
        self, tensor: TensorFacts, view: MatrixView | None, spectrum_limit: int, scratch: _Scratch
    ) -> None:
        self.tensor = tensor
        self.count = prod(tensor.shape)
        self.view = view
        self.columns = view.columns if view else 1
        self.scratch = scratch
        self.rest: Floats | None = None
        self.nonfinite = 0
        self.sum_magnitudes = self.sum_squares = 0.0
        self.smallest, self.largest = float("inf"), float("-inf")
        self.near_zeros = NearZeroTally()
        self.sample = Sample(count=self.count) if view else None
        self.units = UnitTally(columns=view.columns) if view and view.has_units else None
        self.inputs = (
            InputTally(rows=view.rows, inputs=view.inputs) if view and view.inputs else None
        )
        self.gram = GramTally.of(view, spectrum_limit) if view else None

    @property
    def chunk_bytes(self) -> int:
        """The size of the pieces to read: at least a few rows, or all of it if a tally needs it."""
        least = self.gram.chunk_entries if self.gram else LEAST_ROWS * self.columns
        return max(CHUNK_BYTES, least * 8)

    def add(self, chunk: Floats) -> None:
        """Add the next entries; a row that is not complete waits for the rest of it."""
        if self.rest is not None:
            chunk = np.concatenate((self.rest, chunk))
        whole = chunk.size - chunk.size % self.columns
        self.rest = chunk[whole:].copy() if whole < chunk.size else None
        matrix = chunk[:whole].reshape(-1, self.columns)
        if self.gram:
            self.gram.add(matrix)
        step = max(LEAST_ROWS, BLOCK_ENTRIES // self.columns)
        for start in range(0, len(matrix), step):
            self._add_block(matrix[start : start + step])

    def _add_block(self, block: Floats) -> None:
        if self.sample:
            self.sample.add(block)
        magnitudes = np.abs(block, out=self.scratch.floats(block))
        peak = float(np.maximum.reduce(magnitudes, axis=None))
        if not peak < np.inf:
            block, peak = self._without_nonfinite(block)
            magnitudes = np.abs(block)
        elif not peak <= min(-self.smallest, self.largest):  # else the extremes stay
            self.smallest = min(self.smallest, float(np.minimum.reduce(block, axis=None)))
            self.largest = max(self.largest, float(np.maximum.reduce(block, axis=None)))
        if not SAFE_MAGNITUDES[0] < peak < SAFE_MAGNITUDES[1]:
            block, magnitudes = block.astype(np.float64), magnitudes.astype(np.float64)
        self.sum_magnitudes += total(magnitudes)
        self.near_zeros.add(magnitudes, self.scratch.mask(block))
        squares = np.multiply(magnitudes, magnitudes, out=magnitudes)
        self.sum_squares += self.units.add(block, squares) if self.units else total(squares)
        if self.inputs:
            self.inputs.add(squares)

    def _without_nonfinite(self, block: Floats) -> tuple[Floats, float]:
        """The block with 0 for NaN and infinity, and the largest magnitude of what is finite."""
        finite = np.isfinite(block)
        self.nonfinite += block.size - int(np.count_nonzero(finite))
        low = float(block.min(where=finite, initial=np.inf))
        high = float(block.max(where=finite, initial=-np.inf))
        self.smallest, self.largest = min(self.smallest, low), max(self.largest, high)
        return np.where(finite, block, block.dtype.type(0)), max(-low, high)

    @property
    def finite(self) -> int:
        """The number of finite entries."""
        return self.count - self.nonfinite

    @property
    def near_zero(self) -> float:
        """The magnitude below which an entry is nearly 0."""
        return float(NEAR_ZERO * (self.sum_squares / max(self.finite, 1)) ** 0.5)

    def count_near_zeros(self) -> int | None:
        """Entries nearly 0 or not finite; None if the tensor must be read again to count them."""
        return self.near_zeros.count_below(self.near_zero)

    def result(self, near_zeros: int) -> TensorStatistics:
        """The statistics of all blocks together."""
        return TensorStatistics(
            role=self.tensor.role,
            part=self.tensor.part,
            shape=self.tensor.shape,
            dtype=self.tensor.dtype,
            is_kernel=self.view is not None,
            count=self.count,
            nonfinite=self.nonfinite,
            sum_magnitudes=self.sum_magnitudes,
            sum_squares=self.sum_squares,
            smallest=self.smallest if self.finite else None,
            largest=self.largest if self.finite else None,
            zeros=self.near_zeros.zeros - self.nonfinite,
            near_zeros=near_zeros - self.nonfinite,
            **self._kernel_figures(),
        )

    def _kernel_figures(self) -> dict[str, Any]:
        """The figures that only kernels have; most are left out if entries are not finite."""
        if not self.view or not self.sample:
            return {}
        figures: dict[str, Any] = {"rows": self.view.rows, "columns": self.view.columns}
        if self.nonfinite:
            return figures
        figures["sampled"] = min(self.count, SAMPLE_SIZE)
        figures["median"] = self.sample.median()
        if self.units:
            figures |= _unit_figures(self.units, self.view.rows)
        if self.inputs:
            figures |= _input_figures(self.inputs)
        if self.gram:
            figures["spectral_norm"] = self.gram.spectral_norm()
        return figures


def _unit_figures(units: UnitTally, rows: int) -> dict[str, Any]:
    norms = np.sqrt(units.squares)
    return {
        "units": units.columns,
        # A single weight has nothing to differ from.
        "constant_units": len(units.constant) if rows > 1 else units.zero_units,
        "median_unit_norm": take_median(norms),
        "largest_unit_norm": float(norms.max()),
    }


def _input_figures(inputs: InputTally) -> dict[str, Any]:
    squares = inputs.input_squares
    mounting = np.cumsum(np.sort(squares)[::-1])
    heavy = int(np.searchsorted(mounting, HEAVY_SHARE * mounting[-1])) + 1
    return {
        "inputs": inputs.inputs,
        "heavy_inputs": heavy if mounting[-1] > 0 else None,
    }


def _count_below(stored: StoredTensor, threshold: float) -> int:
    """Entries below `threshold` in magnitude or not finite, from reading the tensor again."""
    count = 0
    for chunk in stored.chunks(CHUNK_BYTES):
        block = _as_float(chunk)
        count += int(np.count_nonzero(~(np.abs(block) >= threshold)))
        count += int(np.count_nonzero(np.isinf(block)))
    return count


def _as_float(chunk: NDArray[np.generic]) -> Floats:
    """The values in float32 if that represents them exactly, else in float64."""
    if chunk.dtype in (np.float32, np.float64):
        return cast(Floats, chunk)
    return chunk.astype(np.result_type(chunk.dtype, np.float32))
