"""One training to run on the user's data, and what came of it."""

from dataclasses import field
from typing import Literal, Protocol

from advisor.regularization import Strategy
from advisor.values import dataclass

Start = Literal["scratch", "saved"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training: what is changed in the user's recipe, and all that is random in it.

    Trials of equal `seed` and `split` start from equal weights, see equal batches and draw equal
    dropout masks, so that their difference is that of their strategies. `split` 0 is the user's
    own; `k > 0` is the k-th resampling of the pooled training and validation rows, at the same
    sizes. `start` is `scratch` for newly initialised weights, `saved` for those of the file.
    """

    strategy: Strategy = field(default_factory=Strategy)
    seed: int
    split: int = 0
    epochs: int
    start: Start = "scratch"


@dataclass(frozen=True, kw_only=True)
class TrialCurve:
    """What a trial showed after each of its epochs, on rows that it did not train on.

    `val_loss` is the data loss: no penalty, dropout off. `val_halves` is the same on each half of
    these rows (cut at random, the same way for every trial of a split), so that an epoch can be
    chosen on one half and read on the other. `objective` holds the metric that is asked for, and
    equals `val_loss` where that is the loss itself. All have one value an epoch; a loss that
    overflowed is infinite. `steps` counts optimizer steps.
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
    """What trainings cost, in wall-clock `fit` runs of the user's own model (1.0 = one of them).

    Counted from operations, never timed, so that equal inputs plan equal races. `full` is a trial
    of all `epochs`; a shorter one costs its share. `setup` is what is paid once: building and
    tracing. `steps_per_epoch` converts epochs into optimizer steps.
    """

    full: float
    setup: float
    epochs: int
    steps_per_epoch: int

    def of(self, epochs: int) -> float:
        """The cost of a trial of that many epochs."""
        return self.full * epochs / self.epochs
