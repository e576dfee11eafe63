"""How far from its best a validation metric ends, with the bounds that noise leaves."""

from math import sqrt
from statistics import NormalDist

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.row_spread import DRIFTED_APART, mean_error, row_spread
from advisor.evidence.curves.sampling import ONE_SIDED_95
from advisor.evidence.curves.smoothing import LUCK_SPREAD, Smoothed
from advisor.values import dataclass

CONTENDERS = ONE_SIDED_95 * sqrt(2)  # errors; windows that are higher are surely not the lowest
BEYOND_NOISE = 2.58  # errors of the curve alone; 2.33 make a verdict, a build fails at 99.5 %


@dataclass(frozen=True, kw_only=True)
class _Sampling:
    """What the sampling of rows adds to the bounds, in the estimate's unit.

    `below` and `above` say how far the 95 % bounds of a curve without noise are from its value. A
    true rebound R adds the variance `swell R`.
    """

    error: float
    below: float
    above: float
    swell: float
    is_paired: bool
    basis: str


def rebound_bounds(metric: Metric, smoothed: Smoothed, *, is_relative: bool) -> Estimate:
    """How much worse the judged window of `smoothed`, a curve of `metric`, is than the best one.

    As a share of the best, which must then be above 0, if `is_relative`; else in the metric's own
    unit. The evidence uses it for the end of a run, the gate for the weights that ship.

    Let s be the standard error of a window, and c the luck of the lowest of so many. The bounds
    solve R - c s - L = 1.645 e(L) and H - R = 1.645 e(H). Here e(r)^2 = (1.2 s)^2 + the sampling
    variance of a true rebound r. Losses per row give that variance exactly: each row is compared
    with itself. L is at most 0 if the noise of the curve could explain all of R.
    """
    whole = metric.sign * smoothed.lowest if is_relative else 1.0
    value = smoothed.rebound / whole
    noise = LUCK_SPREAD * smoothed.error / whole
    luck = _luck(smoothed) * smoothed.error / whole
    explained = min(metric.penalty_growth, smoothed.rebound) / whole
    share = value if is_relative else 0.0
    sampling = _paired(metric, smoothed, whole, share) or _assumed(metric, smoothed, whole)
    basis = [sampling.basis if sampling else _conditional(metric)]
    if explained:
        basis.append("the L1/L2 penalty may have grown by the whole penalty of the saved weights")
    elif metric.penalty is None:
        basis.append("the logged loss contains no L1/L2 penalty, as none is known")
    elif metric.data_loss is not None and not metric.data_loss.is_as_logged:
        basis.append(f"the validation loss is used {metric.data_loss.source}")
    below, above, swell = (
        (sampling.below, sampling.above, sampling.swell) if sampling else (0.0, 0.0, 0.0)
    )
    still = sqrt((ONE_SIDED_95 * noise) ** 2 + below**2)
    low = _below(max(value - explained, 0.0) - luck, still, swell)
    return Estimate(
        value=value,
        low=low if smoothed.z > BEYOND_NOISE else min(low, 0.0),
        high=_above(value, sqrt((ONE_SIDED_95 * noise) ** 2 + above**2), swell),
        smallest_visible=luck + explained + still,
        noise=noise,
        sampling=sqrt(sampling.error**2 + swell * value) if sampling else None,
        is_relative=is_relative,
        rows=metric.run.validation_rows,
        is_paired=sampling is not None and sampling.is_paired,
        basis=tuple(basis),
    )


def _luck(smoothed: Smoothed) -> float:
    """How many errors the lowest window is below the truth by chance [Blom 1958].

    This counts the independent windows that could be the lowest. In a curve that has clearly turned
    these are few, in a flat one all.
    """
    highest = smoothed.lowest + CONTENDERS * smoothed.error
    contenders = sum(mean <= highest for mean in smoothed.means) / smoothed.window
    if contenders <= 1:
        return 0.0
    return NormalDist().inv_cdf((contenders - 0.375) / (contenders + 0.25))


def _below(value: float, still: float, swell: float) -> float:
    """The r with `(value - r)^2 = still^2 + 1.645^2 swell max(r, 0)`, below `value`."""
    low = value - still
    if low <= 0:
        return low
    half = ONE_SIDED_95**2 * swell / 2
    return value + half - sqrt(half**2 + 2 * half * value + still**2)


def _above(value: float, still: float, swell: float) -> float:
    """The r with `(r - value)^2 = still^2 + 1.645^2 swell r`, above `value`, which is 0 or more."""
    half = ONE_SIDED_95**2 * swell / 2
    return value + half + sqrt(half**2 + 2 * half * value + still**2)


def _paired(metric: Metric, smoothed: Smoothed, whole: float, share: float) -> _Sampling | None:
    """From the losses per row: the error of `(mean(last) - (1 + share) mean(best)) / whole`.

    With the measured share this is the error of the share, with 0 that of the difference.
    """
    last, best = metric.rows_at(smoothed.judged_epochs), metric.rows_at(smoothed.best_epochs)
    if last is None or best is None or len(last) < 2:
        return None
    mean = mean_error((last - (1 + share) * best) / whole)
    return _Sampling(
        error=mean.error,
        below=mean.below,
        above=mean.above,
        swell=0.0,
        is_paired=True,
        basis=f"each of {len(last)} validation rows is compared with itself",
    )


def _assumed(metric: Metric, smoothed: Smoothed, whole: float) -> _Sampling | None:
    """From the number of rows and the usual spread of a row; None if either isn't known.

    Rows drift apart from epoch to epoch. Windows that overlap show little of this.
    """
    rows = metric.run.validation_rows
    spread = row_spread(metric, smoothed.end)
    if not rows or spread is None:
        return None
    windows = abs(smoothed.judged_window - smoothed.best) / smoothed.window
    variance = (spread.value / whole) ** 2 / rows
    error = sqrt(spread.drift * min(1.0, windows / DRIFTED_APART) * variance)
    part = sqrt(spread.drift)
    basis = (
        f"as many of {rows} validation rows become right or wrong as in networks that overfit"
        if spread.is_share
        else f"{spread.source}; a row's change varies by {part:.2g} of that, or more in a large"
        f" rebound; {rows} validation rows"
    )
    size = abs(smoothed.lowest) / whole  # a rebound of its own size, in the estimate's unit
    return _Sampling(
        error=error,
        below=ONE_SIDED_95 * error,
        above=ONE_SIDED_95 * error,
        swell=spread.swell * min(1.0, windows) * variance / size if size else 0.0,
        is_paired=False,
        basis=basis,
    )


def _conditional(metric: Metric) -> str:
    if metric.run.validation_rows:
        return f"conditional on this validation set: how {metric.name} varies by row is not known"
    return "conditional on this validation set: its size is not known"
