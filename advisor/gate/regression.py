"""How much worse a run is than the baseline, and how much its gap grew, with bounds."""

from dataclasses import replace
from math import sqrt

import numpy as np

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric, Rows
from advisor.evidence.curves.row_spread import row_spread
from advisor.evidence.curves.sampling import ONE_SIDED_95
from advisor.evidence.measurement import Missing
from advisor.gate.baseline import Baseline
from advisor.gate.subject import GateSubject
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One metric of the run and of the baseline, and the change of each row's loss if known.

    `has_same_rows` if both certainly had the same validation rows, in the same order. `worse`
    [rows] are the run's losses less the baseline's; `before` [rows] are the baseline's.
    """

    run: Metric
    baseline: Metric
    has_same_rows: bool = False
    worse: Rows | None = None
    before: Rows | None = None


def compared(subject: GateSubject, baseline: Baseline, metric: Metric) -> Comparison | Missing:
    """The metric on both sides; missing if the baseline doesn't have it."""
    history = baseline.run.history
    if history is None or metric.name not in history.validation:
        return Missing(
            reason=f"the baseline has no validation {metric.name}: write it again from a run that"
            " logs it"
        )
    loss_name = baseline.run.loss_name or subject.run.loss_name
    other = Metric(
        run=replace(baseline.run, loss_name=loss_name),
        name=metric.name,
        direction=metric.direction,
    )
    now, before = subject.row_losses, baseline.row_losses
    is_same = subject.val_sha256 is not None and subject.val_sha256 == baseline.val_sha256
    unpaired = Comparison(run=metric, baseline=other, has_same_rows=is_same)
    if metric.name != "loss" or now is None or before is None or not is_same:
        return unpaired
    worse, base = now.astype(np.float64) - before, before.astype(np.float64)
    if not np.isfinite(worse).all() or len(worse) < 2:
        return unpaired
    return replace(unpaired, worse=worse, before=base)


def regression(both: Comparison, *, is_relative: bool) -> Estimate | Missing:
    """How much worse the metric is than the baseline's; a share of that if `is_relative`."""
    if both.worse is not None and both.before is not None:
        return _paired(both.worse, both.before, is_relative=is_relative)
    ends = _ends(both)
    if isinstance(ends, Missing):
        return ends
    now, before, basis = ends
    whole = _whole(both, before, is_relative=is_relative)
    if isinstance(whole, Missing):
        return whole
    return _with_noise(both, (now - before) / whole, whole, is_relative=is_relative, basis=basis)


def gap_growth(both: Comparison, *, is_relative: bool) -> Estimate | Missing:
    """How much the gap between training and validation grew since the baseline.

    As a share of the baseline's validation value if `is_relative`. An L1/L2 penalty is in both of
    a run's curves, so it cancels out in its gap.
    """
    levels = [
        (metric.logged_end("train"), metric.logged_end("validation"))
        for metric in (both.run, both.baseline)
    ]
    (train, validation), (train_before, before) = levels
    if train is None or validation is None:
        return Missing(reason=f"the run has no training {both.run.name} around the judged epoch")
    if train_before is None or before is None:
        return Missing(reason=f"the baseline has no training {both.run.name}: write it again")
    whole = _whole(both, before, is_relative=is_relative)
    if isinstance(whole, Missing):
        return whole
    growth = (validation - train) - (before - train_before)
    trains = sqrt(both.run.train_noise() ** 2 + both.baseline.train_noise() ** 2)
    return _with_noise(
        both,
        growth / whole,
        whole,
        is_relative=is_relative,
        basis=(f"the training {both.run.name} is as logged, a mean over the epoch",),
        further_noise=trains / whole,
    )


