"""Whether the run diverged: values that are not finite, losses that grew, spikes."""

from statistics import median

from advisor.evidence.curves.run import given, share
from advisor.evidence.curves.smoothing import Curve, Smoothed, is_finite
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.inputs.history import History, Series

NEIGHBOURS = 3  # epochs on either side that show what is normal around an epoch
SPIKE_SIGMAS = 5
LEAST_SPIKE_NOISE = 1e-3  # of the level: a curve logged with few digits shows no noise


def _losses(log: History) -> list[Series] | Missing:
    losses = [side["loss"] for side in (log.train, log.validation) if "loss" in side]
    logged = [series for series in losses if series.values]
    return logged or Missing(reason="the history has no loss", needs="history")


@measurement("divergence.is_nonfinite", kind="truth")
@given(lambda run: run.log)
def divergence_is_nonfinite(log: History) -> Reading:
    """True if the last training or validation loss is NaN or infinite."""
    losses = _losses(log)
    if isinstance(losses, Missing):
        return losses
    return not all(is_finite(series.values[-1]) for series in losses)


@measurement("divergence.first_bad_epoch", unit="epoch")
@given(lambda run: run.log)
def divergence_first_bad_epoch(log: History) -> Reading:
    """The first epoch whose training or validation loss is NaN or infinite (counted from 1)."""
    losses = _losses(log)
    if isinstance(losses, Missing):
        return losses
    bad = [
        epoch
        for series in losses
        for epoch, value in zip(series.epochs, series.values, strict=True)
        if not is_finite(value)
    ]
    return min(bad) if bad else Missing(reason="every logged loss is a finite number")


@measurement("divergence.growth", unit="ratio")
@given(lambda run: run.train)
def divergence_growth(train: Curve) -> Reading:
    """The training loss at the end over the larger of its first value and twice its lowest (0 or
    more). Above 1 the run diverged.
    """
    normal = max(train.values[0], 2 * min(train.values))
    return share(train.last, normal, "the training loss")


@measurement("divergence.spikes", unit="count")
@given(lambda run: run.smoothed)
def divergence_spikes(smoothed: Smoothed) -> Reading:
    """The number of epochs whose validation loss is more than five standard deviations of the noise
    above the epochs before and after it (0 or more).
    """
    values = smoothed.curve.values
    level = abs(median(values))
    height = SPIKE_SIGMAS * max(smoothed.sigma, LEAST_SPIKE_NOISE * level)
    return sum(
        values[i]
        > height
        + max(
            median(values[max(i - NEIGHBOURS, 0) : i]), median(values[i + 1 : i + 1 + NEIGHBOURS])
        )
        for i in range(1, len(values) - 1)
    )
