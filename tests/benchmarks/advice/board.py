"""One drawing of a task under one policy: what each strategy is worth, and what validation saw."""

from typing import cast

from advisor.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice.readings import (
    Floats,
    floored_regret,
    is_harmful,
    oracle,
    read,
    relative_regret,
    shown,
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
    """Test losses [arms, seeds] of full trainings, and what validation showed [arms, seeds].

    `best` is the loss of the best arm, without the luck of having been chosen.
    """

    arms: tuple[str, ...]
    losses: Floats
    shown: Floats
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
        """The score of one choice by its losses [seeds].

        Regret that is cut off at 0 grows with the noise of a mean: compare choices that are valued
        on equally many seeds, as those of `contenders` are.
        """
        loss, current = float(losses.mean()), float(self.current.mean())
        return Score(
            relative=relative_regret(loss, self.best),
            floored=floored_regret(loss, self.best, current),
            is_harmful=is_harmful(losses, self.current),
        )


def board_of(truth: Truth, policy: Policy) -> Board:
    """The stored curves of one drawing as `policy` reads them."""
    losses = read(truth.val, truth.test, policy)
    return Board(
        arms=truth.arms,
        losses=losses,
        shown=shown(truth.val, policy),
        best=oracle(losses),
    )
