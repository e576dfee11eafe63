"""How far the validation loss rose from its best, and what stopping there would gain."""

from collections.abc import Callable

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.rebound_bounds import rebound_bounds
from advisor.evidence.curves.run import Run, given, share
from advisor.evidence.curves.sampling import ONE_SIDED_95
from advisor.evidence.curves.smoothing import LUCK_SPREAD, Smoothed
from advisor.evidence.measurement import Assumed, Missing, Reading, measurement

BEST = "the lowest smoothed validation loss"


@measurement("rebound.absolute", unit="loss")
@given(lambda run: run.smoothed)
def rebound_absolute(smoothed: Smoothed) -> Reading:
    """How far the smoothed validation loss ends above its lowest point, in units of the loss (0 or
    more).
    """
    return smoothed.rebound


@measurement("rebound.relative", unit="share of best")
@given(lambda run: run.smoothed)
def rebound_relative(smoothed: Smoothed) -> Reading:
    """How far the smoothed validation loss ends above its lowest point, as a share of that point
    (0 or more).

    Prechelt's (1998) generalization loss at the end of the run, on means of windows.
    """
    return share(smoothed.rebound, smoothed.lowest, BEST)


@measurement("rebound.z", unit="standard errors")
@given(lambda run: run.smoothed)
def rebound_z(smoothed: Smoothed) -> Reading:
    """The size of the rebound in standard errors of the curve's own noise, beyond the luck of the
    lowest point; above 2.33, noise alone is unlikely.
    """
    return smoothed.z


@measurement("rebound.logged", unit="share of best")
@given(lambda run: run.smoothed_as_logged)
def rebound_logged(smoothed: Smoothed) -> Reading:
    """How far the validation loss as logged, L1/L2 penalty included, ends above its lowest point,
    as a share of that point (0 or more).
    """
    return share(smoothed.rebound, smoothed.lowest, BEST)


@measurement("rebound.logged_z", unit="standard errors")
@given(lambda run: run.smoothed_as_logged)
def rebound_logged_z(smoothed: Smoothed) -> Reading:
    """The size of the rebound of the loss as logged, in standard errors of its own noise, beyond
    the luck of the lowest point.
    """
    return smoothed.z


def _estimate(run: Run) -> Estimate | Missing:
    """The rebound at the end of the run with its bounds, as shares of the lowest loss.

    The gate uses the same function for the weights that ship.
    """
    if isinstance(run.smoothed, Missing):
        return run.smoothed
    relative = share(run.smoothed.rebound, run.smoothed.lowest, BEST)
    if isinstance(relative, Missing):
        return relative
    loss = Metric(run=run, name="loss", direction="min")
    return rebound_bounds(loss, run.smoothed, is_relative=True)


def _bound(run: Run, chosen: Callable[[Estimate], float]) -> Reading:
    """One figure of the estimate; measured if each row is compared with itself, else assumed."""
    estimate = _estimate(run)
    if isinstance(estimate, Missing):
        return estimate
    value = chosen(estimate)
    return (
        value if estimate.is_paired else Assumed(value=value, assumption="; ".join(estimate.basis))
    )


def _assumed_share(part: float, smoothed: Smoothed, assumption: str) -> Reading:
    relative = share(part, smoothed.lowest, BEST)
    if isinstance(relative, Missing):
        return relative
    return Assumed(value=relative, assumption=assumption)


@measurement("rebound.lower", unit="share of best")
def rebound_lower(run: Run) -> Reading:
    """The least that the rebound is, with 95 % certainty, as a share of the lowest validation loss;
    0 or less if noise, or a growing L1/L2 penalty, may explain it.
    """
    return _bound(run, lambda estimate: estimate.low)


@measurement("rebound.upper", unit="share of best")
def rebound_upper(run: Run) -> Reading:
    """The most that the rebound is, with 95 % certainty, as a share of the lowest validation loss
    (0 or more).
    """
    return _bound(run, lambda estimate: estimate.high)