def _paired(worse: Rows, before: Rows, *, is_relative: bool) -> Estimate | Missing:
    """From the losses of the same rows under both models; neither contains a penalty."""
    base = float(before.mean())
    if is_relative and base <= 0:
        return _no_share("loss", base)
    whole = base if is_relative else 1.0
    value = float(worse.mean()) / whole
    changes = (worse - (value * before if is_relative else 0.0)) / whole
    sampling = float(np.std(changes, ddof=1)) / sqrt(len(changes))
    return Estimate(
        value=value,
        low=value - ONE_SIDED_95 * sampling,
        high=value + ONE_SIDED_95 * sampling,
        smallest_visible=ONE_SIDED_95 * sampling,
        noise=0.0,
        sampling=sampling,
        is_relative=is_relative,
        rows=len(changes),
        is_paired=True,
        basis=(f"each of {len(changes)} validation rows is compared with itself",),
    )


def _ends(both: Comparison) -> tuple[float, float, tuple[str, ...]] | Missing:
    """The run's value, the baseline's, and what is assumed of their penalties."""
    ends = []
    for metric in (both.run, both.baseline):
        if isinstance(metric.validation, Missing):
            where = "" if metric is both.run else "in the baseline "
            return Missing(reason=where + metric.validation.reason, needs=metric.validation.needs)
        ends.append(metric.validation.end)
    now, before = ends
    penalties = both.run.penalty, both.baseline.penalty
    if None not in penalties:
        return now - (penalties[0] or 0.0), before - (penalties[1] or 0.0), ()
    if any(penalties) or both.run.is_without_penalty != both.baseline.is_without_penalty:
        side = "run" if penalties[0] is None else "baseline"
        return Missing(
            reason=f"the L1/L2 penalty in the {side}'s loss is not known, but the other's is: give"
            " both the model and the history on both sides"
        )
    return now, before, ("the losses are as logged, including any L1/L2 penalty",)


def _whole(both: Comparison, before: float, *, is_relative: bool) -> float | Missing:
    """What shares are taken of: the baseline's value, or 1 if none are."""
    raw = both.run.sign * before
    if is_relative and raw <= 0:
        return _no_share(both.run.name, raw)
    return raw if is_relative else 1.0


def _no_share(name: str, value: float) -> Missing:
    return Missing(
        reason=f"the baseline's {name} is {value:.4g}, so a share of it has no meaning: give the"
        " limit in the metric's own unit"
    )


def _with_noise(
    both: Comparison,
    value: float,
    whole: float,
    *,
    is_relative: bool,
    basis: tuple[str, ...],
    further_noise: float = 0.0,
) -> Estimate:
    """Bounds from both curves' noise and from the sampling of rows.

    The sampling error is that of each row's change if known. Otherwise it is that of two
    independent samples.
    """
    metrics = (both.run, both.baseline)
    curves = [m.validation for m in metrics if not isinstance(m.validation, Missing)]
    noise = sqrt(sum(curve.error**2 for curve in curves) / whole**2 + further_noise**2)
    sampling = _sampling(both, whole)
    error = ONE_SIDED_95 * sqrt(noise**2 + (sampling or 0.0) ** 2)
    if both.worse is not None:
        said = f"each of {len(both.worse)} validation rows is compared with itself"
    else:
        said = "the rows are not paired" if sampling else _conditional(both)
    return Estimate(
        value=value,
        low=value - error,
        high=value + error,
        smallest_visible=error,
        noise=noise,
        sampling=sampling,
        is_relative=is_relative,
        rows=both.run.run.validation_rows,
        is_paired=both.worse is not None,
        basis=(*basis, said),
    )


def _sampling(both: Comparison, whole: float) -> float | None:
    """The standard error that the rows add; None if it isn't known for either side."""
    if both.worse is not None:
        return float(np.std(both.worse, ddof=1)) / sqrt(len(both.worse)) / whole
    variance = 0.0
    for metric in (both.run, both.baseline):
        rows = metric.run.validation_rows
        if isinstance(metric.validation, Missing) or not rows:
            return None
        spread = row_spread(metric, metric.validation.end)
        if spread is None:
            return None
        variance += spread.value**2 / rows
    return sqrt(variance) / whole


def _conditional(both: Comparison) -> str:
    if both.run.run.validation_rows and both.baseline.run.validation_rows:
        return (
            f"conditional on these validation rows: how {both.run.name} varies by row is not known"
        )
    return "conditional on these validation rows: their number is not known on both sides"
