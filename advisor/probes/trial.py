"""One training to run on the user's data, and what came of it."""

from dataclasses import field
from typing import Literal, Protocol

from advisor.regularization import Strategy
from advisor.values import dataclass

Start = Literal["scratch", "saved"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training: what is changed in the user's recipe, and all that is random in it.

    Trials with the same `seed` and `split` start from the same weights, see the same batches and
    draw the same dropout masks: they differ only by strategy. `split` 0 is the user's own; `k > 0`
    is the k-th resampling of the pooled training and validation rows, with the same sizes. `start`
    is `scratch` for newly initialized weights, `saved` for those of the file.
    """

    strategy: Strategy = field(default_factory=Strategy)
    seed: int
    split: int = 0
    epochs: int
    start: Start = "scratch"


@dataclass(frozen=True, kw_only=True)
class TrialCurve:
    """What a trial showed after each epoch, on rows that it did not train on.

    `val_loss` is the data loss: without penalty, dropout off. `val_halves` is the same on each half
    of these rows, so that an epoch can be chosen on one half and read on the other. The halves are
    drawn at random, the same ones for every trial of a split. `objective` is the requested metric,
    or `val_loss` again. All have one value per epoch; a loss that overflowed is infinite. `steps`
    counts optimizer steps.
    """

    val_loss: tuple[float, ...]
    val_halves: tuple[tuple[float, ...], tuple[float, ...]]
    objective: tuple[float, ...]
    steps: int


class Trainer(Protocol):
    """What runs trials. Raises KeyboardInterrupt where the user stops it; the trial is lost."""

    def train(self, trial: Trial) -> TrialCurve:
        """Run one trial to its end."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What trainings cost, in wall-clock `fit` runs of the user's own model (1.0 = one run).

    Costs are counted from operations, never timed, so that equal inputs plan equal races. `full` is
    a trial of all `epochs`; a shorter one costs its share. `setup` is paid once, for building and
    tracing. `steps_per_epoch` converts epochs into optimizer steps.
    """

    full: float
    setup: float
    epochs: int
    steps_per_epoch: int

    def of(self, epochs: int) -> float:
        """The cost of a trial of that many epochs."""
        return self.full * epochs / self.epochs
