"""The interval of the true difference from fresh paired ones, and how sure its sign is.

Nadeau & Bengio (2003), Inference for the Generalization Error: resampled splits share rows, so the
variance of the mean over J of them is (1/J + n_val/n_train) s^2 rather than s^2 / J.
"""

from collections.abc import Sequence
from math import isfinite, sqrt

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The mean difference (negative: a gain), its bounds, and P(the true one is a gain)."""

    mean: float
    low: float
    high: float
    gain_probability: float


def interval(
    differences: Sequence[float], *, n_train: int, n_val: int, level: float
) -> Interval | None:
    """The interval of `level`; None for fewer than two differences, or where one is infinite."""
    from scipy.special import stdtrit  # here: importing it takes .2 s

    runs = len(differences)
    if runs < 2 or not all(isfinite(difference) for difference in differences):
        return None
    mean = sum(differences) / runs
    variance = sum((difference - mean) ** 2 for difference in differences) / (runs - 1)
    error = sqrt(variance * (1 / runs + n_val / n_train))
    reach = float(stdtrit(runs - 1, (1 + level) / 2)) * error
    return Interval(
        mean=mean,
        low=mean - reach,
        high=mean + reach,
        gain_probability=_gain_probability(mean, error, runs - 1),
    )


def _gain_probability(mean: float, error: float, degrees: int) -> float:
    from scipy.special import stdtr

    if error > 0:
        return float(stdtr(degrees, -mean / error))
    return 1.0 if mean < 0 else 0.0
