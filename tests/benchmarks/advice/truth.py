"""Trains the grid: what full trainings of every strategy truly come to.

Every strategy with five seeds on one drawing of a task's rows, and with fifteen fresh ones by which
choices are valued; with `has_more` the eight strategies that matter with three seeds on two further
drawings. Resumable: trainings that are in the cache are not run again, and a drawing whose results
are stored is passed over.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from tests.benchmarks.advice import store
from tests.benchmarks.advice.readings import POLICIES, read
from tests.benchmarks.advice.store import RESULTS, Truth
from tests.benchmarks.advice.strategies import FIXED, fixed_arm
from tests.benchmarks.advice.tasks import Task
from tests.benchmarks.advice.workbench import FULL_SEEDS, Workbench

MATTERING = 8
FURTHER_DATA_SEEDS = (1, 2)
_FURTHER_SEEDS = FULL_SEEDS[:3]


def measure(task: Task, cache: Path, *, has_more: bool, results: Path = RESULTS) -> None:
    """Bring what is stored of a task up to date."""
    stored = {truth.data_seed: truth for truth in store.load(task.name, results)}
    wanted = (0, *FURTHER_DATA_SEEDS) if has_more else (0,)
    for data_seed in wanted:
        if data_seed in stored:
            continue
        started = time.process_time()
        bench = Workbench(task, data_seed, cache)
        arms = bench.grid() if data_seed == 0 else _mattering(bench, stored[0])
        seeds = FULL_SEEDS if data_seed == 0 else _FURTHER_SEEDS
        stored[data_seed] = _trained(bench, arms, seeds)
        store.save([stored[key] for key in sorted(stored)], results)
        seconds = time.process_time() - started
        trained = bench.trainer.trained
        print(f"{seconds:7.1f} s {trained:4} trainings  {task.name} {data_seed}", flush=True)


def _trained(bench: Workbench, arms: Sequence[Arm], seeds: Sequence[int]) -> Truth:
    strategies = [bench.space.strategy(arm) for arm in arms]
    curves = [bench.retrained(strategy, seeds) for strategy in strategies]
    return Truth(
        task=bench.task.name,
        data_seed=bench.data_seed,
        arms=tuple(arm_name(arm) for arm in arms),
        seeds=tuple(seeds),
        val_halves=np.stack([halves for halves, _ in curves], axis=1),
        test=np.stack([test for _, test in curves]),
        fresh=np.array(
            [[bench.fresh_losses(own, policy) for own in strategies] for policy in POLICIES]
        ),
    )


def _mattering(bench: Workbench, truth: Truth) -> list[Arm]:
    """The current recipe, fixed advice, and the best of the grid under either policy in turn."""
    by_name = {arm_name(arm): arm for arm in bench.grid()}
    advised = [fixed_arm(title, bench.space.has_present) for title in list(FIXED)[:3]]
    chosen = [arm_name(Arm()), *(n for n in map(arm_name, advised) if n in by_name)]
    losses = [read(truth.val, truth.test, policy).mean(axis=1) for policy in POLICIES]
    for ranked in zip(*(np.argsort(each) for each in losses), strict=True):
        chosen += [truth.arms[index] for index in ranked if truth.arms[index] not in chosen]
    return [by_name[name] for name in dict.fromkeys(chosen)][:MATTERING]
