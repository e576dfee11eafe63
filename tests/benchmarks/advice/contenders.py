"""Everyone who is compared: the advisor, what a user does without it, and the searches."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice import races, replays, rules_alone, store
from tests.benchmarks.advice.board import Board, board_of
from tests.benchmarks.advice.choices import Choice, Row
from tests.benchmarks.advice.lineup import Pick
from tests.benchmarks.advice.races import BUDGET, Race
from tests.benchmarks.advice.store import RESULTS, Truth
from tests.benchmarks.advice.strategies import FIXED, fixed_arm

ADVISOR = Row("advisor, rules + probes")
RULES_ALONE = Row("advisor, rules alone")
STOPPED = Row("current recipe, stopped early")
LAST = Row("current recipe, to the last epoch")
RANDOM_ARM = Row("random from the search space")


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Who chose what on the first drawing of a task."""

    board: Board
    choices: Mapping[Row, Sequence[Choice]]


def contests(tasks: Iterable[str], policy: Policy, results: Path = RESULTS) -> dict[str, Contest]:
    """The contests of all tasks whose truth is stored; who has no choice stored is left out."""
    advice = rules_alone.load(results)
    found = {}
    for task in tasks:
        truth = store.first_drawing(task, results)
        if truth is not None:
            by_rules = advice[task].arm if task in advice else None
            found[task] = _contest(truth, policy, by_rules, results)
    return found


def _contest(truth: Truth, policy: Policy, by_rules: str | None, results: Path) -> Contest:
    board = board_of(truth, policy)
    choices = {
        **_current(truth),
        **_fixed(board),
        RANDOM_ARM: _any_arm(board),
        RULES_ALONE: _by_name(board, by_rules) if by_rules in board.arms else [],
        **by_races(races.load(truth.task, results).values(), policy),
        **{
            row: [_searched(board, pick, truth.test.shape[-1]) for pick in picks]
            for row, picks in replays.load(truth, results).get(policy, {}).items()
        },
    }
    return Contest(board=board, choices={row: chosen for row, chosen in choices.items() if chosen})


def by_races(found: Iterable[Race], policy: Policy) -> dict[Row, list[Choice]]:
    """The advisor's choices on the first drawing, at its default budget and at others."""
    chosen: dict[Row, list[Choice]] = {}
    for race in found:
        if (race.data_seed, race.policy) == (0, policy):
            budget = None if race.budget == BUDGET else race.budget
            own = Choice(arm=race.pick, losses=np.array(race.fresh), cost=race.cost)
            chosen.setdefault(Row(ADVISOR.contender, budget), []).append(own)
    return chosen


def _current(truth: Truth) -> dict[Row, list[Choice]]:
    """The user's current recipe, read under either policy."""
    name = arm_name(Arm())
    stopped, last = truth.fresh[:, truth.arms.index(name)]
    return {
        STOPPED: [Choice(arm=name, losses=stopped)],
        LAST: [Choice(arm=name, losses=last)],
    }


def _fixed(board: Board) -> dict[Row, list[Choice]]:
    """The fixed advice that the network has places for."""
    names = {title: arm_name(fixed_arm(title, board.is_regularized)) for title in FIXED}
    return {
        Row(title): _by_name(board, name) for title, name in names.items() if name in board.arms
    }


def _any_arm(board: Board) -> list[Choice]:
    rivals = [arm for arm in board.arms if arm != arm_name(Arm())]
    return [choice for arm in rivals for choice in _by_name(board, arm)]


def _by_name(board: Board, arm: str) -> list[Choice]:
    return [Choice(arm=arm, losses=board.of(arm))]


def _searched(board: Board, pick: Pick, epochs: int) -> Choice:
    name = board.arms[pick.arm]
    return Choice(arm=name, losses=board.of(name), cost=pick.epochs / epochs)
