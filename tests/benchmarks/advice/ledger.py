"""What a search has trained so far: each training replayed from stored curves and paid for.

The rows are the user's own split, and every trial has the same seed: that takes most of the luck
out of a comparison. With a seed of its own for every trial each search does worse (open half,
eight trainings, floored regret: Optuna .62 instead of .37, random search .59 instead of .39).
What the user brings is known beforehand and costs nothing: the current recipe, trained once.
"""

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice.readings import Floats, shown
from tests.benchmarks.advice.store import Truth


class BudgetSpentError(Exception):
    """The next training would cost more than is left; it is not begun."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """The arms of a task, validation losses `val` [arms, seeds, epochs], and how they are read."""

    arms: tuple[str, ...]
    val: Floats
    policy: Policy

    @property
    def epochs(self) -> int:
        """Epochs of a full training."""
        return int(self.val.shape[-1])

    @property
    def seeds(self) -> int:
        """How many seeds the truth has."""
        return int(self.val.shape[1])

    @property
    def current(self) -> int:
        """The arm that is the user's current recipe."""
        return self.arms.index(arm_name(Arm()))

    @property
    def rivals(self) -> tuple[int, ...]:
        """Every other arm."""
        return tuple(arm for arm in range(len(self.arms)) if arm != self.current)


def field_of(truth: Truth, policy: Policy) -> Field:
    """The stored curves of one drawing, as `policy` reads them."""
    return Field(arms=truth.arms, val=truth.val, policy=policy)


@dataclass(frozen=True, kw_only=True)
class Training:
    """A training of `arm` up to `epochs`, when all trainings till then came to `spent` epochs.

    `is_candidate` is False for one that the search itself has given up, and would not pick from.
    """

    arm: int
    epochs: int
    spent: int
    is_candidate: bool = True


class Ledger:
    """The trainings of one search by one seed of the truth, at most `limit` epochs of them."""

    def __init__(
        self, field: Field, seed: int, rng: np.random.Generator, limit: int | None = None
    ) -> None:
        self.field = field
        self.seed = seed
        self.rng = rng
        self._limit = limit
        self.trainings = [Training(arm=field.current, epochs=field.epochs, spent=0)]

    def curve(self, arm: int) -> Floats:
        """Validation losses [epochs] of an arm, to be paid for by `pay`."""
        return np.asarray(self.field.val[arm, self.seed])

    def pay(self, arm: int, until: int, *, since: int = 0, is_candidate: bool = True) -> float:
        """Train an arm from epoch `since` to epoch `until`; what validation shows by then.

        Raises BudgetSpentError if not as much is left; nothing is recorded then.
        """
        spent = self.trainings[-1].spent + until - since
        if self._limit is not None and spent > self._limit:
            raise BudgetSpentError
        self.trainings.append(
            Training(arm=arm, epochs=until, spent=spent, is_candidate=is_candidate)
        )
        return self._shown(self.trainings[-1])

    def pick(self, budget: int | None = None) -> int:
        """The arm that validation showed best within `budget` full trainings; None: in all.

        Read at the last epoch, a shorter training says nothing of a full one: only the longest
        are compared. Stopped early, every training shows a loss that it has reached.
        """
        within = [each for each in self._within(budget) if each.is_candidate]
        if self.field.policy == "last":
            longest = max(each.epochs for each in within)
            within = [each for each in within if each.epochs == longest]
        return min(within, key=self._shown).arm

    def spent(self, budget: int | None = None) -> int:
        """Epochs paid for within `budget`, of trainings finished or given up."""
        return self._within(budget)[-1].spent

    def _within(self, budget: int | None) -> list[Training]:
        if budget is None:
            return self.trainings
        return [each for each in self.trainings if each.spent <= budget * self.field.epochs]

    def _shown(self, training: Training) -> float:
        curve = self.curve(training.arm)[: training.epochs]
        return float(shown(curve, self.field.policy))
