"""The comparison of all contenders as text, one line a row, grouped by what a choice may cost."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np

from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR
from tests.benchmarks.advice.lineup import GRID
from tests.benchmarks.advice.readings import bootstrap
from tests.benchmarks.advice.standings import ByTask, Standings, duel
from tests.benchmarks.advice.survey import Followed

_HEAD = (
    f"{'':<35}{'tasks':>5}{'cost':>6}{'relative regret':>27}{'median':>8}{'worst':>8}"
    f"{'floored regret':>22}{'median':>8}{'worst':>7}{'harm':>6}{'family':>8}{'spread':>8}"
    f"{'won/tied/lost':>15}{'p':>7}"
)
_GRID = Row(GRID)


def table(found: Standings) -> str:
    """A line a row; what was won, tied and lost is the advisor's count against that row."""
    own = found.get(ADVISOR, {})
    lines = [_HEAD]
    for budget, rows in groupby(_in_order(found), key=lambda row: row.budget):
        lines += [
            "-- at their own defaults"
            if budget is None
            else f"-- at most {budget:g} full trainings"
        ]
        lines += [_line(row, found[row], own) for row in rows]
    return "\n".join(lines)


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """First those that go as far as they go by themselves, then by budget; else as they come."""
    return sorted(rows, key=lambda row: (row.budget is not None, row.budget or 0))


def _line(row: Row, by_task: ByTask, advisor: ByTask) -> str:
    each = list(by_task.values())
    relative = {task: standing.relative for task, standing in by_task.items()}
    floored = {task: standing.floored for task, standing in by_task.items()}
    spreads = [standing.spread for standing in each if standing.spread is not None]
    return (
        f"{row.contender:<35}{len(each):>5}{np.mean([s.cost for s in each]):>6.1f}"
        f"{with_interval(relative, '.1%'):>27}{_median_and_worst(relative, '.1%')}"
        f"{with_interval(floored, '.2f'):>22}{_median_and_worst(floored, '.2f')[1:]}"
        f"{np.mean([s.harm for s in each]):>6.0%}{np.mean([s.family for s in each]):>8.0%}"
        f"{f'{np.mean(spreads):.1%}' if spreads else '-':>8}{_duel(advisor, by_task)}"
    )


def with_interval(by_task: Mapping[str, float], form: str) -> str:
    """The mean over tasks with the 90 % interval of a bootstrap over them."""
    low, high = bootstrap(by_task)
    return f"{np.mean(list(by_task.values())):{form}} [{low:{form}}, {high:{form}}]"


def _median_and_worst(by_task: Mapping[str, float], form: str) -> str:
    values = list(by_task.values())
    return f"{format(float(np.median(values)), form):>8}{format(max(values), form):>8}"


def _duel(advisor: ByTask, by_task: ByTask) -> str:
    if by_task is advisor or not advisor:
        return ""
    found = duel(advisor, by_task)
    return f"{f'{found.won}/{found.tied}/{found.lost}':>15}{p_value(found.p):>7}"


def p_value(p: float | None) -> str:
    """Three digits; a dash without a test."""
    if p is None:
        return "-"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def less_the_grid(found: Standings) -> str:
    """The advisor's regrets less those of the whole grid, by task; empty if either is missing."""
    relative, floored = paired(found.get(ADVISOR, {}), found.get(_GRID, {}))
    if not relative:
        return ""
    return (
        f"advisor less the whole grid, {len(relative)} tasks: "
        f"relative regret {with_interval(relative, '+.1%')}, "
        f"floored {with_interval(floored, '+.2f')}"
    )


def paired(own: ByTask, other: ByTask) -> tuple[dict[str, float], dict[str, float]]:
    """Relative and floored regret less another's, on the tasks that both have."""
    tasks = [task for task in own if task in other]
    return (
        {task: own[task].relative - other[task].relative for task in tasks},
        {task: own[task].floored - other[task].floored for task in tasks},
    )


def task_table(found: Standings, rows: Sequence[Row]) -> str:
    """Relative regret by task."""
    lines = [f"{'relative regret':<28}" + "".join(f"{_short(row):>24}" for row in rows)]
    for task in dict.fromkeys(task for row in rows for task in found[row]):
        cells = [f"{found[row][task].relative:.1%}" if task in found[row] else "-" for row in rows]
        lines.append(f"{task:<28}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def _short(row: Row) -> str:
    return row.contender if row.budget is None else f"{row.contender}: {row.budget:g}"


def survey_table(found: Mapping[str, Mapping[str, Followed]], title: str) -> str:
    """What each piece of advice comes to on the survey, a block a verdict."""
    lines = [f"{title:<26}{'tasks':>6}{'change':>9}{'regret':>9}{'family':>8}{'raised':>8}"]
    for verdict, followed in found.items():
        lines.append(f"-- {verdict}")
        lines += [
            f"{who:<26}{own.tasks:>6}{own.change:>+9.1%}{own.regret:>9.1%}"
            f"{own.family:>8.0%}{own.raised:>8.0%}"
            for who, own in followed.items()
        ]
    return "\n".join(lines)
