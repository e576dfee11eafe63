"""A rebound row by row: each validation row's loss in the judged window less that in the best."""

from math import sqrt

import numpy as np
import numpy.typing as npt

from advisor.evidence.curves.run import Run
from advisor.evidence.curves.smoothing import Smoothed
from advisor.inputs.record import RowLosses
from advisor.values import dataclass

FOLDS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PairedRebound:
    """The rebound over single rows, in units of the loss.

    `rebound` is free of the luck of choosing the lowest window on the very rows it is measured
    on: for each tenth of the rows the window is chosen by the others. `error` is its standard error
    over rows, and `rows` their number.
    """

    rebound: float
    error: float
    rows: int


def paired_rebound(run: Run, smoothed: Smoothed) -> PairedRebound | None:
    """What the recorded rows say; None where not every epoch that it takes was recorded.

    A level that all rows share, such as the L1/L2 penalty, is taken from the logged curve.
    """
    recorded = run.rows
    if recorded is None or recorded.losses.shape[1] < 2 * FOLDS:
        return None
    places = _places(recorded, smoothed.curve.epochs)
    if places is None:
        return None
    losses = recorded.losses if _is_all(places, recorded) else recorded.losses[places]
    rows = losses.shape[1]
    sums = np.stack([losses[:, fold::FOLDS].sum(axis=1, dtype=np.float64) for fold in range(FOLDS)])
    total = sums.sum(axis=0)
    shared = np.asarray(smoothed.curve.values) - total / rows  # [epochs], of no single row
    window = smoothed.window
    judged = smoothed.judged_window
    changes = np.empty(rows)
    rebound = 0.0
    for fold in range(FOLDS):
        own = slice(fold, None, FOLDS)
        count = len(range(rows)[own])
        others = (total - sums[fold]) / (rows - count) + shared
        best = int(np.argmin(_window_means(others, window)))
        change = _mean(losses, judged, window, own) - _mean(losses, best, window, own)
        level = shared[judged : judged + window].mean() - shared[best : best + window].mean()
        changes[own] = change
        rebound += count / rows * (float(change.mean()) + float(level))
    error = float(changes.std(ddof=1)) / sqrt(rows)
    return PairedRebound(rebound=rebound, error=error, rows=rows)


def _places(recorded: RowLosses, epochs: tuple[int, ...]) -> list[int] | None:
    known = {epoch: place for place, epoch in enumerate(recorded.epochs)}
    if not set(epochs) <= known.keys():
        return None
    return [known[epoch] for epoch in epochs]


def _is_all(places: list[int], recorded: RowLosses) -> bool:
    return places == list(range(len(recorded.epochs)))


def _window_means(values: Floats, window: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((sums[window:] - sums[:-window]) / window, np.float64)


def _mean(losses: npt.NDArray[np.float32], start: int, window: int, rows: slice) -> Floats:
    return np.asarray(losses[start : start + window, rows].mean(axis=0, dtype=np.float64))
