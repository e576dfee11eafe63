"""What a user could do instead of asking: each contender's loss and regret, from stored truth."""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import numpy.typing as npt

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
from tests.benchmarks.advice.strategies import FIXED, fixed_arm

Integers = npt.NDArray[np.int64]

_DRAWS = 200
_SEARCHED = 8


@dataclass(frozen=True, kw_only=True)
class Score:
    """How a contender did on one task: means over whatever is random in its choice."""

    relative: float
    floored: float
    harm: float  # share of its choices that are harmful


@dataclass(frozen=True, kw_only=True)
class Board:
    """One drawing of a task under one policy: losses [arms, seeds], and what validation showed."""

    arms: tuple[str, ...]
    losses: Floats
    shown: Floats
    best: float

    @property
    def current(self) -> Floats:
        """Losses [seeds] of the user's current recipe."""
        return cast(Floats, self.losses[self.arms.index(arm_name(Arm()))])

    @property
    def is_regularized(self) -> bool:
        """True if the current recipe holds regularization already."""
        return arm_name(Arm(share=0)) in self.arms

    def score(self, losses: Floats) -> Score:
        """The score of one choice by its losses [seeds].

        Regret that is cut off at 0 grows with the noise of a mean, and a search that chose by one
        seed is valued on the others alone. So who has all seeds is valued on all but each in turn.
        """
        means = [losses.mean()]
        if len(losses) == len(self.current):
            means = [np.delete(losses, seed).mean() for seed in range(len(losses))]
        current = float(self.current.mean())
        return Score(
            relative=relative_regret(float(losses.mean()), self.best),
            floored=float(np.mean([floored_regret(mean, self.best, current) for mean in means])),
            harm=float(is_harmful(losses, self.current)),
        )


def board(truth: Truth, policy: Policy) -> Board:
    """The stored curves as `policy` reads them."""
    losses = read(truth.val, truth.test, policy)
    return Board(
        arms=truth.arms,
        losses=losses,
        shown=shown(truth.val, policy),
        best=oracle(losses),
    )


def _fixed(title: str) -> Callable[[Board], Score]:
    def score(given: Board) -> Score:
        name = arm_name(fixed_arm(title, given.is_regularized))
        return given.score(given.losses[given.arms.index(name)])

    return score


def _keeping(given: Board) -> Score:
    return given.score(given.current)


def _random_arm(given: Board) -> Score:
    return _mean([given.score(losses) for losses in given.losses[1:]])


def _random_search(given: Board) -> Score:
    """Eight strategies drawn at random, one full training each, the best by validation."""
    rng = np.random.default_rng(0)
    choices = []
    for _ in range(_DRAWS):
        drawn = rng.choice(len(given.arms), _SEARCHED, replace=False)
        choices.append(_chosen(given, drawn, int(rng.integers(given.losses.shape[1]))))
    return _mean(choices)


def _whole_grid(given: Board) -> Score:
    """Every strategy trained once, the best by the one validation split: the noise floor."""
    every = np.arange(len(given.arms))
    return _mean([_chosen(given, every, seed) for seed in range(given.losses.shape[1])])


def _chosen(given: Board, candidates: Integers, seed: int) -> Score:
    """Chosen by what `seed` showed, valued on the other seeds."""
    pick = candidates[given.shown[candidates, seed].argmin()]
    return given.score(np.delete(given.losses[pick], seed))


CONTENDERS: Mapping[str, Callable[[Board], Score]] = {
    "current recipe": _keeping,
    **{title: _fixed(title) for title in FIXED},
    "random from the grid": _random_arm,
    "random search of 8": _random_search,
    "whole grid, one split": _whole_grid,
}


def _mean(scores: list[Score]) -> Score:
    return Score(
        relative=float(np.mean([s.relative for s in scores])),
        floored=float(np.mean([s.floored for s in scores])),
        harm=float(np.mean([s.harm for s in scores])),
    )
