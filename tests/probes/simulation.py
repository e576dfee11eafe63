"""Races on simulated tasks: regret, harm and coverage of a protocol. Not a test.

python -m tests.probes.simulation [tasks] [trials ...]
"""

import sys
from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from advisor.candidates.search_space import SearchSpace
from advisor.probes.outcome import Outcome
from advisor.probes.plan import Protocol, RaceSettings
from advisor.probes.race import race
from advisor.probes.trial import Trial
from advisor.regularization import Family
from advisor.values import dataclass
from tests.probes.fake_trainer import SIMULATED, FakeTrainer, Task, costs, doses_of, space


@dataclass(frozen=True, kw_only=True)
class Case:
    """A task, the network's present regularization, and the sizes of its data."""

    task: Task
    network: SearchSpace
    n_train: int
    n_val: int
    best: float


@dataclass(frozen=True, kw_only=True)
class Score:
    """What following one outcome is worth on its task.

    `is_covered` says of an announced interval whether it holds the true change, None where
    nothing was announced; `miss` is by how much the announced gain was too good, as a share.
    """

    regret: float
    is_harm: bool
    is_covered: bool | None
    miss: float | None
    label: str
    trials: int
    cost: float


def sample_case(number: int) -> Case:
    """A task with optima at varied doses, the strong end among them; on a fifth nothing helps."""
    random = np.random.default_rng([7, number])
    kind = random.choice(4, p=[0.2, 0.25, 0.35, 0.2])
    top = [0.0, random.uniform(0.02, 0.08), random.uniform(0.08, 0.25), random.uniform(0.25, 0.6)][
        kind
    ]
    gains = {f: top * random.uniform(-0.2, 0.9) for f in SIMULATED}
    gains[SIMULATED[random.integers(3)]] = top
    if kind == 0:
        gains = {f: -random.uniform(0.0, 0.05) for f in SIMULATED}
    optima: dict[Family, float] = {
        "l1": 10 ** random.uniform(-4, -1.3),
        "l2": 10 ** random.uniform(-3.5, -0.7),
        "dropout": random.uniform(0.1, 0.7),
    }
    n_train = int(random.choice([120, 300, 500, 2000]))
    n_val = int(n_train * random.choice([0.25, 0.5, 0.67]))
    scale = sqrt(100 / n_val)
    task = Task(
        number=number,
        optima=optima,
        gains=gains,
        synergy=random.uniform(0, 0.3),
        width=random.uniform(0.6, 1.5),
        seed_noise=random.uniform(0.02, 0.04),
        split_noise=0.06 * scale,
        arm_noise=random.uniform(0.01, 0.025),
        interaction=random.uniform(0.01, 0.035) * scale,
        pool_ratio=n_val / n_train,
        rebound=random.uniform(0, 0.6),
        half_noise=0.06 * scale,
    )
    present: dict[Family, float] = {"l2": 1e-3} if number % 5 == 0 else {}
    return Case(
        task=task,
        network=space(*SIMULATED, present=present),
        n_train=n_train,
        n_val=n_val,
        best=task.best()[1],
    )


def scored(case: Case, outcome: Outcome) -> Score:
    """Floored regret and harm as defined for all benchmarks, against no regularization."""
    task, network = case.task, case.network
    loss = task.true_loss(_doses(outcome, case))
    none = task.true_loss({})
    before = {place.family: place.present for place in network.present}
    current = task.true_loss(before)
    expected = outcome.expected or outcome.contender_expected
    is_covered = miss = None
    if expected is not None:
        arm = outcome.pick if outcome.contender is None else outcome.contender
        true = task.true_loss(_strategy_doses(arm.strategy, case)) - current
        is_covered = expected.low <= true <= expected.high
        miss = (true - expected.change) / current
    return Score(
        regret=max(0.0, loss - case.best) / max(none - case.best, 0.05 * case.best),
        is_harm=loss > 1.01 * min(none, current),
        is_covered=is_covered,
        miss=miss,
        label=outcome.label,
        trials=len(outcome.trials),
        cost=outcome.cost,
    )


def _doses(outcome: Outcome, case: Case) -> dict[Family, float]:
    return _strategy_doses(outcome.pick.strategy, case)


def _strategy_doses(strategy: object, case: Case) -> dict[Family, float]:
    return doses_of(Trial(strategy=strategy, seed=0, epochs=1), case.network)  # type: ignore[arg-type]


def run(case: Case, protocol: Protocol, trials: float, seed: int = 0) -> Outcome:
    """One race with a budget that pays that many full-length trials."""
    return race(
        case.network,
        FakeTrainer(case.task, case.network),
        costs(trials=trials),
        RaceSettings(n_train=case.n_train, n_val=case.n_val, onset=10, seed=seed),
        protocol=protocol,
    )


def table(cases: Sequence[Case], protocol: Protocol, trials: Sequence[float]) -> Iterator[str]:
    """A line for each budget: regret, harm, coverage, labels."""
    for count in trials:
        yield f"{count:5g} trials: " + line([scored(c, run(c, protocol, count)) for c in cases])


def line(scores: Sequence[Score]) -> str:
    """The means over cases; the error of the regret is that of its mean."""
    regrets = np.array([score.regret for score in scores])
    covered = [score.is_covered for score in scores if score.is_covered is not None]
    misses = [score.miss for score in scores if score.miss is not None]
    labels = ("confirmed", "tentative", "keep")
    shares = [sum(s.label == label for s in scores) / len(scores) for label in labels]
    parts = [
        f"regret {regrets.mean():.3f} +- {regrets.std() / sqrt(len(regrets)):.3f}",
        f"harm {np.mean([s.is_harm for s in scores]):.3f}",
        f"coverage {np.mean(covered):.3f} of {len(covered)}" if covered else "no interval",
        f"too good by {np.mean(misses):.4f}" if misses else "nothing announced",
        *(f"{label} {share:.2f}" for label, share in zip(labels, shares, strict=True)),
        f"ran {np.mean([s.trials for s in scores]):.1f}",
        f"largest cost {max(s.cost for s in scores):.3f}",
    ]
    return ", ".join(parts)


def main(arguments: Sequence[str]) -> None:
    count, *budgets = [int(word) for word in arguments] or [200, 3, 6, 8, 12, 18, 26, 40]
    cases = [sample_case(number) for number in range(count)]
    for row in table(cases, Protocol(), budgets):
        print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
