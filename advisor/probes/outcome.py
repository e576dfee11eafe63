"""What a race of probe trainings showed: every trial, every arm, and the pick."""

from typing import Literal

from advisor.candidates.arm import Arm
from advisor.probes.trial import Trial
from advisor.regularization import Strategy
from advisor.values import dataclass

Policy = Literal["stopped", "last"]
Splits = Literal["resample", "fixed", "group"]
Label = Literal["confirmed", "tentative", "keep"]
Phase = Literal["screen", "anchors", "refine", "finals", "confirm"]


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """One trial with its two readings: at the epoch of the lowest validation loss, and the last.

    Both are of the objective (the data loss unless a metric was asked for). `best_epoch` counts
    from 1; `cost` is in `fit` runs of the user's own model.
    """

    arm: str
    phase: Phase
    trial: Trial
    stopped: float
    last: float
    best_epoch: int
    cost: float


@dataclass(frozen=True, kw_only=True)
class ArmResult:
    """One arm over all of its trials, on the baseline's scale.

    `stopped` and `last` are arithmetic means of the objective over paired trials: the baseline's
    mean plus the mean paired difference. `change` is that difference under the race's policy,
    `relative` its share of the baseline. `runs` counts from-scratch trials; 0 means that the arm
    was only screened, and its figures are those of the screen.
    """

    name: str
    arm: Arm
    strategy: Strategy
    runs: int
    stopped: float
    last: float
    change: float
    relative: float


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The announced change on new data: changed minus current, from fresh trials alone.

    `low` and `high` bound `change` at `level` (.9: nine times in ten). `runs` counts the fresh
    paired trials; `probability` is that of an improvement, by the same distribution.
    """

    metric: str
    policy: Policy
    baseline: float
    changed: float
    change: float
    low: float
    high: float
    level: float
    runs: int
    probability: float | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The race's end. `pick` is the arm to recommend; the user's current recipe means "keep".

    `expected` is None if there was no fresh trial to base it on. `stopping_epoch` says when to stop
    the current recipe, `stopping_gain` which share of its last loss this saves. `epochs` are those
    of a full training, `cost` is in `fit` runs of the user's own model, `trainings` in optimizer
    steps of full trainings. `notes` are sentences for the report.
    """

    pick: ArmResult
    label: Label
    expected: Expected | None
    arms: tuple[ArmResult, ...]  # best first, the current recipe among them
    trials: tuple[TrialResult, ...]  # in the order in which they ran
    policy: Policy
    objective: str
    splits: Splits
    seed: int
    stopping_epoch: int
    stopping_gain: float
    epochs: int
    cost: float
    trainings: float
    is_cut_short: bool = False
    notes: tuple[str, ...] = ()
    contender: ArmResult | None = None
    contender_expected: Expected | None = None
    is_maximized: bool = False  # a metric of which more is better
