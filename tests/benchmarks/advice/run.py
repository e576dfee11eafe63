"""One race after another, with full retraining of what each picks; each is stored at once."""

import time
from collections.abc import Iterable
from pathlib import Path

from advisor.candidates.search_space import SearchSpace
from advisor.probes.outcome import ArmResult, Expected, Outcome, Policy
from advisor.probes.plan import Protocol, RaceSettings
from advisor.probes.race import race
from advisor.regularization import Strategy
from tests.benchmarks.advice import races
from tests.benchmarks.advice.races import Announced, Race, RaceKey
from tests.benchmarks.advice.workbench import Workbench


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
    space: SearchSpace | None = None,
) -> Race:
    """One race with the real space, costs and budget, and full retraining of what it names."""
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
    outcome = race(space or user.space, bench.trainer, bench.costs, settings, protocol=protocol)
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
        fresh=tuple(bench.fresh_losses(outcome.pick.strategy, key.policy).tolist()),
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
