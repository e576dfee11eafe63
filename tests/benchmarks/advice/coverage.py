"""How often the announced intervals hold the change that full retraining shows."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from tests.benchmarks.advice.races import BUDGET, Announced, Race
from tests.benchmarks.advice.readings import POLICIES, bootstrap

_HEAD = f"{'announced 90 % intervals':<32}{'cases':>6}{'hold':>8}   by task"


def coverage(found: Iterable[Race]) -> str:
    """A line a policy, and one for races at other budgets, over all drawings; then the labels."""
    races = list(found)
    lines = [_HEAD]
    for policy in POLICIES:
        own = [race for race in races if race.policy == policy]
        lines += _line(policy, [race for race in own if race.budget == BUDGET])
        lines += _line(f"{policy}, other budgets", [r for r in own if r.budget != BUDGET])
    labels = [race.label for race in races]
    counts = ", ".join(f"{label} {labels.count(label)}" for label in sorted(set(labels)))
    return "\n".join([*lines, f"labels: {counts}" if labels else "no races stored"])


def _line(title: str, races: Iterable[Race]) -> list[str]:
    found = covered(races)
    if not found.cases:
        return []
    return [f"{title:<32}{found.cases:>6}{found.share:>8.1%}   {found.low:.1%} to {found.high:.1%}"]


class Covered(NamedTuple):
    """How many cases there are, the share that holds, and its 90 % interval over tasks."""

    cases: int
    share: float
    low: float
    high: float


def covered(races: Iterable[Race]) -> Covered:
    """Over all races that announced something; without any, no case and a share of 0."""
    by_task: dict[str, list[bool]] = {}
    for race in races:
        if race.announced:
            by_task.setdefault(race.task, []).append(holds(race, race.announced))
    if not by_task:
        return Covered(0, 0.0, 0.0, 0.0)
    each = [held for own in by_task.values() for held in own]
    means = {task: float(np.mean(own)) for task, own in by_task.items()}
    return Covered(len(each), float(np.mean(each)), *bootstrap(means))


def holds(race: Race, announced: Announced) -> bool:
    """True if the mean over full retrainings, changed minus current, is in the interval."""
    change = float(np.mean(announced.losses) - np.mean(race.current))
    return announced.low <= change <= announced.high
