"""What the advice is worth, from stored results: `python -m tests.benchmarks.advice.report`.

Prints all tables and draws the plots, in seconds. Protocols are compared on the open half; the kept
half is what is reported. Brackets hold 90 % intervals of a bootstrap over tasks. A row's cost is in
full trainings: epochs trained over those of one; the advisor's own is its time over that of the
user's `fit`, as one compiled program serves all of its trainings. Everyone is valued on the same
fifteen fresh seeds, which took no part in any choice. Spread is the standard deviation of a task's
relative regrets over choices. A family is right if its best strategy comes within 2 % of the best
of all, each chosen on half of those seeds and valued on the others. Won, tied and lost is the
advisor's count at its default budget against a row, by relative regret; p is Wilcoxon's over tasks.
"""

import argparse
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from advisor.probes.outcome import Policy
from tests.benchmarks.advice import plots, races, readme_table, survey
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR, RULES_ALONE, STOPPED, Contest, contests
from tests.benchmarks.advice.coverage import coverage
from tests.benchmarks.advice.drawings import drawings_table
from tests.benchmarks.advice.lineup import GRID
from tests.benchmarks.advice.races import Race
from tests.benchmarks.advice.readings import POLICIES
from tests.benchmarks.advice.standings import Standings, standings
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.tables import (
    less_the_grid,
    survey_table,
    table,
    task_table,
)
from tests.benchmarks.advice.task_list import halves
from tests.benchmarks.advice.tasks import HALVES
from tests.benchmarks.advice.verdicts import confusion
from tests.benchmarks.advice.wall_clock.table import stored_lines

_MOST = 0.5
_NO_EVIDENCE = (
    "NOT EVIDENCE: doses of the rules were set on these tasks, none of which is in either half.\n"
    "Two seeds flatter the best strategy; compare rule sets with each other, and nothing else."
)
_BY_TASK = (ADVISOR, RULES_ALONE, STOPPED, Row(GRID))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="tables of one half alone")
    parser.add_argument("--policy", choices=POLICIES, action="append")
    parser.add_argument("--tasks", action="store_true", help="a line a task as well")
    parser.add_argument("--readme", action="store_true", help="what the README says, alone")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--plots", type=Path, default=RESULTS, help="the folder for the plots")
    parser.add_argument("--no-plots", action="store_true", help="tables alone")
    arguments = parser.parse_args()
    if arguments.readme:
        found = readme_table.shown(results=arguments.results)
        print("\n".join([*readme_table.rows(found), "", *readme_table.sentences(found)]))
        return
    groups = groups_of(HALVES if arguments.half is None else (arguments.half,))
    policies = arguments.policy or POLICIES
    print(text(groups, arguments.results, policies, has_tasks=arguments.tasks))
    print("\n".join(["\n== by the clock", *stored_lines(arguments.results)]))
    if arguments.half is None and not arguments.no_plots:
        print("\n" + _drawn(arguments.results, arguments.plots))


def groups_of(names: Sequence[str]) -> dict[str, list[str]]:
    """The tasks of these halves by a title."""
    return {
        f"{name} half": [task for task, own in halves().items() if own == name] for name in names
    }


def text(
    groups: Mapping[str, Sequence[str]],
    results: Path = RESULTS,
    policies: Sequence[Policy] = POLICIES,
    *,
    has_tasks: bool = False,
) -> str:
    """All tables, for each group of tasks by its title."""
    parts = []
    for title, tasks in groups.items():
        found = [race for task in tasks for race in races.load(task, results).values()]
        for policy in policies:
            own = races.alike(found, policy)
            comparison = _comparison(contests(tasks, policy, results), own, has_tasks=has_tasks)
            parts.append(f"== {title}, {policy}: {comparison}")
        parts.append(f"== {title}: intervals\n{coverage(found)}")
        for name, table_of in (("three drawings", drawings_table), ("verdicts", confusion)):
            tables = "\n".join(table_of(tasks, policy, results) for policy in policies)
            parts.append(f"== {title}: {name}\n{tables}")
    return "\n\n".join([*parts, *_surveyed(results, policies)])


def _surveyed(results: Path, policies: Sequence[Policy]) -> list[str]:
    """What the rules alone come to where their doses were set; nothing where it isn't stored."""
    found = survey.load(results)
    if not found:
        return []
    tables = [
        survey_table(survey.summary(found.values(), policy), f"survey, {policy}")
        for policy in policies
    ]
    return ["\n".join([f"== survey: rules alone\n{_NO_EVIDENCE}", *tables])]


def _comparison(given: Mapping[str, Contest], raced: Sequence[Race], *, has_tasks: bool) -> str:
    found = standings(given)
    if not found:
        return "no truth stored"
    parts = [
        f"{len(given)} tasks",
        table(found),
        less_the_grid(found),
        _raced(raced),
        _harmed(found),
        task_table(found, [row for row in _BY_TASK if row in found]) if has_tasks else "",
    ]
    return "\n".join(part for part in parts if part)


def _raced(raced: Sequence[Race]) -> str:
    """What the advisor's default row rests on."""
    if not raced:
        return "advisor: no race at its default budget under this policy"
    return (
        f"advisor: {len(raced)} races on {len({race.task for race in raced})} tasks, of "
        f"{np.mean([race.trials for race in raced]):.0f} trainings on the average"
    )


def _harmed(found: Standings) -> str:
    """The tasks on which the advisor does harm by most of its races."""
    by_task = found.get(ADVISOR, {})
    harmed = [task for task, own in by_task.items() if own.harm > _MOST]
    return f"advisor: harm by most races on {len(harmed)} tasks {', '.join(harmed)}".rstrip()


def _drawn(results: Path, folder: Path) -> str:
    """Draw the plots of both halves, if that can be done; what was done."""
    if find_spec("matplotlib") is None:
        return "plots left out: matplotlib is not installed"
    found = {}
    for title, tasks in groups_of(("kept", "open")).items():
        stands = standings(contests(tasks, "stopped", results))
        if ADVISOR in stands:
            found[f"{title}: {len(stands[ADVISOR])} tasks"] = stands
    return "\n".join(f"drawn: {path}" for path in plots.draw(found, folder))


if __name__ == "__main__":
    main()
