"""One metric of one run, turned so that lower is better, as far as the weights that ship go."""

from functools import cached_property
from statistics import fmean

import numpy as np
import numpy.typing as npt

from advisor.evidence.curves.run import Run
from advisor.evidence.curves.smoothing import MINIMUM_POINTS, Curve, Smoothed, finite_curve
from advisor.evidence.measurement import Missing
from advisor.inputs.history import Direction, Series
from advisor.values import dataclass

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The curves of one metric; values are negated where higher is better.

    Everything is read in the judged window: the epochs around the one whose weights were saved,
    or the last ones.
    """

    run: Run
    name: str
    direction: Direction

    @property
    def sign(self) -> int:
        """What turns a logged value so that lower is better, and back."""
        return -1 if self.direction == "max" else 1

    @cached_property
    def validation(self) -> Smoothed | Missing:
        """The smoothed validation curve, judged where the saved weights were.

        The loss is taken without its L1/L2 penalty wherever that is known: from the losses per
        row, or from a metric that logs the same.
        """
        if self.name == "loss" and self.run.rows is not None:
            rows = self.run.rows
            means = rows.losses.mean(axis=1, dtype=np.float64).tolist()
            curve = finite_curve(Series(epochs=rows.epochs, values=tuple(means)))
        elif self.name == "loss" and isinstance(self.run.data_loss, Smoothed):
            curve = self.run.data_loss.curve
        else:
            curve = self._logged("validation")
        if curve is None:
            return Missing(reason=f"the validation {self.name} has no finite value")
        if len(curve) < MINIMUM_POINTS:
            points = f"{len(curve)} epoch" + ("s" if len(curve) > 1 else "")
            return Missing(
                reason=f"the validation {self.name} has {points}, and it takes {MINIMUM_POINTS} to "
                "tell noise"
            )
        smoothed = Smoothed(curve=curve)
        saved = self.run.saved_epoch
        return smoothed if saved is None or saved >= curve.epochs[-1] else smoothed.around(saved)

    @cached_property
    def train(self) -> Curve | None:
        """The training curve as logged."""
        return self._logged("train")

    def _logged(self, role: str) -> Curve | None:
        history = self.run.history
        curves = {} if history is None else getattr(history, role)
        curve = finite_curve(curves[self.name]) if self.name in curves else None
        return curve.negated if curve is not None and self.sign < 0 else curve

    @property
    def is_without_penalty(self) -> bool:
        """True where the validation curve holds no L1/L2 penalty."""
        if self.name != "loss" or self.run.model_penalty == 0 or self.run.rows is not None:
            return True
        return isinstance(self.run.data_loss, Smoothed)

    @property
    def penalty(self) -> float | None:
        """The L1/L2 penalty in the validation curve at its judged window; None: not known."""
        return 0.0 if self.is_without_penalty else self.run.model_penalty

    def logged_end(self, role: str) -> float | None:
        """The mean of a curve as logged, penalty and all, over the judged window."""
        curve = self._logged(role)
        if curve is None or isinstance(self.validation, Missing):
            return None
        epochs = self.validation.judged_epochs
        values = [v for e, v in zip(curve.epochs, curve.values, strict=True) if e in epochs]
        return fmean(values) if values else None

    def train_noise(self) -> float:
        """The standard error of the training curve's mean over a window; 0 of a short one."""
        if self.train is None or len(self.train) < MINIMUM_POINTS:
            return 0.0
        return Smoothed(curve=self.train).error

    def rows_at(self, epochs: tuple[int, ...]) -> Rows | None:
        """The loss of each validation row, as the mean over `epochs`; None: not recorded."""
        rows = self.run.rows
        if self.name != "loss" or rows is None or not set(epochs) <= set(rows.epochs):
            return None
        chosen = [rows.epochs.index(epoch) for epoch in epochs]
        losses = rows.losses[chosen].mean(axis=0, dtype=np.float64)
        return losses if np.isfinite(losses).all() else None

    @property
    def saved_note(self) -> str | None:
        """What is to be said of the judged weights, where they are not those of the last epoch."""
        if isinstance(self.validation, Missing) or self.validation.judged is None:
            return None
        return f"judged at epoch {self.run.saved_epoch}, whose weights were saved"
