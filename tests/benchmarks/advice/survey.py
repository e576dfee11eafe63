"""What the rules alone come to on the survey: `results/survey.json`.

The rules' doses are set on it: it tells one rule set from another and is no evidence of what the
advice is worth. Every strategy of the grid has two full trainings on one drawing of a task's rows.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from advisor.atomic import atomic_write
from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice.board import Board
from tests.benchmarks.advice.readings import POLICIES, Floats, oracle, read, relative_regret
from tests.benchmarks.advice.rounding import rounded
from tests.benchmarks.advice.rules_alone import Advice, advice_for
from tests.benchmarks.advice.space import family_of
from tests.benchmarks.advice.standings import right_families
from tests.benchmarks.advice.store import LEAST, MOST, RESULTS
from tests.benchmarks.advice.strategies import FIXED, fixed_arm
from tests.benchmarks.advice.tasks import Task
from tests.benchmarks.advice.workbench import FULL_SEEDS, Workbench

RULES, KEEP = "rules alone", "keep"
ALL, OVERFITTING, OTHER = "all verdicts", "overfitting", "any other verdict"

_CURRENT, _NONE = arm_name(Arm()), arm_name(Arm(share=0))
_SEEDS = FULL_SEEDS[:2]
_DIGITS = 4
_RAISED = 0.01


@dataclass(frozen=True, kw_only=True)
class Surveyed:
    """One task: what is advised without data, and what each arm of the grid comes to.

    `losses` holds, for each policy in the order of POLICIES, the relative change of an arm's mean
    test loss over both seeds against the current recipe's under the same policy.
    """

    task: str
    advice: Advice
    losses: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What following one piece of advice comes to: means over tasks.

    `change` is that of the test loss, `regret` the share by which it lies above the best arm's;
    `family` is the share of tasks whose right families hold the advised one, `raised` the share on
    which the loss goes up by over 1 %.
    """

    tasks: int
    change: float
    regret: float
    family: float
    raised: float


def save(found: Iterable[Surveyed], results: Path = RESULTS) -> None:
    """Write all tasks by their names, one a line."""
    lines = [
        f"{json.dumps(own.task)}: {json.dumps({**asdict(own.advice), 'losses': own.losses})}"
        for own in sorted(found, key=lambda each: each.task)
    ]
    results.mkdir(parents=True, exist_ok=True)
    atomic_write(_path(results), "{\n" + ",\n".join(lines) + "\n}\n")


def load(results: Path = RESULTS) -> dict[str, Surveyed]:
    """What is stored, by task; none where nothing is."""
    if not _path(results).exists():
        return {}
    rows = json.loads(_path(results).read_text(encoding="utf-8"))
    return {task: _surveyed(task, **row) for task, row in rows.items()}


def _surveyed(task: str, *, losses: Mapping[str, Sequence[float]], **advice: str) -> Surveyed:
    pairs = {arm: (stopped, last) for arm, (stopped, last) in losses.items()}
    return Surveyed(task=task, advice=Advice(**advice), losses=pairs)


def measure(task: Task, cache: Path, results: Path = RESULTS) -> None:
    """Train a task's grid and store what it comes to, unless that is stored already."""
    if task.name in load(results):
        return
    started = time.process_time()
    bench = Workbench(task, 0, cache)
    run = bench.user_run  # before any training, as the program starts from the saved model
    arms = bench.grid()
    trained = [bench.retrained(bench.space.strategy(arm), _SEEDS) for arm in arms]
    names = [arm_name(arm) for arm in arms]
    losses = changes(
        names,
        val=np.array([halves.mean(axis=0) for halves, _ in trained]),
        test=np.array([test for _, test in trained]),
    )
    own = Surveyed(task=task.name, advice=advice_for(task, run, names), losses=losses)
    save([*load(results).values(), own], results)  # as it is by now: another process may add to it
    seconds = time.process_time() - started
    print(f"{seconds:7.1f} s {bench.trainer.trained:4} trainings  {task.name}", flush=True)


