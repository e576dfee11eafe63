"""Readings of the clock: kept as JSON and set in proportion."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import exp, log
from pathlib import Path
from statistics import mean, median
from typing import Literal

from advisor.atomic import atomic_write
from advisor.values import dataclass
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR
from tests.benchmarks.advice.rounding import rounded
from tests.benchmarks.advice.store import RESULTS

FIT = "one fit of the model"
Kind = Literal["wall", "cpu"]
_FILE = "wall_clock.json"
_DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One contender in one process: its seconds, what it picked, and what that is worth.

    `contender` and `budget` are those of its row in the replay, or FIT. `shown` is the lowest
    validation loss that a search saw of its pick, None for the advisor; `losses` [seeds] are test
    losses of training the pick in full. `busy` is the share of all cores that other work took just
    before. `trainings` are full ones' epochs, None for the advisor, which trains otherwise.
    `measured` counts the trials that ran where the rest of `trials` is scaled up.
    """

    task: str
    repeat: int
    contender: str
    budget: float | None = None
    wall: float
    cpu: float
    busy: float
    pick: str
    losses: Sequence[float]
    shown: float | None = None
    trainings: float | None = None
    trials: int | None = None
    measured: int | None = None

    @property
    def row(self) -> Row:
        """Its row in a table."""
        return Row(self.contender, self.budget)


def save(readings: Iterable[Reading], results: Path = RESULTS) -> None:
    """Write all readings, one a line."""
    lines = [json.dumps(rounded(asdict(each), _DIGITS)) for each in readings]
    results.mkdir(parents=True, exist_ok=True)
    atomic_write(results / _FILE, "[\n" + ",\n".join(lines) + "\n]\n")


def load(results: Path = RESULTS) -> list[Reading]:
    """All readings; none where none are stored."""
    path = results / _FILE
    if not path.exists():
        return []
    return [Reading(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def geometric_mean(values: Iterable[float]) -> float:
    """The mean of ratios: of 1/2 and 2 it is 1."""
    return exp(mean(log(value) for value in values))


def seconds(readings: Iterable[Reading], row: Row, kind: Kind) -> dict[tuple[str, int], float]:
    """Seconds of a row for each task and repeat; the median where it had several turns."""
    found: dict[tuple[str, int], list[float]] = {}
    for each in readings:
        if each.row == row:
            found.setdefault((each.task, each.repeat), []).append(getattr(each, kind))
    return {key: median(values) for key, values in found.items()}


def shares(readings: Sequence[Reading], row: Row, kind: Kind) -> dict[str, list[float]]:
    """The advisor's seconds over those of a row: for each task one ratio a repeat."""
    own, other = seconds(readings, ADVISOR, kind), seconds(readings, row, kind)
    found: dict[str, list[float]] = {}
    for key in own:
        if key in other:
            found.setdefault(key[0], []).append(own[key] / other[key])
    return found


def worth(readings: Sequence[Reading], row: Row) -> dict[str, float]:
    """Test loss over that of the current recipe, for each task: the mean over what a row picked.

    Who searches keeps the current recipe where that shows no higher validation loss.
    """
    found: dict[str, list[float]] = {}
    for each in readings:
        if each.row == row:
            fits = [r for r in readings if (r.task, r.contender) == (each.task, FIT)]
            kept = median(fit.shown for fit in fits if fit.shown is not None)
            current = mean(fits[0].losses)
            is_kept = each.shown is not None and each.shown >= kept
            ratio = 1.0 if is_kept else mean(each.losses) / current
            found.setdefault(each.task, []).append(ratio)
    return {task: mean(values) for task, values in found.items()}