@measurement("rebound.upper_on_this_set", unit="share of best")
@given(lambda run: run.smoothed)
def rebound_upper_on_this_set(smoothed: Smoothed) -> Reading:
    """The most that the rebound on these very validation rows is, with 95 % certainty, as a share
    of the lowest validation loss (0 or more).

    This takes the noise of the curve alone. `rebound.upper` adds what other rows might have shown,
    which for a few hundred rows is more than any cut.
    """
    margin = ONE_SIDED_95 * LUCK_SPREAD * smoothed.error
    return share(smoothed.rebound + margin, smoothed.lowest, BEST)


@measurement("rebound.smallest_visible", unit="share of best")
def rebound_smallest_visible(run: Run) -> Reading:
    """The smallest rebound that this curve and this validation set can distinguish from noise, as a
    share of the lowest validation loss (above 0).

    It is the rebound whose lower bound would be 0.
    """
    return _bound(run, lambda estimate: estimate.smallest_visible)


@measurement("rebound.without_penalty", unit="share of best")
def rebound_without_penalty(run: Run) -> Reading:
    """The least that the rebound of the validation loss is without its L1/L2 penalty, as a share of
    the lowest validation loss (0 or more).

    A logged loss is v = d + p, data loss and penalty. Only the penalty P of the saved weights is
    known; these are assumed to be those of the last epoch. At the best epoch p was some q >= 0.
    The data loss then rose by R - P + q >= R - P, from a best of min - q <= min. As a share that is
    at least (R - P) / min, whatever the penalty did in between.

    The expected penalty P0 of fresh weights may also be known. If the penalty only grew or only
    fell, q >= min(P, P0), and the bound is (R - max(P - P0, 0)) / min. If the loss without its
    penalty is known of every epoch, its own rebound is the exact answer.
    """
    smoothed, growth = run.smoothed, run.penalty_growth
    if isinstance(smoothed, Missing):
        return smoothed
    if not isinstance(run.data_loss, Missing):
        return share(smoothed.rebound, smoothed.lowest, BEST)
    if growth is None:
        unknown = "the logged loss contains no L1/L2 penalty: none is known"
        return _assumed_share(smoothed.rebound, smoothed, unknown)
    assumption = "the saved weights are those of the last epoch"
    if run.initial_penalty is not None:
        assumption += ", and the penalty only grew or only fell from its expected start"
    return _assumed_share(max(smoothed.rebound - growth, 0.0), smoothed, assumption)


@measurement("stopping.epoch", unit="epoch")
@given(lambda run: run.smoothed)
def stopping_epoch(smoothed: Smoothed) -> Reading:
    """The epoch whose weights early stopping should have kept: that of the lowest validation loss
    within the best window (counted from 1).

    It is not the lowest of the whole run, which on a noisy curve is one lucky epoch.
    """
    values = smoothed.curve.values[smoothed.best : smoothed.best + smoothed.window]
    return smoothed.best_epochs[values.index(min(values))]


@measurement("stopping.epochs_saved", unit="epochs")
def stopping_epochs_saved(run: Run) -> Reading:
    """How many epochs of training came after the one that early stopping should have kept (0 or
    more).
    """
    kept = stopping_epoch.measure(run)
    if isinstance(run.log, Missing) or not isinstance(kept, int):
        return kept
    return run.log.epochs - kept


@measurement("stopping.gain", unit="share of last")
@given(lambda run: run.smoothed)
def stopping_gain(smoothed: Smoothed) -> Reading:
    """How much lower the validation loss would be if training had stopped at its best epoch, as a
    share of the loss at the end (0 to 1).

    The part that the lowest of so many windows owes to luck is subtracted.
    """
    gain = max(0.0, smoothed.rebound - smoothed.luck * smoothed.error)
    return share(gain, smoothed.means[-1], "the last smoothed validation loss")


@measurement("metric.rebound", unit="metric")
@given(lambda run: run.metric)
def metric_rebound(metric: Smoothed) -> Reading:
    """How far the smoothed primary validation metric, such as accuracy, ends below its best, in
    its own unit (0 or more).
    """
    return metric.rebound


@measurement("metric.rebound_z", unit="standard errors")
@given(lambda run: run.metric)
def metric_rebound_z(metric: Smoothed) -> Reading:
    """How far the primary metric fell from its best, in standard errors of its own noise, beyond
    the luck of the best; above 2.33, noise alone is unlikely.
    """
    return metric.z
