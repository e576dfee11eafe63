"""How much of a race the budget affords: every constant of the protocol, and the plan from it."""

from collections.abc import Callable
from math import ceil, floor

from advisor.candidates.arm import Arm
from advisor.probes.outcome import Policy, Splits
from advisor.probes.trial import Costs
from advisor.values import dataclass

_MOST_NAMED_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """How a number of from-scratch trials is shared among the phases.

    `anchors` counts the arms of the first round, not counting the current recipe. `more` counts all
    trials of the later rounds; each of these has a new seed and split, the current recipe and at
    most `finalists` arms. `confirm` counts the pairs of winner and current recipe on fresh seeds
    and splits. If `is_open`, later rounds may run arms that are not anchors.
    """

    anchors: int
    more: int = 0
    finalists: int = 1
    confirm: int = 0
    is_open: bool = False

    @property
    def choosing(self) -> int:
        """The trials up to the choice of a winner."""
        return 1 + self.anchors + self.more

    @property
    def rounds(self) -> int:
        """The rounds after the first."""
        return ceil(self.more / (1 + self.finalists))

    @property
    def trials(self) -> int:
        """All trials."""
        return self.choosing + 2 * self.confirm


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The constants of the race, in one place, so that a benchmark can compare settings.

    A race of fewer than `open_from` trials compares only its first `few` anchors, on as many pairs
    as fit. A larger one starts with `anchors` of them, but at most one in `anchored` of its trials,
    and may try any arm later. Each further round takes `finalists` (least, most) arms, up to
    `most_choosing` trials.

    `confirm_from` lists from how many trials on the race confirms with 1, 2, ... pairs; what is
    left over goes to confirmation too. A race that affords fewer than `screen_below` full-length
    trials screens warm first (not if `screen_arms` is 0). It shortens its trials to `onsets` times
    the history's best epoch, but to no less than the share `shortest` of the epochs. `tie` and
    `assumed_spread` are shares of the current recipe's mean.
    """

    # The best of those replayed on stored trainings of the benchmark's open half.
    open_from: int = 24
    few: int = 5
    anchors: int = 12
    anchored: int = 3
    one_round: int = 7  # so few trials hold no second round
    finalists: tuple[int, int] = (3, 7)
    rounds: int = 6  # about so many, as far as the numbers of finalists allow
    most_choosing: int = 60
    confirm_from: tuple[int, ...] = (8, 10, 20, 36, 40)
    budget: float = 2.5
    most_confirm: int = 8
    screen_below: int = 12
    screen_arms: int = 12
    screen_steps: int = 50
    screen_epochs: float = 0.06  # as a share of all epochs
    screen_budget: float = 0.3  # as a share of what is left after the setup
    survivors: int = 4
    survivors_with_batch_normalization: int = 7
    onsets: float = 1.5
    shortest: float = 0.15
    extension: float = 1.5  # by how much a trial grows whose best epoch is its last
    spare: float = 0.2  # the share of the trials kept back for this, where there are `spare_from`
    spare_from: int = 12
    tie: float = 0.005
    level: float = 0.9
    tentative_at: float = 0.67  # a gain is twice as likely as a loss
    # The spread of one paired difference, as a share of the loss, where none was measured: seeds
    # and splits each move a loss by 3-4 %.
    assumed_spread: float = 0.04
    is_cross_fitted: bool = True


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class RaceSettings:
    """What the user asked for, and what is known about the run.

    `budget` is in wall-clock `fit` runs of the user's model and is never exceeded; None means the
    protocol's default. If the user names `arms`, only these, the current recipe and no
    regularization are run. `onset` is the best epoch of the history, from 1. `has_expired` is
    called before each trial.
    """

    n_train: int
    n_val: int
    seed: int = 0
    budget: float | None = None
    policy: Policy = "stopped"
    splits: Splits = "resample"
    objective: str = "val_loss"
    maximize: bool = False
    arms: tuple[Arm, ...] = ()
    onset: int | None = None
    has_batch_normalization: bool = False
    has_expired: Callable[[], bool] = _never


@dataclass(frozen=True, kw_only=True)
class RacePlan:
    """A race that fits the budget.

    First come warm trials of `screen_arms` arms and the current recipe, `screen_epochs` long (0: no
    screen). `epochs` is the length of a from-scratch trial. `allocation` is None if the budget
    doesn't even cover the current recipe and one arm.
    """

    screen_arms: int
    screen_epochs: int
    epochs: int
    allocation: Allocation | None

    @property
    def trials(self) -> int:
        """All trials of the plan."""
        screen = self.screen_arms + 1 if self.screen_arms else 0
        return screen + (self.allocation.trials if self.allocation else 0)


def plan_race(
    costs: Costs, settings: RaceSettings, protocol: Protocol, *, named: int = 0
) -> RacePlan:
    """The plan for a budget: confirmation is reserved before arms are, and arms before lengths.

    `named` counts the arms that the user named: these alone are run then, in as many rounds as
    the budget holds.
    """
    money = budget_of(settings, protocol) - costs.setup
    if _affordable(money, costs.full) >= protocol.screen_below:
        return RacePlan(
            screen_arms=0,
            screen_epochs=0,
            epochs=costs.epochs,
            allocation=_allocation(_affordable(money, costs.full), protocol, named),
        )
    epochs = _prefix(costs, settings, protocol)
    warm = _warm_epochs(costs, protocol)
    arms = _screened_arms(money, costs, warm, settings, protocol)
    screen = (arms + 1) * costs.of(warm) if arms else 0.0  # the current recipe is screened too
    left = _affordable(money - screen, costs.of(epochs))
    return RacePlan(
        screen_arms=arms,
        screen_epochs=warm if arms else 0,
        epochs=epochs,
        allocation=_allocation(left - _spare(left, epochs, costs, protocol), protocol, named),
    )


def budget_of(settings: RaceSettings, protocol: Protocol) -> float:
    """The budget in force, in `fit` runs of the user's model."""
    return protocol.budget if settings.budget is None else settings.budget


