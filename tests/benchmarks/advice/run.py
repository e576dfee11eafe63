"""Runs races and retrains what they pick: `python -m tests.benchmarks.advice.run --half open`.

Resumable, as every training is cached and every finished race is stored. `--smoke` runs one race
on each of two tiny tasks from nothing, and stores nothing.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from advisor.menu import Menu
from advisor.probes.outcome import ArmResult, Expected, Outcome, Policy
from advisor.probes.plan import Protocol, RaceSettings
from advisor.probes.race import race
from advisor.regularization import Strategy
from tests.benchmarks.advice import races
from tests.benchmarks.advice.caching import CACHE
from tests.benchmarks.advice.races import BUDGET, Announced, Race, RaceKey
from tests.benchmarks.advice.readings import POLICIES
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import SMOKE, TASKS, halves
from tests.benchmarks.advice.tasks import HALVES
from tests.benchmarks.advice.workbench import Workbench, use_one_thread

DATA_SEEDS = (0, 1, 2)
SEEDS = (1, 2, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--only", help="the name of one task")
    parser.add_argument("--policy", choices=POLICIES, action="append")
    parser.add_argument("--data-seeds", type=int, nargs="+", default=DATA_SEEDS)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--budget", type=float, default=BUDGET, help="in fits of the model")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    use_one_thread()
    if arguments.smoke:
        smoke()
        return
    half = halves()
    for task in TASKS:
        if arguments.half in (None, half[task.name]) and arguments.only in (None, task.name):
            for data_seed in arguments.data_seeds:
                bench = Workbench(task, data_seed, arguments.cache)
                policies = arguments.policy or POLICIES
                wanted = [
                    RaceKey(data_seed, seed, policy, arguments.budget)
                    for policy in policies
                    for seed in arguments.seeds
                ]
                run_races(bench, wanted, arguments.results)


def run_races(
    bench: Workbench,
    wanted: Iterable[RaceKey],
    results: Path,
    protocol: Protocol = Protocol(),  # noqa: B008 - frozen
) -> None:
    """Run the races of one drawing that are not stored yet, and store them one by one."""
    stored = races.load(bench.task.name, results)
    for key in wanted:
        if key in stored:
            continue
        started, before = time.process_time(), bench.trainer.trained
        found = run_race(bench, key, protocol)
        stored[key] = found
        races.save(bench.task.name, stored, results)
        seconds, trained = time.process_time() - started, bench.trainer.trained - before
        print(
            f"{seconds:6.1f} s {trained:3}/{found.trials:3} trainings  {bench.task.name} "
            f"{key.data_seed} {key.seed} {key.policy} {key.budget:g}: {found.label} {found.pick}",
            flush=True,
        )


def run_race(
    bench: Workbench,
    key: RaceKey,
    protocol: Protocol = Protocol(),  # noqa: B008 - frozen
    menu: Menu | None = None,
) -> Race:
    """One race with the real menu, costs and budget, and full retraining of what it names."""
    task, user = bench.task, bench.user_run
    settings = RaceSettings(
        n_train=task.n_train,
        n_val=task.n_val,
        seed=key.seed,
        budget=key.budget,
        policy=key.policy,
        onset=user.onset,
        has_batch_normalization=task.network == "CNN with BatchNorm",
    )
    outcome = race(menu or user.menu, bench.trainer, bench.costs, settings, protocol=protocol)
    return Race(
        task=task.name,
        data_seed=bench.data_seed,
        seed=key.seed,
        policy=key.policy,
        budget=key.budget,
        pick=outcome.pick.name,
        label=outcome.label,
        losses=_losses(bench, outcome.pick.strategy, key.policy),
        current=_losses(bench, Strategy(), key.policy),
        announced=_announced(bench, outcome, key.policy),
        cost=outcome.cost,
        trials=len(outcome.trials),
    )


def _announced(bench: Workbench, outcome: Outcome, policy: Policy) -> Announced | None:
    arm, expected = _speaking(outcome)
    if arm is None or expected is None:
        return None
    return Announced(
        arm=arm.name,
        change=expected.change,
        low=expected.low,
        high=expected.high,
        runs=expected.runs,
        losses=_losses(bench, arm.strategy, policy),
    )


def _speaking(outcome: Outcome) -> tuple[ArmResult | None, Expected | None]:
    """The arm of which something is announced: the pick, or the rival of a kept recipe."""
    if outcome.pick.strategy.changes:
        return outcome.pick, outcome.expected
    return outcome.contender, outcome.contender_expected


def _losses(bench: Workbench, strategy: Strategy, policy: Policy) -> tuple[float, ...]:
    return tuple(bench.full_losses(strategy, policy).tolist())


def smoke() -> None:
    """One race and its truth on each tiny task, printed."""
    with tempfile.TemporaryDirectory() as folder:
        for task in SMOKE:
            bench = Workbench(task, 0, Path(folder))
            started = time.perf_counter()
            found = run_race(bench, RaceKey(0, 1, "stopped"))
            gain = 1 - sum(found.losses) / sum(found.current)
            print(
                f"{time.perf_counter() - started:5.1f} s  {task.name}: {found.label} {found.pick}, "
                f"{found.trials} trainings at the cost of {found.cost:.2f} fits; "
                f"retrained in full the test loss falls by {gain:.0%}"
            )
            assert found.cost <= 2.5
            assert len(found.losses) == len(found.current)


if __name__ == "__main__":
    main()
