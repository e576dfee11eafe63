"""The verdict's confusion table: what `advisor check` says of a run, and what would help it.

More regularization helps a task if the best strategy that adds some and takes none away lowers the
test loss by over 2 %, significantly; less, if the best that only takes away does. A strategy is
chosen on all fresh seeds but one and valued on that one, in turn, so that luck doesn't count. Where
both help, what helps more does. A recipe may also gain only by another kind than it has.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.rulebook.rule import VerdictName
from tests.benchmarks.advice import rules_alone, store
from tests.benchmarks.advice.board import Board, board_of
from tests.benchmarks.advice.readings import best_by_seed, is_above
from tests.benchmarks.advice.space import strengths_of
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import task_named

Strengths = Mapping[str, float]
Side = Literal["more", "less", "another kind"]
Need = Side | Literal["nothing"]

_HELPS = 1 / 0.98
_NEEDS: tuple[Need, ...] = ("more", "less", "another kind", "nothing")
_TRAITS = ("underfitting", "over-regularized", "nothing helps")
_RIGHT: Mapping[Need, tuple[VerdictName, ...]] = {
    "more": ("overfitting",),
    "less": ("over-regularized",),
}
_ON_TOP = "current + "


def confusion(tasks: Sequence[str], policy: Policy, results: Path = RESULTS) -> str:
    """A line for what helps, a column a verdict; then the same by what tasks are made for."""
    said = {task: advice.verdict for task, advice in rules_alone.load(results).items()}
    needs = {
        task: needed(board_of(truth, policy), present(task))
        for task in tasks
        if task in said and (truth := store.first_drawing(task, results)) is not None
    }
    if not needs:
        return f"{policy}: no verdict stored"
    columns = [verdict for verdict in get_args(VerdictName) if verdict in said.values()]
    lines = [f"{f'{policy}: what helps':<32}" + "".join(f"{c:>18}" for c in columns)]
    by_need = {f"{n} regularization" if n in _RIGHT else n: n for n in _NEEDS}
    for title, need in by_need.items():
        lines += _line(title, [said[task] for task, own in needs.items() if own == need], columns)
    for trait in _TRAITS:
        made = [said[task] for task in needs if task_named(task).trait == trait]
        lines += _line(f"  made for: {trait}", made, columns)
    agree = sum(agrees(need, said[task]) for task, need in needs.items())
    return "\n".join([*lines, f"the verdict agrees on {agree} of {len(needs)} tasks"])


def _line(title: str, verdicts: Sequence[str], columns: Sequence[str]) -> list[str]:
    counts = Counter(verdicts)
    cells = "".join(f"{counts[column] or '.':>18}" for column in columns)
    return [f"{title:<32}{cells}"] if verdicts else []


def agrees(need: Need, verdict: str) -> bool:
    """True if the verdict asks for what helps; where nothing does, if it asks for no change."""
    if need in _RIGHT:
        return verdict in _RIGHT[need]
    return all(verdict not in right for right in _RIGHT.values())


def needed(board: Board, has: Strengths) -> Need:
    """What helps most; `has` is the recipe's own regularization."""
    sides: dict[Side, list[int]] = {}
    for number, arm in enumerate(board.arms):
        if (side := side_of(arm, has)) is not None:
            sides.setdefault(side, []).append(number)
    fresh = {side: best_by_seed(board.losses[arms]) for side, arms in sides.items()}
    helping = {
        side: float(losses.mean())
        for side, losses in fresh.items()
        if is_above(board.current, losses, _HELPS)
    }
    direct = {side: loss for side, loss in helping.items() if side != "another kind"}
    return min(direct or helping, key=lambda side: helping[side], default="nothing")


def side_of(arm: str, has: Strengths) -> Side | None:
    """What an arm does to a recipe that has these strengths; None if it leaves them as they are."""
    own = _strengths(arm, has)
    changes = {own.get(family, 0.0) - has.get(family, 0.0) for family in {*own, *has}}
    match any(change > 0 for change in changes), any(change < 0 for change in changes):
        case True, True:
            return "another kind"
        case True, False:
            return "more"
        case False, True:
            return "less"
        case _:
            return None


def _strengths(arm: str, has: Strengths) -> Strengths:
    if arm == arm_name(Arm()):
        return has
    named = strengths_of(arm)
    if "share" in named:
        return {family: named["share"] * strength for family, strength in has.items()}
    return {**has, **named} if arm.startswith(_ON_TOP) else named


def present(task: str) -> Strengths:
    """The regularization that a task's network is built with."""
    keywords = getattr(task_named(task).build, "keywords", {})
    names = {"l2": "L2", "dropout": "dropout"}
    return {name: float(keywords[key]) for key, name in names.items() if keywords.get(key)}
