"""The first drawing of a task under one policy: what each strategy is worth."""

from typing import cast

from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice.readings import (
    POLICIES,
    Floats,
    floored_regret,
    is_harmful,
    oracle,
    relative_regret,
)
from tests.benchmarks.advice.store import Truth


@dataclass(frozen=True, kw_only=True)
class Score:
    """How good one choice is; see `readings` for what the regrets are."""

    relative: float
    floored: float
    is_harmful: bool


@dataclass(frozen=True, kw_only=True)
class Board:
    """Test losses [arms, seeds] of full trainings by seeds that nobody chooses by.

    `best` is the loss of the best arm, without the luck of having been chosen.
    """

    arms: tuple[str, ...]
    losses: Floats
    best: float

    @property
    def current(self) -> Floats:
        """Losses [seeds] of the user's current recipe."""
        return self.of(arm_name(Arm()))

    @property
    def is_regularized(self) -> bool:
        """True if the current recipe holds regularization already."""
        return arm_name(Arm(share=0)) in self.arms

    def of(self, arm: str) -> Floats:
        """Losses [seeds] of an arm by its name."""
        return cast(Floats, self.losses[self.arms.index(arm)])

    def score(self, losses: Floats) -> Score:
        """The score of one choice by its losses on the board's seeds.

        The same seeds, as regret that is cut off at 0 grows with the noise of a difference.
        """
        loss, current = float(losses.mean()), float(self.current.mean())
        return Score(
            relative=relative_regret(loss, self.best),
            floored=floored_regret(loss, self.best, current),
            is_harmful=is_harmful(losses, self.current),
        )


def board_of(truth: Truth, policy: Policy) -> Board:
    """What a first drawing's fresh trainings come to under a policy."""
    losses = truth.fresh[POLICIES.index(policy)]
    return Board(arms=truth.arms, losses=losses, best=oracle(losses))
