"""The label of a training, from what interventions did to its test loss.

An intervention helps if it lowers the mean test data loss by more than 5 % and by more than two
standard errors of the paired differences. First match wins: diverged; over-regularized (removing
helps, whatever else does); overfitting (stopping earlier or regularizing helps); underfitting
(more training or more capacity helps); healthy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Label = Literal["diverged", "over-regularized", "overfitting", "underfitting", "healthy"]
LABELS: tuple[Label, ...] = get_args(Label)

MIN_GAIN = 0.05
MIN_STANDARD_ERRORS = 2.0
REGULARIZING = ("l2=0.001", "l2=0.01", "dropout=0.3", "dropout=0.5", "dropout=0.3 l2=0.001")

Arms = Mapping[str, Sequence[float]]
"""Arm name to the test data loss of every seed; see `interventions.intervene`."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Relative fall of the test loss: mean over seeds and its standard error, in base losses."""

    gain: float
    standard_error: float

    @property
    def helps(self) -> bool:
        """False where not finite: an intervention that diverges helps nobody."""
        enough = MIN_STANDARD_ERRORS * self.standard_error
        return bool(self.gain > MIN_GAIN and self.gain > enough)


def effects_of(arms: Arms) -> dict[str, Effect]:
    """Effects by intervention: stop, regularize, remove (if any), longer, longer-best, wider.

    Each is against `base`, except `longer-best` against `stop`: both read the epoch that
    validation prefers, or else picking a lucky epoch of a noisy run would look like learning.
    """
    losses = {arm: np.asarray(values, float) for arm, values in arms.items()}
    base = losses["base"]
    alone = ("stop", "remove", "longer", "wider")
    gains: dict[str, npt.NDArray[np.float64]] = {
        name: base - losses[name] for name in alone if name in losses
    }
    gains["longer-best"] = losses["stop"] - losses["longer-best"]
    gains["regularize"] = base - _crossfitted({a: arms[a] for a in REGULARIZING})
    return {name: _effect(gain / base.mean()) for name, gain in gains.items()}


def label_of(history: Mapping[str, Sequence[float]], effects: Mapping[str, Effect]) -> Label:
    """The label; `history` only says whether the run diverged."""

    def helps(*names: str) -> bool:
        return any(effects[name].helps for name in names if name in effects)

    if has_diverged(history["loss"]):
        return "diverged"
    if helps("remove"):
        return "over-regularized"
    if helps("stop", "regularize"):
        return "overfitting"
    if helps("longer", "longer-best", "wider"):
        return "underfitting"
    return "healthy"


def has_diverged(loss: Sequence[float]) -> bool:
    """Whether the logged train loss ends not finite, or above max(first, twice its minimum)."""
    values = np.asarray(loss, float)
    return bool(not np.isfinite(values[-1]) or values[-1] > max(values[0], 2 * np.nanmin(values)))


def rebound_of(test_loss: Sequence[float]) -> float:
    """Last test loss over the lowest, minus 1: how much of the overfitting one could see."""
    values = np.asarray(test_loss, float)
    return float(values[-1] / values.min() - 1)


def _effect(gains: npt.NDArray[np.float64]) -> Effect:
    return Effect(
        gain=float(gains.mean()),
        standard_error=float(gains.std(ddof=1) / np.sqrt(len(gains))),
    )


def _crossfitted(arms: Arms) -> npt.NDArray[np.float64]:
    """Losses [seeds] of the arm chosen by the other half of the seeds: no winner's curse."""
    losses = np.array([arms[name] for name in arms], float)
    ranked = np.where(np.isfinite(losses), losses, np.inf)
    half = losses.shape[1] // 2
    first, second = slice(0, half), slice(half, None)
    by_second = losses[int(ranked[:, second].mean(axis=1).argmin()), first]
    by_first = losses[int(ranked[:, first].mean(axis=1).argmin()), second]
    return np.concatenate([by_second, by_first])
