"""What is read after an epoch of a trial."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any

from advisor.probes.trial import TrialCurve
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class EpochReading:
    """The data loss on each half of the validation rows and on all; the metric (None: none)."""

    halves: tuple[float, float]
    loss: float
    metric: float | None


def reading_of(totals: Any, n_first: int, n_val: int, metric: str | None) -> EpochReading:
    """From the summed losses of both halves, and the metric's value.

    Where a half has no rows, both are the loss on all of them.
    """
    first, second, value = (float(total) for total in totals)
    n_second = n_val - n_first
    loss = (first + second) / n_val
    halves = (first / n_first, second / n_second) if n_first and n_second else (loss, loss)
    return EpochReading(
        halves=(_bounded(halves[0]), _bounded(halves[1])),
        loss=_bounded(loss),
        metric=None if metric is None else value,
    )


def curve_of(readings: Sequence[EpochReading], *, steps: int, maximize: bool) -> TrialCurve:
    """The trial's curve; a metric that is no number is as bad as can be."""
    losses = tuple(reading.loss for reading in readings)
    metrics = tuple(
        _bounded(reading.metric, -inf if maximize else inf)
        for reading in readings
        if reading.metric is not None
    )
    return TrialCurve(
        val_loss=losses,
        val_halves=(
            tuple(reading.halves[0] for reading in readings),
            tuple(reading.halves[1] for reading in readings),
        ),
        objective=metrics or losses,
        steps=steps,
    )


def _bounded(value: float, otherwise: float = inf) -> float:
    return value if isfinite(value) else otherwise
