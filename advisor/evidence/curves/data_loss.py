"""The data loss: a logged loss without the L1/L2 penalty that Keras adds to it."""

import numpy as np

from advisor.evidence.curves.metric_choice import is_same_loss
from advisor.evidence.curves.smoothing import Curve, finite_curve
from advisor.inputs.history import History, Series
from advisor.inputs.record import Record, RowLosses
from advisor.values import dataclass

SAME_PENALTY = 0.01  # of the loss: allows for rounding between two ways to compute the penalty
NO_PENALTY = "as logged, which has no L1/L2 penalty in it"


@dataclass(frozen=True, kw_only=True)
class DataLoss:
    """A validation loss without penalty in any epoch, and where it comes from."""

    curve: Curve
    source: str
    is_as_logged: bool = False


def data_loss(
    validation: Curve, history: History, *, model_penalty: float | None, loss_name: str | None
) -> DataLoss | None:
    """The validation loss without its penalty, from a record, a metric or the model.

    A Recorder notes the penalty of every epoch, or the losses of single rows, which contain none.
    Without a Recorder, a metric named like the loss (`metrics=["mse"]`) contains none either. It
    counts as the loss only if the two differ by the penalty of the saved weights at the last epoch.
    Otherwise label smoothing or a loss weight could be mistaken for a penalty.

    None if there is no such source.
    """
    recorded = without_penalty(validation, history.record)
    if recorded is not None and recorded != validation:
        return DataLoss(
            curve=recorded, source="without its L1/L2 penalty, which the Recorder noted"
        )
    if recorded is not None or model_penalty == 0:
        return DataLoss(curve=validation, source=NO_PENALTY, is_as_logged=True)
    rows = _mean_of_rows(validation, history.record.rows if history.record else None)
    if rows is not None:
        return DataLoss(
            curve=rows, source="without any L1/L2 penalty, as the mean of the recorded rows"
        )
    if model_penalty is None or loss_name is None:
        return None
    last = validation.values[-1]
    for name, series in sorted(history.validation.items()):
        curve = finite_curve(series)
        if curve is None or not is_same_loss(name, loss_name):
            continue
        if curve.epochs != validation.epochs:
            continue
        if abs(last - curve.values[-1] - model_penalty) <= SAME_PENALTY * abs(last):
            return DataLoss(
                curve=curve, source=f"without its L1/L2 penalty, as the metric {name} logs it"
            )
    return None


def without_penalty(curve: Curve, record: Record | None, *, is_mean: bool = False) -> Curve | None:
    """A logged loss less the penalty that a Recorder noted; None unless noted in every epoch.

    `is_mean` is for the training loss, a mean over the epoch. Its penalty is midway between those
    at the end of the previous epoch and of this one.
    """
    penalty = record.penalty if record else None
    if penalty is None or not set(curve.epochs) <= penalty.keys():
        return None
    before = {epoch: penalty.get(epoch - 1, value) for epoch, value in penalty.items()}
    values = tuple(
        value - ((before[epoch] + penalty[epoch]) / 2 if is_mean else penalty[epoch])
        for epoch, value in zip(curve.epochs, curve.values, strict=True)
    )
    return Curve(epochs=curve.epochs, values=values)


def _mean_of_rows(validation: Curve, rows: RowLosses | None) -> Curve | None:
    """The mean over the recorded rows; None unless they were recorded in every epoch."""
    if rows is None:
        return None
    means = rows.losses.mean(axis=1, dtype=np.float64).tolist()
    known = dict(zip(rows.epochs, means, strict=True))
    if not set(validation.epochs) <= known.keys():
        return None
    values = tuple(known[epoch] for epoch in validation.epochs)
    return finite_curve(Series(epochs=validation.epochs, values=values))
