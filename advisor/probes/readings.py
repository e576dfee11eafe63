"""A trial's curve -> its two readings: as if stopped early, and at its last epoch."""

from collections.abc import Sequence
from math import inf, isnan

from advisor.probes.trial import TrialCurve
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class TrialReading:
    """The objective when stopped early and at the end; `best_epoch` counts from 1.

    `best_epoch` is that of the lowest validation loss on all rows, which is what a user's own
    early stopping would keep.
    """

    stopped: float
    last: float
    best_epoch: int


def read(
    curve: TrialCurve, *, is_loss: bool, is_maximized: bool = False, is_cross_fitted: bool = True
) -> TrialReading:
    """The readings of `curve`; a value that is not a number counts as infinitely bad.

    The lowest of many noisy values is too low. An epoch chosen on one half of the validation rows
    and read on the other, both ways, gives a value that is too high and noisier, as half of the
    rows choose less well than all. The mean of the two picks better than either (replayed on stored
    trainings). An objective other than the loss is read at the epoch of the lowest loss.
    """
    best = _lowest(curve.val_loss)
    if is_loss and is_cross_fitted:
        stopped = (_cross_fitted(*curve.val_halves) + curve.objective[best]) / 2
    else:
        stopped = curve.objective[best]
    worst = -inf if is_maximized else inf
    return TrialReading(
        stopped=worst if isnan(stopped) else stopped,
        last=worst if isnan(curve.objective[-1]) else curve.objective[-1],
        best_epoch=best + 1,
    )


def _cross_fitted(first: Sequence[float], second: Sequence[float]) -> float:
    return (second[_lowest(first)] + first[_lowest(second)]) / 2


def _lowest(losses: Sequence[float]) -> int:
    """The first epoch of the lowest loss."""
    known = [inf if isnan(loss) else loss for loss in losses]
    return known.index(min(known))
