"""Whether rows follow each other in time: then a random split would let the future leak."""

import numpy as np
from numpy.typing import NDArray

from advisor.inputs.dataset import Array, Rows
from advisor.inputs.datasets.class_labels import class_labels

MINIMUM_ROWS = 30
LOOKED_AT = 2000  # rows from the start
STRIDES = range(1, 9)
AUTOCORRELATION = 0.5  # of neighbouring rows; independent ones give 0 +- 1/sqrt(rows)
SHARE_OF_WINDOWS = 0.5  # of the neighbouring rows that have to overlap


def why_sequence(rows: Rows) -> str | None:
    """Why the rows look like a sequence, in their order; None where they don't.

    Looks for windows that overlap with their neighbours, for targets that resemble the row
    before, and for inputs that do so within a class. Rows sorted by class or by target are no
    sequence.
    """
    if len(rows) < MINIMUM_ROWS:
        return None
    first = rows.take(np.arange(min(len(rows), LOOKED_AT)))
    for array in first.inputs:
        if _has_overlapping_windows(array):
            return "the inputs are windows that overlap"
    labels = class_labels(first)
    if labels is None:
        target = _flat_numbers(first.targets[0])
        if target is None or _is_sorted(target):
            return None
        if _autocorrelation(target) > AUTOCORRELATION:
            return "targets resemble those of the row before"
        labels = np.zeros(len(first), dtype=np.int64)
    inputs = [flat for array in first.inputs if (flat := _flat_numbers(array)) is not None]
    if inputs and _autocorrelation(_within_classes(np.hstack(inputs), labels)) > AUTOCORRELATION:
        return "inputs resemble those of the row before"
    return None


def _has_overlapping_windows(array: Array) -> bool:
    """True if most rows are the row before, moved by a few steps along the second axis."""
    if array.ndim < 2 or array.ndim > 3 or array.shape[1] < 4 or array.dtype.kind not in "biuf":
        return False
    rows = array.reshape(len(array), array.shape[1], -1)
    before, after = rows[:-1], rows[1:]
    varied = np.any(rows[1:] != rows[1:, :1], axis=(1, 2))  # constant rows equal any shift
    if np.count_nonzero(varied) < MINIMUM_ROWS // 2:
        return False
    for stride in STRIDES:
        if 2 * stride > rows.shape[1]:
            break
        same = np.all(before[:, stride:] == after[:, :-stride], axis=(1, 2))
        if np.mean(same[varied]) > SHARE_OF_WINDOWS:
            return True
    return False


def _flat_numbers(array: Array) -> NDArray[np.float64] | None:
    """Numbers as float64 [rows, columns]; at most 256 columns, spread evenly. None for text."""
    if array.dtype.kind not in "biuf" or array.size == 0:
        return None
    flat = array.reshape(len(array), -1)
    columns = np.linspace(0, flat.shape[1] - 1, min(256, flat.shape[1])).astype(np.int64)
    chosen = flat[:, columns].astype(np.float64)
    return chosen if np.all(np.isfinite(chosen)) else None


def _is_sorted(target: NDArray[np.float64]) -> bool:
    steps = np.diff(target[:, 0])
    return bool(np.all(steps >= 0) or np.all(steps <= 0))


def _within_classes(inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The inputs less the mean of their class, so that rows sorted by class look unordered."""
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), inputs.shape[1]))
    np.add.at(sums, numbers, inputs)
    centered: NDArray[np.float64] = inputs - (sums / counts[:, None])[numbers]
    return centered


def _autocorrelation(columns: NDArray[np.float64]) -> float:
    """The median over columns of the correlation of each row with the row before."""
    centered = columns - columns.mean(axis=0)
    power = np.sum(centered**2, axis=0)
    moving = power > 1e-12 * max(1.0, float(power.max(initial=0.0)))
    if not np.any(moving):
        return 0.0
    products = np.sum(centered[1:] * centered[:-1], axis=0)
    return float(np.median(products[moving] / power[moving]))
