"""How far apart training and validation loss are, at the end and at the start."""

from advisor.evidence.curves.run import Run, given, share
from advisor.evidence.curves.smoothing import MINIMUM_POINTS, Pair, window_length
from advisor.evidence.measurement import Missing, Reading, measurement


def _first_window(losses: Pair) -> tuple[float, float] | Missing:
    """The mean training and validation loss over the first window of epochs that have both."""
    epochs = [epoch for epoch, _, _ in losses.common]
    if len(epochs) < MINIMUM_POINTS:
        reason = f"{len(epochs)} epochs have both losses; a first and a last window need"
        return Missing(reason=f"{reason} {MINIMUM_POINTS}")
    means = losses.means(tuple(epochs[: window_length(len(epochs))]))
    return means or Missing(reason="no epoch has both losses")


@measurement("gap.loss", unit="loss")
@given(lambda run: run.losses)
def gap_loss(losses: Pair) -> Reading:
    """How far the validation loss is above the training loss at the end, in units of the loss;
    negative if it is below.
    """
    return losses.validation.last - losses.train.last


@measurement("gap.loss_best", unit="loss")
def gap_loss_best(run: Run) -> Reading:
    """How far the validation loss was above the training loss around the best epoch, in units of
    the loss; negative if it was below.
    """
    if isinstance(run.losses, Missing):
        return run.losses
    if isinstance(run.smoothed, Missing):
        return run.smoothed
    means = run.losses.means(run.smoothed.best_epochs)
    if means is None:
        return Missing(reason="no training loss is logged around the best epoch")
    return means[1] - means[0]


@measurement("gap.first", unit="loss")
@given(lambda run: run.losses)
def gap_first(losses: Pair) -> Reading:
    """How far the validation loss was above the training loss over the first epochs, in units of
    the loss; negative if it was below.

    Over the first window: a tenth of the run, 3 to 9 epochs.
    """
    means = _first_window(losses)
    return means if isinstance(means, Missing) else means[1] - means[0]


@measurement("gap.first_relative", unit="share of val")
@given(lambda run: run.losses)
def gap_first_relative(losses: Pair) -> Reading:
    """How far the validation loss was above the training loss over the first epochs, as a share of
    the validation loss (at most 1).
    """
    means = _first_window(losses)
    if isinstance(means, Missing):
        return means
    return share(means[1] - means[0], means[1], "the first validation loss")


@measurement("gap.relative", unit="share of train")
@given(lambda run: run.losses)
def gap_relative(losses: Pair) -> Reading:
    """How far the validation loss is above the training loss at the end, as a share of the training
    loss; it gets very large if the model memorised its training rows.
    """
    last = losses.train.last
    return share(losses.validation.last - last, last, "the last training loss")


@measurement("gap.relative_of_val", unit="share of val")
@given(lambda run: run.losses)
def gap_relative_of_val(losses: Pair) -> Reading:
    """How far the validation loss is above the training loss at the end, as a share of the
    validation loss (at most 1).
    """
    last = losses.validation.last
    return share(last - losses.train.last, last, "the last validation loss")


@measurement("gap.growth", unit="share of val")
@given(lambda run: run.losses)
def gap_growth(losses: Pair) -> Reading:
    """How much the gap between validation and training loss grew from the first epochs to the end,
    both as shares of the validation loss.
    """
    means = _first_window(losses)
    if isinstance(means, Missing):
        return means
    last = losses.validation.last
    now = share(last - losses.train.last, last, "the last validation loss")
    then = share(means[1] - means[0], means[1], "the first validation loss")
    if isinstance(now, Missing):
        return now
    return then if isinstance(then, Missing) else now - then


@measurement("memorised.train_over_val", unit="ratio")
@given(lambda run: run.losses)
def memorised_train_over_val(losses: Pair) -> Reading:
    """The training loss at the end over the validation loss at the end (0 or more); near 0 if the
    model memorised its training rows.
    """
    return share(losses.train.last, losses.validation.last, "the last validation loss")


@measurement("memorised.train_over_first", unit="ratio")
def memorised_train_over_first(run: Run) -> Reading:
    """The training loss at the end over that of the first epochs (0 or more); near 0 if nothing is
    left to learn from the training rows.
    """
    if isinstance(run.train, Missing):
        return run.train
    return share(run.train.last, run.train.first, "the first training loss")
