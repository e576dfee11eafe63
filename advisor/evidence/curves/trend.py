"""Where a curve was heading when the run ended: a robust line through its last fifth."""

from dataclasses import dataclass
from itertools import combinations
from math import ceil, sqrt
from statistics import fmean, median

from advisor.evidence.curves.smoothing import MINIMUM_POINTS, Curve, Smoothed

MOST_POINTS = 150  # more are averaged in groups: the pairs of points grow with the square


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The straight line through the end of a curve.

    `change` is how far the line moves over a fifth of the run, in the curve's unit, `error` the
    standard error of that, `level` the median value there, and `before` the change over as many
    epochs just before, None where the run is too short to tell.
    """

    change: float
    error: float
    level: float
    before: float | None


def theil_sen(points: list[tuple[float, float]]) -> float:
    """The median slope over all pairs of (x, y), x ascending [Theil 1950, Sen 1968]."""
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def trend(smoothed: Smoothed) -> Trend:
    """The trend over the last fifth of the points, or the last six where a fifth is fewer.

    The error takes the noise of the whole curve, slow noise included: residuals of six points
    say too little (flat noise then exceeds two errors in a quarter of the runs, instead of 1.7 to
    5 %; with autocorrelation .5, in 5 to 18 %).
    """
    curve = smoothed.curve
    size = max(MINIMUM_POINTS, round(len(curve) / 5))
    fifth = (curve.epochs[-1] - curve.epochs[0] + 1) / 5
    epochs = curve.epochs[-size:]
    center = fmean(epochs)
    leverage = sqrt(sum((epoch - center) ** 2 for epoch in epochs))
    return Trend(
        change=fifth * _slope(curve, len(curve) - size, len(curve)),
        error=fifth * smoothed.error * sqrt(smoothed.window) / leverage,
        level=median(curve.values[-size:]),
        before=(
            fifth * _slope(curve, len(curve) - 2 * size, len(curve) - size)
            if len(curve) >= 2 * size
            else None
        ),
    )


def _slope(curve: Curve, start: int, stop: int) -> float:
    group = ceil((stop - start) / MOST_POINTS)
    return theil_sen(
        [
            (
                fmean(curve.epochs[i : min(i + group, stop)]),
                fmean(curve.values[i : min(i + group, stop)]),
            )
            for i in range(start, stop, group)
        ]
    )
