"""What the rules alone recommend for each task: `results/rules.json`.

Stored as the nearest arm of the grid, so that it can be valued without training: strengths go to
the nearest of their kind, and places to the grid's (the rules leave the output's kernel alone).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from advisor import diagnose
from advisor.atomic import atomic_write
from advisor.candidates.arm import Arm, arm_name
from advisor.recommend.recommendation import Recommendation
from advisor.regularization import FAMILIES, Family
from advisor.values import dataclass
from tests.benchmarks.advice import store
from tests.benchmarks.advice.space import family_of, space_of, strengths_of
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.tasks import Task
from tests.benchmarks.advice.user_run import UserRun
from tests.benchmarks.advice.workbench import Workbench


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The verdict on the user's run, the advice as an arm's name, and the grid's nearest arm."""

    verdict: str
    said: str
    arm: str


def save(found: Mapping[str, Advice], results: Path = RESULTS) -> None:
    """Write the advice on all tasks, one a line."""
    lines = [f"{json.dumps(task)}: {json.dumps(asdict(each))}" for task, each in found.items()]
    atomic_write(_path(results), "{\n" + ",\n".join(lines) + "\n}\n")


def load(results: Path = RESULTS) -> dict[str, Advice]:
    """The stored advice by task; none where none is stored."""
    if not _path(results).exists():
        return {}
    rows = json.loads(_path(results).read_text(encoding="utf-8"))
    return {task: Advice(**row) for task, row in rows.items()}


def advice_on(task: Task, cache: Path, results: Path = RESULTS) -> Advice | None:
    """What `advisor check` says of the user's model and history; they are fitted if need be.

    None where no truth is stored yet, whose grid would hold the nearest arm.
    """
    truth = store.first_drawing(task.name, results)
    if truth is None:
        return None
    return advice_for(task, Workbench(task, 0, cache).user_run, truth.arms)


def advice_for(task: Task, run: UserRun, arms: Sequence[str]) -> Advice:
    """What `advisor check` says of a user's run without data, and the nearest of a grid's arms."""
    report = diagnose(
        run.model,
        run.history,
        train_size=task.n_train,
        val_size=task.n_val,
        batch_size=task.batch_size,
    )
    said = said_by(report.recommendation)
    return Advice(verdict=report.verdict, said=said, arm=nearest_arm(said, arms))


def said_by(recommendation: Recommendation) -> str:
    """A recommendation as an arm's name."""
    if recommendation.action == "keep":
        return arm_name(Arm())
    if recommendation.action == "reduce":
        shares = [c.to / c.before for c in recommendation.changes if c.before > 0]
        return arm_name(Arm(share=min(shares)))
    doses: Mapping[Family, float] = {
        "l1": recommendation.l1,
        "l2": recommendation.l2,
        "dropout": recommendation.dropout,
    }
    return arm_name(Arm(doses={f: doses[f] for f in FAMILIES if doses[f] > 0}, share=0))


def nearest_arm(said: str, arms: Sequence[str]) -> str:
    """The arm of the same kind that comes nearest."""
    if said == arm_name(Arm()):
        return said
    space = space_of(arms, range(1, len(arms)))
    return arms[space.nearest(family_of(said), strengths_of(said))]


def _path(results: Path) -> Path:
    return results / "rules.json"
