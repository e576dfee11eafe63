"""One metric of one run, signed so that lower is better, and judged at the weights that ship."""

from functools import cached_property
from statistics import fmean

import numpy as np
import numpy.typing as npt

from advisor.evidence.curves.data_loss import DataLoss
from advisor.evidence.curves.run import Run, smooth
from advisor.evidence.curves.smoothing import MINIMUM_POINTS, Curve, Smoothed, finite_curve
from advisor.evidence.measurement import Missing
from advisor.inputs.history import Direction
from advisor.values import dataclass

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The curves of one metric; values are negated if higher is better.

    Everything is read in the judged window: the epochs around the one whose weights were saved, or
    the last ones.
    """

    run: Run
    name: str
    direction: Direction

    @property
    def sign(self) -> int:
        """The factor that makes lower logged values better, and turns them back."""
        return -1 if self.direction == "max" else 1

    @cached_property
    def validation(self) -> Smoothed | Missing:
        """The smoothed validation curve, judged at the epoch of the saved weights.

        For the loss it is the curve that the verdict is also based on: without its L1/L2 penalty if
        that is known of every epoch.
        """
        if self.name == "loss":
            return self.run.shipped
        curve = self._logged("validation")
        if curve is None:
            return Missing(reason=f"the validation {self.name} has no finite value")
        smoothed = smooth(curve, f"validation {self.name}")
        return smoothed if isinstance(smoothed, Missing) else self.run.judged(smoothed)

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
    def data_loss(self) -> DataLoss | None:
        """The data loss, if the validation curve is one; None if it may contain a penalty."""
        data_loss = self.run.data_loss if self.name == "loss" else None
        return None if isinstance(data_loss, Missing) else data_loss

    @property
    def is_without_penalty(self) -> bool:
        """True if the validation curve contains no L1/L2 penalty."""
        return self.name != "loss" or self.data_loss is not None

    @property
    def penalty_growth(self) -> float:
        """What the L1/L2 penalty may have added to the validation curve; 0 if none is known."""
        return (self.run.penalty_growth or 0.0) if self.name == "loss" else 0.0

    @property
    def penalty(self) -> float | None:
        """The L1/L2 penalty in the validation curve at its judged window; None if not known."""
        return 0.0 if self.is_without_penalty else self.run.model_penalty

    def logged_end(self, role: str) -> float | None:
        """The mean of a curve as logged, penalty included, over the judged window."""
        curve = self._logged(role)
        if curve is None or isinstance(self.validation, Missing):
            return None
        epochs = self.validation.judged_epochs
        values = [v for e, v in zip(curve.epochs, curve.values, strict=True) if e in epochs]
        return fmean(values) if values else None

    def train_noise(self) -> float:
        """The standard error of the training curve's mean over a window; 0 for a short curve."""
        if self.train is None or len(self.train) < MINIMUM_POINTS:
            return 0.0
        return Smoothed(curve=self.train).error

    def rows_at(self, epochs: tuple[int, ...]) -> Rows | None:
        """The loss of each validation row [rows], a mean over `epochs`; None if not recorded."""
        rows = self.run.rows
        if self.name != "loss" or rows is None or not set(epochs) <= set(rows.epochs):
            return None
        chosen = [rows.epochs.index(epoch) for epoch in epochs]
        losses = rows.losses[chosen].mean(axis=0, dtype=np.float64)
        return losses if np.isfinite(losses).all() else None

    @property
    def saved_note(self) -> str | None:
        """A note on the judged weights, if they are not those of the last epoch."""
        if isinstance(self.validation, Missing) or self.validation.judged is None:
            return None
        return f"judged at epoch {self.run.saved_epoch}, whose weights were saved"
