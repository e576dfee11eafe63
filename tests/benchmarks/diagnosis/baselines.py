"""Three published or customary rules on a history; each says overfitting or healthy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tests.benchmarks.diagnosis.truth import Label

History = Mapping[str, Sequence[float]]

GENERALIZATION_LOSS = 0.05
"""Prechelt 1998, "Early stopping - but when?": GL_5, as a share instead of percent."""
GAP_RATIO = 0.1
PATIENCE = 5
"""`keras.callbacks.EarlyStopping(patience=5)` with its other defaults, the customary setting."""


def generalization_loss(history: History) -> Label:
    """GL_5 at the last epoch: last validation loss over the lowest, minus 1, above 5 %."""
    val = _finite(history["val_loss"])
    return _overfitting_if(val[-1] / val.min() - 1 > GENERALIZATION_LOSS)


def gap_ratio(history: History) -> Label:
    """(validation - train) / train at the last epoch, above .1."""
    val, train = _finite(history["val_loss"])[-1], _finite(history["loss"])[-1]
    return _overfitting_if((val - train) / train > GAP_RATIO)


def early_stopping(history: History) -> Label:
    """Whether the validation loss went five epochs without a new minimum, at any time."""
    best, waited = np.inf, 0
    for value in history["val_loss"]:
        waited = 0 if value < best else waited + 1
        best = min(best, value) if np.isfinite(value) else best
        if waited >= PATIENCE:
            return "overfitting"
    return "healthy"


BASELINES: dict[str, Callable[[History], Label]] = {
    "Prechelt GL_5": generalization_loss,
    "gap ratio > .1": gap_ratio,
    "EarlyStopping(5)": early_stopping,
}


def _finite(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """The values that are finite, or a single 1.0 where none is."""
    array = np.asarray(values, float)
    finite = array[np.isfinite(array)]
    return finite if len(finite) else np.ones(1)


def _overfitting_if(claim: bool | np.bool_) -> Label:
    return "overfitting" if claim else "healthy"
