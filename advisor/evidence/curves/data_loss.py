"""The data loss: a logged loss without the L1/L2 penalty that Keras adds to it."""

from advisor.evidence.curves.smoothing import Curve
from advisor.inputs.record import Record


def without_penalty(curve: Curve, record: Record | None, *, is_mean: bool = False) -> Curve | None:
    """A logged loss less the penalty that a Recorder noted; None unless it did so in every epoch.

    `is_mean` for the training loss, a mean over the epoch: its penalty lies midway between those
    at the end of the epoch before and of this one.
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