def changes(arms: Sequence[str], *, val: Floats, test: Floats) -> dict[str, tuple[float, float]]:
    """Relative changes by arm, from losses [arms, seeds, epochs]; the current recipe is 0."""
    bounded = np.clip(test, LEAST, MOST)  # as where a truth is stored
    means = [read(val, bounded, policy).mean(axis=1) for policy in POLICIES]
    stopped, last = [own / own[list(arms).index(_CURRENT)] - 1 for own in means]
    return {
        arm: (rounded(float(stopped[i]), _DIGITS), rounded(float(last[i]), _DIGITS))
        for i, arm in enumerate(arms)
    }


def advise_again(tasks: Iterable[Task], cache: Path, results: Path = RESULTS) -> None:
    """Advise anew on the tasks that are stored, from the users' runs; their losses stay.

    Trains nothing where the users' runs are in the cache, and else them alone.
    """
    stored = load(results)
    for task in tasks:
        if task.name not in stored:
            continue
        own = stored[task.name]
        advice = advice_for(task, Workbench(task, 0, cache).user_run, list(own.losses))
        if advice != own.advice:
            print(f"{task.name}: {advice.verdict}, {advice.said}", flush=True)
        stored[task.name] = replace(own, advice=advice)
    save(stored.values(), results)


def summary(found: Iterable[Surveyed], policy: Policy) -> dict[str, dict[str, Followed]]:
    """What the rules, keeping, and each fixed advice come to: of all tasks, then by verdict.

    Fixed advice is valued where the network has places for it. The best of thirty arms by a mean of
    two seeds owes much to luck, so every regret is too high and a family less often right than it
    is: these figures compare rule sets with each other and are not for reporting.
    """
    by_verdict: dict[str, list[Surveyed]] = {ALL: [], OVERFITTING: [], OTHER: []}
    for own in found:
        by_verdict[ALL].append(own)
        by_verdict[OVERFITTING if own.advice.verdict == OVERFITTING else OTHER].append(own)
    return {
        verdict: _by_adviser([(own, board_of(own, policy)) for own in tasks])
        for verdict, tasks in by_verdict.items()
        if tasks
    }


def _by_adviser(boards: Sequence[tuple[Surveyed, Board]]) -> dict[str, Followed]:
    followed = {who: _followed(boards, who) for who in (RULES, KEEP, *FIXED)}
    return {who: own for who, own in followed.items() if own is not None}


def board_of(surveyed: Surveyed, policy: Policy) -> Board:
    """One task's arms as if by a single seed: losses relative to the current recipe's."""
    which = POLICIES.index(policy)
    losses = 1 + np.array([[own[which]] for own in surveyed.losses.values()])
    return Board(arms=tuple(surveyed.losses), losses=losses, best=oracle(losses))


def _followed(boards: Sequence[tuple[Surveyed, Board]], who: str) -> Followed | None:
    """None where no network has places for the advice."""
    advised = [(_arm(own, who), board) for own, board in boards]
    there = [(arm, board) for arm, board in advised if arm in board.arms]
    if not there:
        return None
    losses = [float(board.of(arm)[0]) for arm, board in there]
    return Followed(
        tasks=len(there),
        change=float(np.mean(losses)) - 1,
        regret=float(
            np.mean([relative_regret(x, b.best) for x, (_, b) in zip(losses, there, strict=True)])
        ),
        family=float(np.mean([family_of(arm) in right_families(board) for arm, board in there])),
        raised=float(np.mean([loss > 1 + _RAISED for loss in losses])),
    )


def _arm(surveyed: Surveyed, who: str) -> str:
    """The grid's arm that `who` would have a user take."""
    if who == RULES:
        return surveyed.advice.arm
    if who == KEEP:
        return _CURRENT
    return arm_name(fixed_arm(who, is_regularized=_NONE in surveyed.losses))


def _path(results: Path) -> Path:
    return results / "survey.json"
