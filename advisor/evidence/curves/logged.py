"""What a training history shows: its length, its losses, its best epoch, its noise."""

from itertools import pairwise
from statistics import mode

from advisor.evidence.curves.data_loss import without_penalty
from advisor.evidence.curves.run import Run, given, share
from advisor.evidence.curves.smoothing import Curve, Smoothed
from advisor.evidence.measurement import Assumed, Missing, Reading, measurement
from advisor.inputs.history import History


@measurement("history.epochs", unit="epochs")
@given(lambda run: run.log)
def history_epochs(log: History) -> Reading:
    """The number of training epochs that the history shows (0 or more)."""
    return log.epochs


@measurement("history.has_validation", kind="truth")
@given(lambda run: run.log)
def history_has_validation(log: History) -> Reading:
    """True if a validation loss was logged."""
    return "loss" in log.validation and len(log.validation["loss"]) > 0


@measurement("history.validation_points", unit="epochs")
@given(lambda run: run.log)
def history_validation_points(log: History) -> Reading:
    """The number of epochs with a validation loss (1 or more)."""
    if "loss" not in log.validation or not log.validation["loss"].values:
        return Missing(reason="the history has no validation loss", needs="validation")
    return len(log.validation["loss"])


@measurement("history.validation_every", unit="epochs")
@given(lambda run: run.log)
def history_validation_every(log: History) -> Reading:
    """The number of epochs from one validation to the next: 1 normally, 2 with `validation_freq=2`
    (1 or more).
    """
    if "loss" not in log.validation or not log.validation["loss"].values:
        return Missing(reason="the history has no validation loss", needs="validation")
    epochs = log.validation["loss"].epochs
    steps = [later - earlier for earlier, later in pairwise(epochs)]
    return mode(steps) if steps else Missing(reason="only one epoch was validated")


@measurement("history.has_accuracy", kind="truth")
def history_has_accuracy(run: Run) -> Reading:
    """True if an accuracy was logged for both the training and the validation rows."""
    if isinstance(run.log, Missing):
        return run.log
    return not isinstance(run.accuracies, Missing)


@measurement("loss.train_first", unit="loss")
@given(lambda run: run.train)
def loss_train_first(train: Curve) -> Reading:
    """The training loss at the start as logged, penalty included: the median of the first three
    epochs, or the first one if there are fewer than nine.
    """
    return train.first


@measurement("loss.train_last", unit="loss")
@given(lambda run: run.train)
def loss_train_last(train: Curve) -> Reading:
    """The training loss at the end as logged, penalty included: the median of the last three
    finite epochs, or the last one if there are fewer than nine.
    """
    return train.last


@measurement("loss.train_min", unit="loss")
@given(lambda run: run.train)
def loss_train_min(train: Curve) -> Reading:
    """The lowest training loss of any epoch as logged, penalty included."""
    return min(train.values)


@measurement("loss.val_first", unit="loss")
@given(lambda run: run.validation)
def loss_val_first(validation: Curve) -> Reading:
    """The validation loss at the start as logged, penalty included: the median of the first three
    epochs, or the first one if there are fewer than nine.
    """
    return validation.first


@measurement("loss.val_last", unit="loss")
@given(lambda run: run.validation)
def loss_val_last(validation: Curve) -> Reading:
    """The validation loss at the end as logged, penalty included: the median of the last three
    finite epochs, or the last one if there are fewer than nine.
    """
    return validation.last


@measurement("loss.val_min", unit="loss")
@given(lambda run: run.validation)
def loss_val_min(validation: Curve) -> Reading:
    """The lowest validation loss of any epoch as logged, penalty included."""
    return min(validation.values)


def _less_penalty(run: Run, curve: Curve | Missing, *, is_mean: bool) -> Reading:
    if isinstance(curve, Missing):
        return curve
    recorded = without_penalty(curve, run.record, is_mean=is_mean)
    if recorded is not None:
        return recorded.last
    if run.model_penalty is None:
        return Missing(reason="the penalty of the saved weights is not known", needs="model")
    if run.model_penalty > curve.last > 0:
        return Missing(
            reason=f"the saved weights have a penalty of {run.model_penalty:.4g}, above the whole "
            f"last loss of {curve.last:.4g}: they are not those of the last epoch"
        )
    return curve.last - run.model_penalty


