"""Where a curve was heading when the run ended, and where twice the epochs would take it."""

from collections.abc import Callable
from itertools import combinations
from math import ceil, log, log2, sqrt
from statistics import fmean, median

from advisor.evidence.curves.smoothing import MINIMUM_POINTS, Curve, Smoothed
from advisor.values import dataclass

MOST_POINTS = 150  # more are averaged in groups: the number of pairs grows with the square
POINTS_FOR_DOUBLING = 8  # two in the second quarter of the run


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The straight line through the end of a curve.

    `change` is how far the line moves over a fifth of the run, in the curve's unit. `error` is the
    standard error of that, `level` the median value there.
    """

    change: float
    error: float
    level: float


def theil_sen(points: list[tuple[float, float]]) -> float:
    """The median slope over all pairs of (x, y), x ascending [Theil 1950, Sen 1968]."""
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def trend(smoothed: Smoothed) -> Trend:
    """The trend over the last fifth of the points, or the last six if a fifth is fewer.

    The error is that of the noise of the whole curve, slow noise included: residuals of six points
    show too little. With these, flat noise exceeds two errors in a quarter of the runs, instead of
    1.7 to 5 % (with autocorrelation .5, 5 to 18 %).
    """
    curve = smoothed.curve
    size = last_part(len(curve))
    fifth = (curve.epochs[-1] - curve.epochs[0] + 1) / 5
    epochs = curve.epochs[-size:]
    center = fmean(epochs)
    leverage = sqrt(sum((epoch - center) ** 2 for epoch in epochs))
    return Trend(
        change=fifth * _slope(curve, len(curve) - size, len(curve)),
        error=fifth * smoothed.error * sqrt(smoothed.window) / leverage,
        level=median(curve.values[-size:]),
    )


def fall_in_doubled_run(curve: Curve) -> float | None:
    """How far the curve would come down if the run went on for as many epochs again, 0 or more.

    Losses mostly fall by a power law of the epochs, a + b / epoch^p. Each doubling of the run then
    falls by a factor q = 2^-p less than the one before. q is measured as the pace of the second
    half of the run over that of the second quarter (per doubling, at most 1). The pace at the end,
    b p ln 2 / epoch^p, then gives the fall b (1 - q) / epoch^p.

    None for fewer than eight points.
    """
    points = len(curve)
    if points < POINTS_FOR_DOUBLING:
        return None
    pace = -_slope(curve, points - last_part(points), points, log2)
    late = -_slope(curve, points // 2, points, log2)
    early = -_slope(curve, points // 4, points // 2, log2)
    if pace <= 0 or late <= 0:
        return 0.0
    if late >= early:  # not slowing down yet
        return pace
    slowing = late / early
    return pace * (1 - slowing) / -log(slowing)


def last_part(points: int) -> int:
    """The number of points in the last fifth of `points`, at least six."""
    return max(MINIMUM_POINTS, round(points / 5))


def _slope(curve: Curve, start: int, stop: int, scale: Callable[[float], float] = float) -> float:
    group = ceil((stop - start) / MOST_POINTS)
    return theil_sen(
        [
            (
                scale(fmean(curve.epochs[i : min(i + group, stop)])),
                fmean(curve.values[i : min(i + group, stop)]),
            )
            for i in range(start, stop, group)
        ]
    )
