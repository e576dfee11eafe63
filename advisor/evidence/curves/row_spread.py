"""What the sampling of validation rows adds to the error of a metric's level or change."""

from math import sqrt

import numpy as np

from advisor.evidence.curves.metric import Metric, Rows
from advisor.evidence.curves.metric_choice import ALIASES, OTHER_ACCURACY, is_cross_entropy
from advisor.evidence.curves.sampling import ONE_SIDED_95, ROW_VARIATION, row_variation
from advisor.evidence.measurement import Missing
from advisor.values import dataclass

# How large a row's change between two epochs of one run is, as a part of the row's spread, squared:
# `DRIFT` if the mean doesn't change, and `SWELL` more if the mean rises by its own size.
# Measured on the 16 of 22 small dense networks that rebounded (1,597 to 21,000 validation rows),
# as a part of the spread that `row_variation` expects. Cross-entropies: .19 to .23 at a rebound
# of 5 % (3 networks), .28 to .37 at 15 %, .42 to .51 at 30 %, .58 to .68 at 60 %; these constants
# give .30, .37, .46 and .60. Squared and absolute errors: .10 to .38 at 5 %, .29 to .40 at 15 %;
# these give .38 and .44. Chosen by eye on those networks; others may be higher.
CROSS_ENTROPY_DRIFT, OTHER_DRIFT, SWELL = 0.25**2, 0.35**2, 0.5
# A measured spread is smaller than the one expected from the kind of loss.
MEASURED = 1.4**2
DRIFTED_APART = 3  # windows between two that show all of the drift; nearer ones show a share of it

# The same for the share of rows that are right: .4 to .9 between the best epoch and the last.
ACCURACY_DRIFT = 0.9**2


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How one row's value varies around the mean, in the metric's unit, and how that is known.

    `drift` is the variance of a row's change, as a part of the squared spread. A mean that rises by
    its own size adds `swell` to that part.
    """

    value: float
    source: str
    drift: float
    swell: float
    is_share: bool = False  # of rows that are right


def is_accuracy(name: str) -> bool:
    """True if the metric is a share of rows that are right."""
    return name.endswith("accuracy") and OTHER_ACCURACY.search(name) is None


def row_spread(metric: Metric, level: float) -> Spread | None:
    """The standard deviation of one row's value if the mean is `level`; None if not known.

    `level` is signed like the curves of `metric`.
    """
    mean = metric.sign * level
    name = ALIASES.get(metric.name, metric.name)
    if is_accuracy(name) and 0 <= mean <= 1:
        rows = metric.run.validation_rows or 2
        wrong = min(max(1 - mean, 1 / rows), 1 - 1 / rows) if rows > 1 else 0.5
        return Spread(
            value=sqrt(wrong * (1 - wrong)),
            source="of a share",
            drift=ACCURACY_DRIFT,
            swell=0.0,
            is_share=True,
        )
    of_loss = ALIASES.get(metric.run.loss_name or "", metric.run.loss_name or "")
    kind = of_loss if name == "loss" else name
    measured = 1.0
    if name == "loss" or is_cross_entropy(name):
        by_row = row_variation(metric.run)
        variation, source = by_row.value, by_row.source
        is_measured = metric.run.row_loss_cv is not None or metric.run.recorded_spread is not None
        measured = MEASURED if is_measured else 1.0
    elif name in ROW_VARIATION:
        variation, source = ROW_VARIATION[name], f"usual for {name}"
    else:
        return None
    has_classes = not kind and not isinstance(metric.run.accuracies, Missing)
    drift = CROSS_ENTROPY_DRIFT if is_cross_entropy(kind) or has_classes else OTHER_DRIFT
    return Spread(
        value=variation * abs(mean),
        source=f"a row's loss varies by {variation:.1f} times its mean ({source})",
        drift=measured * drift,
        swell=measured * SWELL,
    )


@dataclass(frozen=True, kw_only=True)
class MeanError:
    """The standard error of a mean over rows, and how far the 95 % bounds are on either side."""

    error: float
    below: float
    above: float


def mean_error(values: Rows) -> MeanError:
    """The error of the mean of `values` [rows], two or more, whose distribution may be skewed.

    The mean of few heavy-tailed losses is more often far too low than far too high. Johnson's
    correction of Student's t [1978] widens the bound on that side. On the other side it would make
    it narrower; samples of 100 rows don't support that, so it is left out there.
    """
    spread = float(np.std(values, ddof=1))
    error = spread / sqrt(len(values))
    if not spread > 0:
        return MeanError(error=0.0, below=0.0, above=0.0)
    skewness = float(((values - values.mean()) ** 3).mean()) / spread**3
    shift = skewness / (6 * sqrt(len(values))) * (1 + 2 * ONE_SIDED_95**2)
    return MeanError(
        error=error,
        below=(ONE_SIDED_95 + max(-shift, 0.0)) * error,
        above=(ONE_SIDED_95 + max(shift, 0.0)) * error,
    )
