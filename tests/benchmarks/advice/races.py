"""Races with what their picks are truly worth, kept as JSON, one file a task."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from advisor.atomic import atomic_write
from advisor.probes.outcome import Label, Policy
from advisor.probes.plan import Protocol
from advisor.values import dataclass
from tests.benchmarks.advice.rounding import rounded
from tests.benchmarks.advice.store import RESULTS

DIGITS = 6
BUDGET = Protocol().budget
"""What a race may cost where nothing else is said, in `fit` runs of the user's model."""


class RaceKey(NamedTuple):
    """Which race of its task it is; `seed` is the race's own."""

    data_seed: int
    seed: int
    policy: Policy
    budget: float = BUDGET


@dataclass(frozen=True, kw_only=True)
class Announced:
    """What a race announced of one arm, and the true losses [seeds] of retraining it in full.

    `change` and its bounds are changed minus current, from `runs` fresh pairs.
    """

    arm: str
    change: float
    low: float
    high: float
    runs: int
    losses: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Race:
    """One race and its truth: test losses [seeds] of its pick and of the current recipe.

    `fresh` are the pick's by the seeds that a truth's `fresh` has, which it is valued on; none on
    further drawings. The others are what the announcement is held against.
    `announced` is of the pick, or where that is to keep the recipe, of the best rival; None where
    the race had no fresh pairs. `cost` is in `fit` runs of the user's own model, `trials` counts
    trainings.
    """

    task: str
    data_seed: int
    seed: int
    policy: Policy
    pick: str
    label: Label
    losses: Sequence[float]
    current: Sequence[float]
    announced: Announced | None
    cost: float
    trials: int
    fresh: Sequence[float]
    budget: float = BUDGET

    @property
    def key(self) -> RaceKey:
        """Which race of its task it is."""
        return RaceKey(self.data_seed, self.seed, self.policy, self.budget)


def alike(
    found: Iterable[Race], policy: Policy, *, data_seed: int = 0, budget: float = BUDGET
) -> list[Race]:
    """The races that differ in nothing but their seed."""
    wanted = (data_seed, policy, budget)
    return [race for race in found if (race.data_seed, race.policy, race.budget) == wanted]


def save(task: str, races: Mapping[RaceKey, Race], folder: Path = RESULTS) -> None:
    """Write all races of a task, one a line."""
    path = folder / "races" / f"{task}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(rounded(asdict(races[key]), DIGITS)) for key in sorted(races)]
    atomic_write(path, "[\n" + ",\n".join(lines) + "\n]\n")


def load(task: str, folder: Path = RESULTS) -> dict[RaceKey, Race]:
    """The races of a task by key; none where none are stored."""
    path = folder / "races" / f"{task}.json"
    if not path.exists():
        return {}
    races = [_race(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    return {race.key: race for race in races}


def _race(row: dict[str, Any]) -> Race:
    announced = row.pop("announced")
    return Race(**row, announced=Announced(**announced) if announced else None)