def _affordable(money: float, price: float) -> int:
    """How many trials fit, up to rounding errors."""
    return max(0, floor(money / price + 1e-9))


def _prefix(costs: Costs, settings: RaceSettings, protocol: Protocol) -> int:
    """The length of a from-scratch trial: never below `onsets` onsets.

    The last epoch's reading needs all epochs, and so does a run whose onset is not known.
    """
    if settings.policy == "last" or settings.onset is None:
        return costs.epochs
    onsets = ceil(protocol.onsets * settings.onset)
    return min(costs.epochs, max(onsets, ceil(protocol.shortest * costs.epochs)))


def _spare(trials: int, epochs: int, costs: Costs, protocol: Protocol) -> int:
    """The trials kept back to train longer what is still getting better; else they confirm."""
    if epochs == costs.epochs or trials < protocol.spare_from:
        return 0
    return floor(protocol.spare * trials)


def _warm_epochs(costs: Costs, protocol: Protocol) -> int:
    share = ceil(protocol.screen_epochs * costs.epochs)
    return min(costs.epochs, max(share, ceil(protocol.screen_steps / costs.steps_per_epoch)))


def _screened_arms(
    money: float, costs: Costs, warm: int, settings: RaceSettings, protocol: Protocol
) -> int:
    """How many arms a screen takes; none if it could drop few of them."""
    if settings.arms:
        return 0
    affordable = _affordable(protocol.screen_budget * money, costs.of(warm)) - 1
    arms = min(protocol.screen_arms, affordable)
    return arms if arms > survivors(settings, protocol) else 0


def survivors(settings: RaceSettings, protocol: Protocol) -> int:
    """How many arms a warm screen keeps: with Batch Normalization it ranks less well."""
    if settings.has_batch_normalization:
        return protocol.survivors_with_batch_normalization
    return protocol.survivors


def _allocation(trials: int, protocol: Protocol, named: int) -> Allocation | None:
    """How `trials` are shared: confirmation first, then anchors, then further rounds."""
    if trials < 2:
        return None
    confirm = sum(trials >= least for least in protocol.confirm_from)
    room = trials - 2 * confirm
    is_open = trials >= protocol.open_from and not named
    anchors = min(named, room - 1) if named else _anchors(room, is_open, protocol)
    fewest, most_finalists = protocol.finalists
    wanted = max(fewest, min(most_finalists, room // protocol.rounds)) if is_open else fewest
    finalists = min(named or room - 1, wanted)
    most = _MOST_NAMED_ROUNDS * (1 + finalists) if named else protocol.most_choosing - 1 - anchors
    more = max(0, min(room - 1 - anchors, most))
    if more % (1 + finalists) == 1:  # the current recipe by itself shows nothing
        more -= 1
        anchors += 0 if named else 1
    if confirm:
        confirm = min(protocol.most_confirm, confirm + (room - 1 - anchors - more) // 2)
    return Allocation(
        anchors=anchors, more=more, finalists=finalists, confirm=confirm, is_open=is_open
    )


def _anchors(room: int, is_open: bool, protocol: Protocol) -> int:
    if room <= protocol.one_round:
        return room - 1
    return min(protocol.anchors, room // protocol.anchored) if is_open else protocol.few
