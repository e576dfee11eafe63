"""How contenders stand: regrets, harm, spread and families by task, and pairwise over tasks."""

from collections.abc import Mapping, Sequence, Set

import numpy as np
from scipy.stats import wilcoxon

from advisor.values import dataclass
from tests.benchmarks.advice.board import Board
from tests.benchmarks.advice.choices import Choice, Row
from tests.benchmarks.advice.contenders import Contest
from tests.benchmarks.advice.readings import oracle
from tests.benchmarks.advice.space import family_of

_TIE = 0.005
"""Differences in relative regret below this count for nothing, as in the race itself."""
_AS_GOOD_AS_THE_BEST = 1.02


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A contender on one task: means over its choices.

    `spread` is the standard deviation of the relative regret over choices, None for a single one;
    `harm` and `family` are shares of the choices that harm, and that name a right family.
    """

    relative: float
    floored: float
    harm: float
    cost: float
    family: float
    spread: float | None


@dataclass(frozen=True, kw_only=True)
class Duel:
    """One contender against another: tasks won, tied and lost, and Wilcoxon's two-sided p.

    `p` is None where fewer than two tasks differ.
    """

    won: int
    tied: int
    lost: int
    p: float | None


ByTask = Mapping[str, Standing]
Standings = Mapping[Row, ByTask]


def standings(contests: Mapping[str, Contest]) -> dict[Row, dict[str, Standing]]:
    """Row to task to standing."""
    found: dict[Row, dict[str, Standing]] = {}
    for task, contest in contests.items():
        right = right_families(contest.board)
        for row, choices in contest.choices.items():
            found.setdefault(row, {})[task] = standing(contest.board, choices, right)
    return found


def standing(board: Board, choices: Sequence[Choice], right: Set[str]) -> Standing:
    """How good the choices on one task are, whose `right` families are these."""
    scores = [board.score(choice.losses) for choice in choices]
    relative = [score.relative for score in scores]
    return Standing(
        relative=float(np.mean(relative)),
        floored=float(np.mean([score.floored for score in scores])),
        harm=float(np.mean([score.is_harmful for score in scores])),
        cost=float(np.mean([choice.cost for choice in choices])),
        family=float(np.mean([family_of(choice.arm) in right for choice in choices])),
        spread=float(np.std(relative, ddof=1)) if len(relative) > 1 else None,
    )


def right_families(board: Board) -> frozenset[str]:
    """The families whose best arm comes within 2 % of the best of all, `keep` among them.

    A family's best arm is chosen and valued as the best of all is: on different seeds.
    """
    rows: dict[str, list[int]] = {}
    for number, arm in enumerate(board.arms):
        rows.setdefault(family_of(arm), []).append(number)
    most = _AS_GOOD_AS_THE_BEST * board.best
    return frozenset(family for family, own in rows.items() if oracle(board.losses[own]) <= most)


def duel(own: ByTask, other: ByTask) -> Duel:
    """`own` against `other` by relative regret, over the tasks that both have."""
    tasks = [task for task in own if task in other]
    more = np.array([other[task].relative - own[task].relative for task in tasks])
    return Duel(
        won=int((more > _TIE).sum()),
        tied=int((np.abs(more) <= _TIE).sum()),
        lost=int((more < -_TIE).sum()),
        p=float(wilcoxon(more).pvalue) if np.count_nonzero(more) > 1 else None,
    )
