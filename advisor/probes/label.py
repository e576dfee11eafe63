"""How far the trials bear out an arm: confirmed, tentative, or keep what is there."""

from collections.abc import Sequence
from math import erf, sqrt

from advisor.probes.interval import Interval
from advisor.probes.outcome import Label
from advisor.probes.pooling import mean


def label_of(bounds: Interval | None, gain_probability: float, *, tentative_at: float) -> Label:
    """`confirmed` where fresh trials exclude a loss, `tentative` where a gain is likely.

    `bounds` is the interval from the fresh differences (negative: a gain), None where they are too
    few. `gain_probability` is that of all trials: to go by the fresh ones alone, or to drop an arm
    that their mean speaks against, gives up more true gains than it saves losses (measured). But
    no arm is recommended of which they exclude a gain.
    """
    if bounds is not None and bounds.high < 0:
        return "confirmed"
    is_refuted = bounds is not None and bounds.low >= 0
    return "tentative" if gain_probability >= tentative_at and not is_refuted else "keep"


def assumed_gain_probability(
    differences: Sequence[float], *, spread: float, n_train: int, n_val: int
) -> float:
    """P(gain) where the spread of one difference is assumed, as one trial can't show it."""
    error = spread * sqrt(1 / len(differences) + n_val / n_train)
    gain = -mean(differences)
    if error <= 0:
        return 1.0 if gain > 0 else 0.0
    return (1 + erf(gain / error / sqrt(2))) / 2
