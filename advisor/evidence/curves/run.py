"""One training run as the curve measurements see it: the history and what is known about it."""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from advisor.evidence.curves.data_loss import DataLoss, data_loss
from advisor.evidence.curves.metric_choice import accuracy_name, primary_name
from advisor.evidence.curves.smoothing import MINIMUM_POINTS, Curve, Pair, Smoothed, finite_curve
from advisor.evidence.curves.trend import Trend, trend
from advisor.evidence.measurement import Missing, Reading
from advisor.inputs.history import History, Series
from advisor.inputs.record import Record, RowLosses
from advisor.values import dataclass

Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A history, and what the model, the flags or the Recorder add to it.

    Each cached property is a part that several measurements share. It is computed once, or missing
    with the reason. Epochs whose loss is not finite are left out of every curve. Only the
    `divergence.*` measurements look at them.
    """

    history: History | None
    model_penalty: float | None = None  # L1/L2 penalty of the saved weights; None: unknown
    initial_penalty: float | None = None  # the same of freshly initialized weights, as expected
    n_train: int | None = None  # rows; None: as the history says
    n_val: int | None = None
    batch_size: int | None = None
    classes: int | None = None
    loss_name: str | None = None  # canonical: "categorical_crossentropy"
    learning_rate: float | None = None  # of the saved optimizer
    iterations: int | None = None  # steps that the saved optimizer has taken
    row_loss_cv: float | None = None  # spread over mean of one validation row's loss, as measured

    @cached_property
    def log(self) -> History | Missing:
        """The history."""
        return self.history or Missing(reason="no history was given", needs="history")

    @property
    def record(self) -> Record | None:
        """What a Recorder noted about this run; None if no Recorder wrote the history."""
        return self.history.record if self.history else None

    @property
    def rows(self) -> RowLosses | None:
        """The losses of the single validation rows after each epoch, if they were recorded."""
        return self.record.rows if self.record else None

    @property
    def saved_epoch(self) -> int | None:
        """The epoch (from 1) at whose end the model had the saved weights; None if not known.

        The Recorder noted which epoch's weights `fit` left in the model. A file whose optimizer has
        taken fewer steps was saved earlier, as a `ModelCheckpoint` does: at the epoch that ended
        with this number of steps. A file with any other number of steps is not from this run.
        """
        if self.record is None or self.is_of_final_weights:
            return self.record.saved_epoch if self.record else None
        steps = {count: epoch for epoch, count in (self.record.iterations or {}).items()}
        return steps.get(self.iterations or 0)

    @property
    def is_of_final_weights(self) -> bool:
        """False if the file's optimizer took a different number of steps than the recorded run."""
        steps = self.record.iterations if self.record else None
        return not steps or not self.iterations or self.iterations == max(steps.values())

    @cached_property
    def recorded_spread(self) -> float | None:
        """The standard deviation of the loss over validation rows, as a share of its mean.

        Without penalty, at the epochs of the weights that ship, as a Recorder measured it.
        """
        record, smoothed = self.record, self.shipped
        if record is None or record.row_loss_std is None or isinstance(smoothed, Missing):
            return None
        followed = dict(zip(smoothed.curve.epochs, smoothed.curve.values, strict=True))
        penalty = (record.penalty or {}) if isinstance(self.data_loss, Missing) else {}
        known = [
            (record.row_loss_std[epoch], followed[epoch] - penalty.get(epoch, 0.0))
            for epoch in smoothed.judged_epochs
            if epoch in record.row_loss_std
        ]
        mean = sum(loss for _, loss in known)
        return sum(std for std, _ in known) / mean if mean > 0 else None

    @cached_property
    def shipped(self) -> Smoothed | Missing:
        """The smoothed validation loss, judged at the epoch of the saved weights."""
        return self.smoothed if isinstance(self.smoothed, Missing) else self.judged(self.smoothed)

    def judged(self, smoothed: Smoothed) -> Smoothed:
        """A curve of this run, judged by the window around the saved epoch.

        The curve is returned unchanged, judged by the last window, if the saved epoch is the last
        one or not known.
        """
        saved = self.saved_epoch
        if saved is None or saved >= smoothed.curve.epochs[-1]:
            return smoothed
        return smoothed.around(saved)

    @property
    def judged_row_losses(self) -> npt.NDArray[np.float32] | None:
        """The loss of every validation row with the weights that ship; None if not recorded."""
        if self.rows is None or not self.rows.epochs:
            return None
        epoch = self.saved_epoch or (self.history.epochs if self.history else None)
        if epoch not in self.rows.epochs:
            return None
        return np.asarray(self.rows.losses[self.rows.epochs.index(epoch)], np.float32)

    @property
    def train_rows(self) -> int | None:
        """The number of training rows, if it is known."""
        return self.n_train or (self.history.n_train if self.history else None)

    @property
    def validation_rows(self) -> int | None:
        """The number of validation rows, if it is known."""
        return self.n_val or (self.history.n_val if self.history else None)

    @cached_property
    def train(self) -> Curve | Missing:
        """The training loss."""
        if isinstance(self.log, Missing):
            return self.log
        if "loss" not in self.log.train:
            return Missing(reason="the history has no training loss", needs="history")
        return _finite(self.log.train["loss"], "training loss")

    @cached_property
    def validation(self) -> Curve | Missing:
        """The validation loss as logged, including any L1/L2 penalty."""
        if isinstance(self.log, Missing):
            return self.log
        if "loss" not in self.log.validation:
            return Missing(reason="the history has no validation loss", needs="validation")
        return _finite(self.log.validation["loss"], "validation loss")

    @cached_property
    def data_loss(self) -> DataLoss | Missing:
        """The validation loss without its penalty, if that is known of every epoch."""
        if isinstance(self.log, Missing) or isinstance(self.validation, Missing):
            return Missing(reason="the history has no validation loss", needs="validation")
        without_penalty = data_loss(
            self.validation, self.log, model_penalty=self.model_penalty, loss_name=self.loss_name
        )
        return without_penalty or Missing(reason="the L1/L2 penalty of every epoch is not known")

    @property
    def followed(self) -> Curve | Missing:
        """The validation loss that is judged: the data loss if it is known, else as logged."""
        return self.validation if isinstance(self.data_loss, Missing) else self.data_loss.curve

    @property
    def penalty_growth(self) -> float | None:
        """The most that the L1/L2 penalty may have added to the followed loss since its best epoch.

        0 if that loss contains none; None if the penalty of the saved weights is not known.
        """
        if not isinstance(self.data_loss, Missing):
            return 0.0
        if self.model_penalty is None:
            return None
        return max(self.model_penalty - (self.initial_penalty or 0.0), 0.0)

    @cached_property
    def losses(self) -> Pair | Missing:
        """The training and the validation loss as logged, with at least one epoch of both."""
        return _paired(self.train, self.validation, "a training and a validation loss")

    @cached_property
    def smoothed(self) -> Smoothed | Missing:
        """The followed validation loss, smoothed."""
        return smooth(self.followed, "validation loss")

    @cached_property
    def smoothed_as_logged(self) -> Smoothed | Missing:
        """The validation loss as logged, smoothed."""
        return smooth(self.validation, "validation loss")

    @cached_property
    def train_trend(self) -> Trend | Missing:
        """Where the training loss was heading."""
        smoothed = smooth(self.train, "training loss")
        return smoothed if isinstance(smoothed, Missing) else trend(smoothed)

    @cached_property
    def validation_trend(self) -> Trend | Missing:
        """Where the validation loss was heading."""
        return self.smoothed if isinstance(self.smoothed, Missing) else trend(self.smoothed)

    @cached_property
    def accuracies(self) -> Pair | Missing:
        """The training and the validation accuracy, as shares of the rows."""
        if isinstance(self.log, Missing):
            return self.log
        if not self.log.validation:
            return Missing(reason="the history has no validation metrics", needs="validation")
        name = accuracy_name(self.log.train.keys() & self.log.validation.keys())
        if isinstance(name, Missing):
            return name
        train = _finite(self.log.train[name], f"training {name}")
        validation = _finite(self.log.validation[name], f"validation {name}")
        both = _paired(train, validation, f"a training and a validation {name}")
        if isinstance(both, Pair) and not _are_shares(both):
            return Missing(reason=f"{name} is logged on a scale other than 0 to 1")
        return both

    @cached_property
    def metric(self) -> Smoothed | Missing:
        """The primary metric on the validation rows, smoothed, and negated: lower is better."""
        if isinstance(self.log, Missing):
            return self.log
        if not self.log.validation:
            return Missing(reason="the history has no validation metrics", needs="validation")
        name = primary_name(self.log)
        if isinstance(name, Missing):
            return name
        curve = _finite(self.log.validation[name], f"validation {name}")
        if isinstance(curve, Missing):
            return curve
        return smooth(curve.negated, f"validation {name}")


