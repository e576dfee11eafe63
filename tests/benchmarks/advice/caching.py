"""Trainings kept on disk, so that a change of protocol or a restart trains only what is new."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from advisor.probes.trial import Trial, TrialCurve
from advisor.values import dataclass
from tests.benchmarks.advice.rounding import rounded

_DIGITS = 7
CACHE = Path("tests/benchmarks/.cache/advice")
REVISION = 1
"""To be raised when the training program gives other curves than before."""


class TestedTrainer(Protocol):
    """A trainer that can also say what a trial comes to on the test rows after each epoch."""

    def train(self, trial: Trial) -> TrialCurve:
        """Run one trial."""

    def train_and_test(self, trial: Trial) -> "Tested":
        """Run one trial and evaluate the test rows as well."""


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A trial's curve, and its data loss on the test rows after each epoch."""

    curve: TrialCurve
    test: tuple[float, ...]


class CachedTrainer:
    """Answers from a file of earlier trainings; makes the real trainer only where it must train.

    The file holds one line of JSON a training and is only ever appended to; a line cut short by a
    kill is trained again. Losses are rounded to seven digits, the same whether they come from the
    file or not.
    """

    def __init__(self, path: Path, make: Callable[[], TestedTrainer]) -> None:
        self._path = path
        self._make = make
        self._trainer: TestedTrainer | None = None
        self._known = dict(_read(path))
        self.trained = 0

    def train(self, trial: Trial) -> TrialCurve:
        """The curve of a trial."""
        found = self._known.get(_key(trial))
        return found.curve if found else self._add(trial, self._real().train(trial), ())

    def train_and_test(self, trial: Trial) -> Tested:
        """The curve of a trial with its test losses; one cached without them is run again."""
        found = self._known.get(_key(trial))
        if found and found.test:
            return found
        tested = self._real().train_and_test(trial)
        self._add(trial, tested.curve, tested.test)
        return self._known[_key(trial)]

    def _real(self) -> TestedTrainer:
        if self._trainer is None:
            self._trainer = self._make()
        self.trained += 1
        return self._trainer

    def _add(self, trial: Trial, curve: TrialCurve, test: tuple[float, ...]) -> TrialCurve:
        row = {
            "key": _key(trial),
            "val": rounded(curve.val_loss, _DIGITS),
            "first": rounded(curve.val_halves[0], _DIGITS),
            "second": rounded(curve.val_halves[1], _DIGITS),
            "test": rounded(test, _DIGITS),
            "steps": curve.steps,
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(row))  # behind whatever a kill has left
        tested = _tested(row)
        self._known[_key(trial)] = tested
        return tested.curve


def cached_trainer(
    task: str, data_seed: int, make: Callable[[], TestedTrainer], cache: Path = CACHE
) -> CachedTrainer:
    """The trainer of one drawing of a task's rows; one process at a time may use it."""
    folder = cache / f"trainings-{REVISION}"
    folder.mkdir(parents=True, exist_ok=True)
    return CachedTrainer(folder / f"{task}-{data_seed}.jsonl", make)


def _key(trial: Trial) -> str:
    """What decides a training: the strengths that it ends up with, not how they were arrived at."""
    changes = sorted(
        (c.layer, c.slot, c.kind, c.to) for c in trial.strategy.changes if c.to != c.before
    )
    return json.dumps([changes, trial.seed, trial.split, trial.epochs, trial.start])


def _read(path: Path) -> Iterator[tuple[str, Tested]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue  # empty, or being written when the process was killed
        yield row["key"], _tested(row)


def _tested(row: dict[str, list[float]]) -> Tested:
    val = tuple(row["val"])
    curve = TrialCurve(
        val_loss=val,
        val_halves=(tuple(row["first"]), tuple(row["second"])),
        objective=val,
        steps=int(row["steps"]),  # type: ignore[call-overload]
    )
    return Tested(curve=curve, test=tuple(row["test"]))
