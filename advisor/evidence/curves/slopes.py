"""Whether the losses were still changing when the run ended."""

from advisor.evidence.curves.run import given, share
from advisor.evidence.curves.smoothing import Curve
from advisor.evidence.curves.trend import Trend, fall_in_doubled_run
from advisor.evidence.measurement import Missing, Reading, measurement


def _relative(trend: Trend, name: str) -> Reading:
    return share(trend.change, trend.level, name)


def _z(trend: Trend, name: str) -> Reading:
    if trend.error == 0:
        return Missing(reason=f"{name} is always 0")
    return trend.change / trend.error


@measurement("slope.train", unit="share")
@given(lambda run: run.train_trend)
def slope_train(trend: Trend) -> Reading:
    """How much the training loss changed over the last fifth of the run, as a share of its level
    there; negative if it was still falling.

    From a Theil-Sen line through the last fifth, at least six epochs.
    """
    return _relative(trend, "the training loss")


@measurement("slope.val", unit="share")
@given(lambda run: run.validation_trend)
def slope_val(trend: Trend) -> Reading:
    """How much the validation loss changed over the last fifth of the run, as a share of its level
    there; negative if it was still falling.

    From a Theil-Sen line through the last fifth, at least six epochs.
    """
    return _relative(trend, "the validation loss")


@measurement("slope.train_z", unit="standard errors")
@given(lambda run: run.train_trend)
def slope_train_z(trend: Trend) -> Reading:
    """The change of the training loss over the last fifth of the run, in standard errors; below
    -2.33 it was falling beyond its noise.
    """
    return _z(trend, "the training loss")


@measurement("slope.val_z", unit="standard errors")
@given(lambda run: run.validation_trend)
def slope_val_z(trend: Trend) -> Reading:
    """The change of the validation loss over the last fifth of the run, in standard errors; below
    -2.33 it was falling beyond its noise.
    """
    return _z(trend, "the validation loss")


@measurement("slope.val_doubled", unit="share")
@given(lambda run: run.followed)
def slope_val_doubled(validation: Curve) -> Reading:
    """How much lower the validation loss would get if the run went on for as many epochs again, as
    a share of its level at the end (0 or more).

    From the pace of its last fifth per doubling of the epochs, slowed as much as the last doubling
    slowed it.
    """
    fall = fall_in_doubled_run(validation)
    if fall is None:
        return Missing(reason="fewer than eight epochs do not show whether the fall slows down")
    return share(fall, validation.last, "the last validation loss")