def given(
    part: Callable[[Run], Part | Missing],
) -> Callable[[Callable[[Part], Reading]], Callable[[Run], Reading]]:
    """Measure one part of the run; if that part is missing, so is the measurement."""

    def over(measure: Callable[[Part], Reading]) -> Callable[[Run], Reading]:
        @wraps(measure)
        def of_run(run: Run) -> Reading:
            measured = part(run)
            return measured if isinstance(measured, Missing) else measure(measured)

        return of_run

    return over


def share(part: float, whole: float, name: str) -> float | Missing:
    """`part / whole`, or missing if the whole, called `name`, is not positive."""
    if whole <= 0:
        return Missing(reason=f"{name} is {whole:.4g}: a share of it has no meaning")
    return part / whole


def _finite(series: Series, name: str) -> Curve | Missing:
    if not series.values:
        return Missing(reason=f"the {name} has no epochs")
    return finite_curve(series) or Missing(reason=f"the {name} has no finite value")


def smooth(curve: Curve | Missing, name: str) -> Smoothed | Missing:
    """The curve called `name` in windows, or missing if it is too short for them."""
    if isinstance(curve, Missing):
        return curve
    if len(curve) < MINIMUM_POINTS:
        epochs = f"{len(curve)} finite epoch" + ("s" if len(curve) != 1 else "")
        return Missing(
            reason=f"the {name} has {epochs}; it takes {MINIMUM_POINTS} to estimate noise"
        )
    return Smoothed(curve=curve)


def _paired(train: Curve | Missing, validation: Curve | Missing, name: str) -> Pair | Missing:
    if isinstance(validation, Missing):
        return validation
    if isinstance(train, Missing):
        return train
    pair = Pair(train=train, validation=validation)
    return pair if pair.common else Missing(reason=f"no epoch has both {name}")


def _are_shares(pair: Pair) -> bool:
    return all(-1e-6 <= value <= 1 + 1e-6 for value in pair.train.values + pair.validation.values)