@measurement("loss.train_data_last", unit="loss")
def loss_train_data_last(run: Run) -> Reading:
    """The training loss at the end without its L1/L2 penalty: as recorded, or that of the saved
    weights.

    The logged loss is a mean over the epoch, while the weights changed. The penalty of the saved
    weights is the one at its end.
    """
    return _less_penalty(run, run.train, is_mean=True)


@measurement("loss.val_data_last", unit="loss")
def loss_val_data_last(run: Run) -> Reading:
    """The validation loss at the end without its L1/L2 penalty: as recorded, or that of the saved
    weights.
    """
    return _less_penalty(run, run.validation, is_mean=False)


@measurement("loss.has_data_curve", kind="truth")
def loss_has_data_curve(run: Run) -> Reading:
    """True if the validation loss of every epoch is known without its L1/L2 penalty: a Recorder
    noted it, a metric logs it, or there is no penalty.
    """
    if isinstance(run.validation, Missing):
        return run.validation
    return not isinstance(run.data_loss, Missing)


@measurement("loss.followed", kind="text")
def loss_followed(run: Run) -> Reading:
    """Which validation loss the verdict and the gate are based on: `without penalty` if the L1/L2
    penalty of every epoch is known and not 0, else `as logged`.
    """
    if isinstance(run.validation, Missing):
        return run.validation
    is_logged = isinstance(run.data_loss, Missing) or run.data_loss.is_as_logged
    return "as logged" if is_logged else "without penalty"


@measurement("best.epoch", unit="epoch")
@given(lambda run: run.smoothed)
def best_epoch(smoothed: Smoothed) -> Reading:
    """The epoch in the middle of the window with the lowest mean validation loss (from 1)."""
    return smoothed.best_epoch


@measurement("best.fraction", unit="share of the run")
def best_fraction(run: Run) -> Reading:
    """When the validation loss was at its best, as a share of the run's epochs (0 to 1)."""
    if isinstance(run.smoothed, Missing):
        return run.smoothed
    if isinstance(run.log, Missing):
        return run.log
    return run.smoothed.best_epoch / max(run.log.epochs, run.smoothed.curve.epochs[-1])


@measurement("noise.relative", unit="share")
@given(lambda run: run.smoothed)
def noise_relative(smoothed: Smoothed) -> Reading:
    """The jitter of the validation loss from one epoch to the next, as a share of the loss (0 or
    more).
    """
    return share(smoothed.sigma, smoothed.level, "the smoothed validation loss")


def _progress(curve: Curve, name: str) -> Reading:
    return share(curve.first - curve.last, curve.first, name)


@measurement("progress.train", unit="share")
@given(lambda run: run.train)
def progress_train(train: Curve) -> Reading:
    """How far the training loss came down from start to end, as a share of the start (at most 1;
    negative if it rose).
    """
    return _progress(train, "the first training loss")


@measurement("progress.val", unit="share")
@given(lambda run: run.followed)
def progress_val(validation: Curve) -> Reading:
    """How far the validation loss came down from start to end, as a share of the start (at most 1;
    negative if it rose).
    """
    return _progress(validation, "the first validation loss")


def _learning_rates(run: Run) -> tuple[float, ...]:
    if run.history is None or run.history.learning_rate is None:
        return ()
    return run.history.learning_rate.values


@measurement("learning_rate.first", unit="learning rate")
def learning_rate_first(run: Run) -> Reading:
    """The learning rate of the first logged epoch, or the saved optimizer's if none was logged
    (above 0).
    """
    logged = _learning_rates(run)
    if logged:
        return logged[0]
    if run.learning_rate is None:
        return Missing(
            reason="neither the history nor the optimizer has a learning rate", needs="model"
        )
    return Assumed(
        value=run.learning_rate,
        assumption="the learning rate never changed: the history doesn't log it",
    )


@measurement("learning_rate.last", unit="learning rate")
def learning_rate_last(run: Run) -> Reading:
    """The learning rate of the last logged epoch, or the saved optimizer's if none was logged
    (above 0).
    """
    logged = _learning_rates(run)
    if logged:
        return logged[-1]
    if run.learning_rate is None:
        return Missing(
            reason="neither the history nor the optimizer has a learning rate", needs="model"
        )
    return run.learning_rate
