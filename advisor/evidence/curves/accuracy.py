"""What the accuracies show: how good, how far apart, and whether they changed at all."""

from math import sqrt
from statistics import median

from advisor.evidence.curves.run import Run, given
from advisor.evidence.curves.sampling import ONE_SIDED_95, newcombe
from advisor.evidence.curves.smoothing import MINIMUM_POINTS, POINTS_FOR_MEDIANS, Pair, Smoothed
from advisor.evidence.measurement import Assumed, Missing, Reading, measurement


@measurement("accuracy.train_last", unit="share")
@given(lambda run: run.accuracies)
def accuracy_train_last(accuracies: Pair) -> Reading:
    """The logged training accuracy at the end, median of the last three epochs (0 to 1)."""
    return accuracies.train.last


@measurement("accuracy.val_last", unit="share")
@given(lambda run: run.accuracies)
def accuracy_val_last(accuracies: Pair) -> Reading:
    """The validation accuracy at the end, median of the last three epochs (0 to 1)."""
    return accuracies.validation.last


@measurement("accuracy.val_best", unit="share")
@given(lambda run: run.accuracies)
def accuracy_val_best(accuracies: Pair) -> Reading:
    """The best validation accuracy of the run, median of three epochs in a row (0 to 1)."""
    values = accuracies.validation.values
    if len(values) < POINTS_FOR_MEDIANS:
        return max(values)
    return max(median(three) for three in zip(values, values[1:], values[2:], strict=False))


@measurement("accuracy.gap", unit="share")
@given(lambda run: run.accuracies)
def accuracy_gap(accuracies: Pair) -> Reading:
    """How far the training accuracy is above the validation accuracy at the end (-1 to 1)."""
    return accuracies.train.last - accuracies.validation.last


@measurement("accuracy.gap_best", unit="share")
def accuracy_gap_best(run: Run) -> Reading:
    """How far the training accuracy was above the validation accuracy around the best epoch of the
    validation loss (-1 to 1).
    """
    if isinstance(run.accuracies, Missing):
        return run.accuracies
    if isinstance(run.smoothed, Missing):
        return run.smoothed
    means = run.accuracies.means(run.smoothed.best_epochs)
    if means is None:
        return Missing(reason="no accuracy is logged around the best epoch")
    return means[0] - means[1]


@measurement("accuracy.gap_lower", unit="share")
def accuracy_gap_lower(run: Run) -> Reading:
    """The least that the gap between training and validation accuracy is, with 95 % certainty (-1
    to 1).

    From Newcombe's interval (1998, method 10) if the number of validation rows is known, else from
    the noise of the two curves.
    """
    pair = run.accuracies
    if isinstance(pair, Missing):
        return pair
    if run.validation_rows is None:
        return _gap_lower_on_this_set(pair)
    train, validation = min(pair.train.last, 1.0), min(pair.validation.last, 1.0)
    lower, _ = newcombe(train, run.train_rows, validation, run.validation_rows, ONE_SIDED_95)
    if run.train_rows is None:
        return Assumed(
            value=lower,
            assumption="the training accuracy is exact: the number of training rows is not known",
        )
    return lower


def _gap_lower_on_this_set(pair: Pair) -> Reading:
    curves = (pair.train, pair.validation)
    if min(map(len, curves)) < MINIMUM_POINTS:
        return Missing(
            reason="too few epochs to estimate noise, and the validation set's size is not known",
            needs="val-size",
        )
    error = sqrt(sum(Smoothed(curve=curve.negated).error ** 2 for curve in curves))
    return Assumed(
        value=pair.train.last - pair.validation.last - ONE_SIDED_95 * error,
        assumption="conditional on this validation set: its size is not known",
    )


@measurement("accuracy.chance", unit="share")
def accuracy_chance(run: Run) -> Reading:
    """The accuracy of guessing all classes of the model's output equally often (0 to 0.5)."""
    if run.classes is None:
        return Missing(reason="the number of classes is not known", needs="model")
    if run.classes < 2:
        return Missing(reason=f"the model has {run.classes} class: there is nothing to guess")
    return 1 / run.classes


@measurement("accuracy.val_spread", unit="share")
@given(lambda run: run.accuracies)
def accuracy_val_spread(accuracies: Pair) -> Reading:
    """The highest validation accuracy of the run less the lowest (0 to 1). It is 0 if the model
    always predicts the same for every row.
    """
    return max(accuracies.validation.values) - min(accuracies.validation.values)
