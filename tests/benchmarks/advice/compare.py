"""Compares protocols on the open half: `python -m tests.benchmarks.advice.compare NAME ...`.

Races of a protocol are kept in the cache under its name; trainings are shared among protocols.
The kept half is never run here.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from advisor.probes.outcome import Policy
from advisor.probes.plan import Protocol
from tests.benchmarks.advice import races, store
from tests.benchmarks.advice.board import board_of
from tests.benchmarks.advice.caching import CACHE
from tests.benchmarks.advice.contenders import ADVISOR, by_races
from tests.benchmarks.advice.coverage import coverage
from tests.benchmarks.advice.races import RaceKey
from tests.benchmarks.advice.readings import POLICIES
from tests.benchmarks.advice.run import run_races
from tests.benchmarks.advice.standings import Standing, right_families, standing
from tests.benchmarks.advice.tables import with_interval
from tests.benchmarks.advice.task_list import TASKS, halves
from tests.benchmarks.advice.workbench import Workbench, use_one_thread

DEFAULT = Protocol()


PROTOCOLS: Mapping[str, Protocol] = {
    "default": DEFAULT,
    "plain-reading": replace(DEFAULT, is_cross_fitted=False),
    "bolder": replace(DEFAULT, tentative_at=0.65),
    "always-recommend": replace(DEFAULT, tentative_at=0.0),
    "no-ties": replace(DEFAULT, tie=0.0),
    "always-open": replace(DEFAULT, open_from=12),
    "never-open": replace(DEFAULT, open_from=1000),
    "small-rounds": replace(DEFAULT, finalists=(3, 4)),
    "all-of-the-budget": replace(DEFAULT, most_choosing=150),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*", default=["default"], choices=list(PROTOCOLS))
    parser.add_argument("--policy", choices=POLICIES, default="stopped")
    parser.add_argument("--data-seeds", type=int, nargs="+", default=(0,))
    parser.add_argument("--seeds", type=int, nargs="+", default=(1, 2))
    parser.add_argument("--only", help="the name of one task")
    arguments = parser.parse_args()
    use_one_thread()
    half = halves()
    names = [task.name for task in TASKS if half[task.name] == "open"]
    for name in arguments.protocols:
        folder = CACHE / "protocols" / name
        for task in TASKS:
            if half[task.name] != "open" or arguments.only not in (None, task.name):
                continue
            for data_seed in arguments.data_seeds:
                _run(Workbench(task, data_seed), name, arguments.policy, arguments.seeds, folder)
        own = [race for task in names for race in races.load(task, folder).values()]
        print(f"\n#### {name}\n{coverage(own)}", flush=True)
    print(paired(names, arguments.protocols, arguments.policy))


def paired(tasks: Sequence[str], protocols: Sequence[str], policy: Policy) -> str:
    """Each protocol against the first, over the races on the first drawing that all have run."""
    found = {n: {t: races.load(t, CACHE / "protocols" / n) for t in tasks} for n in protocols}
    lines = [
        f"{'':<20}{'relative regret':>24}{'floored':>22}{'less the first':>24}"
        f"{'harm':>6}{'cost':>6}"
    ]
    first: dict[str, float] = {}
    for name in protocols:
        stands: dict[str, Standing] = {}
        for task in tasks:
            keys = set.intersection(*(set(found[n][task]) for n in protocols))
            own = by_races((found[name][task][key] for key in sorted(keys)), policy)
            truth = store.first_drawing(task)
            if ADVISOR not in own or truth is None:
                continue
            board = board_of(truth, policy)
            stands[task] = standing(board, own[ADVISOR], right_families(board))
        if not stands:
            return "no race that all protocols have run"
        relative = {task: each.relative for task, each in stands.items()}
        floored = {task: each.floored for task, each in stands.items()}
        first = first or floored
        less = {task: floored[task] - first[task] for task in floored}
        lines.append(
            f"{name:<20}{with_interval(relative, '.1%'):>24}{with_interval(floored, '.2f'):>22}"
            f"{with_interval(less, '+.3f'):>24}{np.mean([s.harm for s in stands.values()]):>6.0%}"
            f"{np.mean([s.cost for s in stands.values()]):>6.2f}"
        )
    return "\n".join(lines)


def _run(bench: Workbench, name: str, policy: Policy, seeds: list[int], folder: Path) -> None:
    wanted = [RaceKey(bench.data_seed, seed, policy) for seed in seeds]
    run_races(bench, wanted, folder, PROTOCOLS[name])


if __name__ == "__main__":
    main()
