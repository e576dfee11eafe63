"""What the README says of the comparison: its table, and the sentences that hold figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from advisor.probes.outcome import Policy
from tests.benchmarks.advice import races
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR, RULES_ALONE, STOPPED, contests
from tests.benchmarks.advice.coverage import covered
from tests.benchmarks.advice.lineup import GRID, KERAS_TUNER, OPTUNA, RANDOM
from tests.benchmarks.advice.races import BUDGET, Race
from tests.benchmarks.advice.standings import ByTask, Standings, duel, standings
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.strategies import FIXED
from tests.benchmarks.advice.tables import p_value, paired, with_interval
from tests.benchmarks.advice.task_list import halves

_HALVES = ("kept", "open")
_HEAD = (
    "| | cost | kept half: regret | floored | harm | open half: regret | floored | harm |",
    "|---|---|---|---|---|---|---|---|",
)
_RIVALS = {
    Row(RANDOM, 10): "a random search of ten",
    Row(OPTUNA, 2): "Optuna with two",
    Row(OPTUNA, 10): "with ten",
    Row(KERAS_TUNER, 2): "KerasTuner with two",
    Row(KERAS_TUNER, 10): "with ten",
}


class Shown(NamedTuple):
    """What the README is made from: both halves, and the advisor's races at its own budget."""

    kept: Standings
    open: Standings
    races: Sequence[Race]


def shown(policy: Policy = "stopped", results: Path = RESULTS) -> Shown:
    """All that is stored under a policy."""
    kept, open_half = (
        standings(contests([t for t, own in halves().items() if own == half], policy, results))
        for half in _HALVES
    )
    found = [race for task in halves() for race in races.load(task, results).values()]
    own = [race for race in found if (race.policy, race.budget) == (policy, BUDGET)]
    return Shown(kept, open_half, own)


def rows(found: Shown) -> list[str]:
    """The table, with its head."""
    names = {
        STOPPED: "the recipe as it is",
        (fixed := best_fixed(found.open)): f"fixed advice: {fixed.contender}",
        Row(RANDOM, 10): "random search of 10",
        Row(OPTUNA, 2): "Optuna TPE, 2 trainings",
        Row(OPTUNA, 10): "Optuna TPE, 10 trainings",
        Row(KERAS_TUNER, 2): "KerasTuner Hyperband, 2 trainings",
        Row(KERAS_TUNER, 10): "KerasTuner Hyperband, 10 trainings",
        Row(GRID): "the whole grid, by one validation split",
        RULES_ALONE: "`advisor check`",
        ADVISOR: "**`advisor check --data`**",
    }
    return [
        *_HEAD,
        *(
            f"| {name} | {_cost(found, row)} | {_cells(found.kept[row])} | "
            f"{_cells(found.open[row])} |"
            for row, name in names.items()
            if row in found.kept and row in found.open
        ),
    ]


def best_fixed(found: Standings) -> Row:
    """The fixed advice that loses least; to be told on the open half."""
    known = [Row(title) for title in FIXED if Row(title) in found]
    return min(known, key=lambda row: _regret(found[row]))


def _regret(by_task: ByTask) -> float:
    return float(np.mean([each.relative for each in by_task.values()]))


def _cost(found: Shown, row: Row) -> str:
    each = [s.cost for half in (found.kept, found.open) for s in half[row].values()]
    return f"{np.mean(each):.1f}"


def _cells(by_task: ByTask) -> str:
    relative = {task: each.relative for task, each in by_task.items()}
    floored = np.mean([each.floored for each in by_task.values()])
    harm = np.mean([each.harm for each in by_task.values()])
    return f"{with_interval(relative, '.1%')} | {floored:.2f} | {harm:.0%}"


def sentences(found: Shown) -> list[str]:
    """What the README says in figures below its table."""
    first = [race for race in found.races if race.data_seed == 0]
    trainings = np.mean([race.trials for race in first])
    cases, share, low, high = covered(found.races)
    return [
        f"{len(found.kept[STOPPED])} tasks are held back (the kept half), "
        f"{len(found.open[STOPPED])} are open.",
        f"`check --data` ran {trainings:.0f} trainings on the average of {len(first)} races.",
        f"On the kept half: {_duels(found.kept)}. On the open half: {_duels(found.open)}.",
        f"Its regret minus that of the whole grid, task by task, is {_less_the_grid(found.kept)} "
        f"on the kept half, {_less_the_grid(found.open)} on the open one.",
        "The announced 90 % intervals held the change that five full retrainings showed in "
        f"{share:.1%} of {cases} cases on all drawings [{low:.1%}, {high:.1%} over tasks].",
    ]


def _duels(found: Standings) -> str:
    return ", ".join(f"{n} {_duel(found, row)}" for row, n in _RIVALS.items() if row in found)


def _duel(found: Standings, row: Row) -> str:
    result = duel(found[ADVISOR], found[row])
    return f"{result.won}/{result.tied}/{result.lost} (p {p_value(result.p)})"


def _less_the_grid(found: Standings) -> str:
    relative, floored = paired(found[ADVISOR], found[Row(GRID)])
    return f"{with_interval(relative, '+.1%')}, floored {with_interval(floored, '+.2f')}"
