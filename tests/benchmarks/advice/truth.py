"""Trains the grid: `python -m tests.benchmarks.advice.truth [--half open] [--only TASK] [--more]`.

Every strategy of the grid with five seeds on one drawing of each task's rows; with `--more` the
eight strategies that matter with three seeds on two further drawings. Resumable: trainings that
are in the cache are not run again, and a task whose results are complete is passed over.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from advisor.arm import Arm, arm_name
from tests.benchmarks.advice import store
from tests.benchmarks.advice.caching import CACHE
from tests.benchmarks.advice.readings import POLICIES, read
from tests.benchmarks.advice.store import Truth
from tests.benchmarks.advice.strategies import FIXED, fixed_arm
from tests.benchmarks.advice.task_list import TASKS, halves
from tests.benchmarks.advice.tasks import HALVES, Task
from tests.benchmarks.advice.workbench import FULL_SEEDS, Workbench, use_one_thread

MATTERING = 8
FURTHER_DATA_SEEDS = (1, 2)
_FURTHER_SEEDS = FULL_SEEDS[:3]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--only", help="the name of one task")
    parser.add_argument("--more", action="store_true", help="two further drawings, eight arms")
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    use_one_thread()
    half = halves()
    for task in TASKS:
        if arguments.half in (None, half[task.name]) and arguments.only in (None, task.name):
            measure(task, arguments.cache, has_more=arguments.more)


def measure(task: Task, cache: Path, *, has_more: bool) -> None:
    """Bring what is stored of a task up to date."""
    stored = {truth.data_seed: truth for truth in store.load(task.name)}
    wanted = (0, *FURTHER_DATA_SEEDS) if has_more else (0,)
    for data_seed in wanted:
        if data_seed in stored:
            continue
        started = time.process_time()
        bench = Workbench(task, data_seed, cache)
        arms = bench.grid() if data_seed == 0 else _mattering(bench, stored[0])
        seeds = FULL_SEEDS if data_seed == 0 else _FURTHER_SEEDS
        stored[data_seed] = _trained(bench, arms, seeds)
        store.save([stored[key] for key in sorted(stored)])
        seconds = time.process_time() - started
        trained = bench.trainer.trained
        print(f"{seconds:7.1f} s {trained:4} trainings  {task.name} {data_seed}", flush=True)


def _trained(bench: Workbench, arms: Sequence[Arm], seeds: Sequence[int]) -> Truth:
    curves = [bench.retrained(bench.menu.strategy(arm), seeds) for arm in arms]
    return Truth(
        task=bench.task.name,
        data_seed=bench.data_seed,
        arms=tuple(arm_name(arm) for arm in arms),
        seeds=tuple(seeds),
        val_halves=np.stack([halves for halves, _ in curves], axis=1),
        test=np.stack([test for _, test in curves]),
    )


def _mattering(bench: Workbench, truth: Truth) -> list[Arm]:
    """The current recipe, fixed advice, and the best of the grid under either policy in turn."""
    by_name = {arm_name(arm): arm for arm in bench.grid()}
    advised = [fixed_arm(title, bench.menu.has_present) for title in list(FIXED)[:3]]
    chosen = [arm_name(Arm()), *(n for n in map(arm_name, advised) if n in by_name)]
    losses = [read(truth.val, truth.test, policy).mean(axis=1) for policy in POLICIES]
    for ranked in zip(*(np.argsort(each) for each in losses), strict=True):
        chosen += [truth.arms[index] for index in ranked if truth.arms[index] not in chosen]
    return [by_name[name] for name in dict.fromkeys(chosen)][:MATTERING]


if __name__ == "__main__":
    main()
