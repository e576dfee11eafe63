"""Prints the advisor beside other searches: `python -m tests.benchmarks.advice.versus --half open`.

All of it is replayed from stored curves. `name: 5` is a search cut short after five full trainings;
without a number it ran to its own end. Costs are epochs trained over those of a full training; the
advisor's are its time over that of the user's `fit`, as one compiled program serves all of its
trainings. Spread is the standard deviation of a task's floored regrets over replays; families are
right if their best arm comes within 2 % of the best of all. Optuna and KerasTuner come with
`pip install "regularization-advisor[bench]"`.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from advisor.probes.outcome import Policy
from tests.benchmarks.advice import races, rules_alone, store
from tests.benchmarks.advice.contenders import board
from tests.benchmarks.advice.lineup import ADVISOR, SEARCHES, choices_of
from tests.benchmarks.advice.readings import POLICIES, bootstrap
from tests.benchmarks.advice.standings import Standing, duel, standing
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import halves
from tests.benchmarks.advice.tasks import HALVES

_SMOKE_TASKS, _SMOKE_REPLAYS = 1, 1
_HEAD = (
    f"{'':<27}{'cost':>6}{'floored regret':>22}{'median':>8}{'worst':>7}"
    f"{'relative':>10}{'median':>8}{'worst':>8}{'harm':>6}{'spread':>8}{'family':>8}"
    f"{'won/tied/lost':>15}{'p':>7}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, default="open")
    parser.add_argument("--policy", choices=POLICIES, action="append")
    parser.add_argument("--replays", type=int, default=20)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the races are")
    parser.add_argument("--smoke", action="store_true", help="one task, one replay")
    arguments = parser.parse_args()
    tasks = [name for name, half in halves().items() if half == arguments.half]
    if arguments.smoke:
        tasks = tasks[:_SMOKE_TASKS]
    replays = _SMOKE_REPLAYS if arguments.smoke else arguments.replays
    policies = POLICIES[:1] if arguments.smoke else arguments.policy or POLICIES
    for policy in policies:
        found = standings_of(tasks, policy, replays, arguments.results)
        print(f"== {arguments.half} half, {policy}: {len(tasks)} tasks, {replays} replays each")
        print(table(found), flush=True)
        print(_raced(tasks, policy, arguments.results), end="\n\n")
    if missing := {search.title: None for search in SEARCHES if not search.is_installed}:
        print(f"left out, as its package is not installed: {'; '.join(missing)}")


def standings_of(
    tasks: Sequence[str], policy: Policy, replays: int, results: Path = RESULTS
) -> dict[str, dict[str, Standing]]:
    """Row title to task to standing, on the first drawing of every task."""
    found: dict[str, dict[str, Standing]] = {}
    advice = rules_alone.load()
    for task in tasks:
        truth = next(truth for truth in store.load(task) if truth.data_seed == 0)
        given = board(truth, policy)
        chosen = choices_of(
            truth,
            policy,
            replays,
            races=races.load(task, results).values(),
            by_rules=advice[task].arm if task in advice else None,
        )
        for title, choices in chosen.items():
            found.setdefault(title, {})[task] = standing(given, choices)
    return found


def _raced(tasks: Sequence[str], policy: Policy, results: Path) -> str:
    """How many trainings the advisor's time was spent on."""
    own = [race for task in tasks for race in races.load(task, results).values()]
    counts = [race.trials for race in races.alike(own, policy)]
    if not counts:
        return "advisor: no race stored under this policy"
    return f"advisor: {len(counts)} races of {np.mean(counts):.0f} trainings on the average"


def table(found: Mapping[str, Mapping[str, Standing]]) -> str:
    """A line a row; what was won, tied and lost is the advisor's count against that row."""
    advisor = found.get(ADVISOR, {})
    return "\n".join([_HEAD, *(_line(title, own, advisor) for title, own in found.items())])


def _line(title: str, own: Mapping[str, Standing], advisor: Mapping[str, Standing]) -> str:
    each = list(own.values())
    floored = {task: standing.floored for task, standing in own.items()}
    low, high = bootstrap(floored)
    relative = [standing.relative for standing in each]
    spreads = [standing.spread for standing in each if standing.spread is not None]
    spread = f"{np.mean(spreads):.2f}" if spreads else "-"
    mean = f"{np.mean(list(floored.values())):.2f} ({low:.2f} to {high:.2f})"
    return (
        f"{title:<27}{np.mean([s.cost for s in each]):>6.1f}{mean:>22}"
        f"{np.median(list(floored.values())):>8.2f}{max(floored.values()):>7.2f}"
        f"{np.mean(relative):>10.1%}{np.median(relative):>8.1%}{max(relative):>8.1%}"
        f"{np.mean([s.harm for s in each]):>6.0%}{spread:>8}"
        f"{np.mean([s.family for s in each]):>8.0%}{_duel(advisor, own)}"
    )


def _duel(advisor: Mapping[str, Standing], own: Mapping[str, Standing]) -> str:
    if own is advisor or not advisor:
        return ""
    found = duel(advisor, own)
    p = "-" if found.p is None else f"{found.p:.3f}"
    return f"{f'{found.won}/{found.tied}/{found.lost}':>15}{p:>7}"


if __name__ == "__main__":
    main()
