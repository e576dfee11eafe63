"""How far the trials bear out an arm: confirmed, tentative, or keep what is there."""

from collections.abc import Sequence
from math import erf, sqrt

from advisor.probes.interval import Interval
from advisor.probes.outcome import Label
from advisor.probes.pooling import mean


def label_of(bounds: Interval | None, gain_probability: float, *, tentative_at: float) -> Label:
    """`confirmed` where fresh trials exclude a loss, `tentative` where a gain is likely.

    `bounds` is the interval from the fresh differences (negative: a gain), None if there are too
    few. `gain_probability` is over all trials. Using only the fresh ones, or dropping an arm whose
    fresh mean shows a loss, would give up more true gains than it avoids losses (measured). An arm
    is never recommended if the fresh trials exclude a gain.
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
