"""How far validation is from training with the weights that ship, with bounds."""

from math import sqrt

import numpy as np

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.metric_choice import accuracy_name
from advisor.evidence.curves.row_spread import row_spread
from advisor.evidence.curves.sampling import ONE_SIDED_95, newcombe
from advisor.evidence.measurement import Missing
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """Both sides of the gap, signed so that lower is better.

    `is_clean` if they were measured with fixed weights, not while training.
    """

    train: float
    validation: float
    train_noise: float
    is_clean: bool


def gap(metric: Metric, *, is_relative: bool) -> Estimate | Missing:
    """How much worse the metric is on the validation rows than on the training rows.

    As a share of the training value if `is_relative`. The training value has no sampling error:
    the gap is the one to these very training rows.
    """
    smoothed = metric.validation
    if isinstance(smoothed, Missing):
        return smoothed
    sides = _sides(metric)
    if isinstance(sides, Missing):
        return sides
    trained = metric.sign * sides.train
    if is_relative and trained <= 0:
        return Missing(
            reason=f"the training {metric.name} is {trained:.4g}, so a share of it has no meaning:"
            " give the limit in the metric's own unit"
        )
    whole = trained if is_relative else 1.0
    value = (sides.validation - sides.train) / whole
    noise = sqrt(smoothed.error**2 + sides.train_noise**2) / whole
    below, above, basis, is_paired = _sampling(metric, sides)
    jitter = ONE_SIDED_95 * noise
    low, high = (
        jitter if part is None else sqrt((part / whole) ** 2 + jitter**2) for part in (below, above)
    )
    if not sides.is_clean:
        basis += (f"the training {metric.name} is as logged, a mean over the epoch",)
    return Estimate(
        value=value,
        low=value - low,
        high=value + high,
        smallest_visible=low,
        noise=noise,
        sampling=None if below is None else below / whole / ONE_SIDED_95,
        is_relative=is_relative,
        rows=metric.run.validation_rows,
        is_paired=is_paired,
        basis=basis,
    )


def _sides(metric: Metric) -> _Sides | Missing:
    record, penalty = metric.run.record, metric.penalty
    clean = _clean_train(metric)
    if clean is not None and not isinstance(metric.validation, Missing):
        return _Sides(
            train=clean,
            validation=metric.validation.end - (penalty or 0.0),
            train_noise=0.0,
            is_clean=True,
        )
    train, validation = metric.logged_end("train"), metric.logged_end("validation")
    if train is None or validation is None:
        return Missing(reason=f"no training {metric.name} is logged around the judged epoch")
    is_loss = metric.name == "loss"
    if is_loss and record and (record.uses_class_weight or record.uses_sample_weight):
        return Missing(
            reason="the training loss is weighted by class or row, the validation loss is not;"
            " a Recorder with evaluate_train=True measures it unweighted"
        )
    in_both = metric.run.model_penalty or 0.0 if is_loss else 0.0  # a share's base is without it
    return _Sides(
        train=train - in_both,
        validation=validation - in_both,
        train_noise=metric.train_noise(),
        is_clean=False,
    )


def _clean_train(metric: Metric) -> float | None:
    """The training value of the final weights, without penalty; None if it was not measured."""
    record, history = metric.run.record, metric.run.history
    if record is None or history is None:
        return None
    if metric.name == "loss":
        return None if metric.penalty is None else record.clean_train_loss
    if record.clean_train_accuracy is None or accuracy_name(history.validation) != metric.name:
        return None
    return metric.sign * record.clean_train_accuracy


def _sampling(
    metric: Metric, sides: _Sides
) -> tuple[float | None, float | None, tuple[str, ...], bool]:
    """How far sampling of rows may move the gap down and up with 95 % certainty.

    Both are in the metric's unit. Then what they are based on, and whether the rows are paired.
    """
    smoothed, rows = metric.validation, metric.run.validation_rows
    losses = None if isinstance(smoothed, Missing) else metric.rows_at(smoothed.judged_epochs)
    if losses is not None and len(losses) > 1:
        half = ONE_SIDED_95 * float(np.std(losses, ddof=1)) / sqrt(len(losses))
        return half, half, (f"the spread of {len(losses)} validation rows as recorded",), True
    spread = row_spread(metric, sides.validation)
    if not rows or spread is None:
        what = "its size is" if spread else f"how {metric.name} varies by row is"
        return None, None, (f"conditional on this validation set: {what} not known",), False
    if spread.is_share:
        train, validation = (
            min(max(metric.sign * side, 0.0), 1.0) for side in (sides.train, sides.validation)
        )
        low, high = newcombe(train, metric.run.train_rows, validation, rows, ONE_SIDED_95)
        gap_found = train - validation
        return (
            gap_found - low,
            high - gap_found,
            (f"Newcombe's interval, {rows} validation rows",),
            False,
        )
    half = ONE_SIDED_95 * spread.value / sqrt(rows)
    return half, half, (f"{spread.source}, {rows} validation rows",), False
