"""The stored trainings: what a diagnosis may see, and the label it is scored against.

`python -m tests.benchmarks.diagnosis.cases` rebuilds the store from the training cache.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.diagnosis.tasks import Half
from tests.benchmarks.diagnosis.truth import Effect, Label, effects_of, label_of

RESULTS = Path(__file__).parent / "results"
PARTS = 4
"""Files of the store, each below 100 kB."""
DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class LabelledCase:
    """One training: its history as Keras logged it, and what interventions did.

    `history` maps a logged name to one value per epoch; `test_loss` is the data loss on fresh rows
    after each epoch, which no diagnosis may see. `penalty` is the sum of the saved model's own
    losses, `train_loss` its clean data loss on the training rows. `recipe` holds the architecture,
    optimizer, learning rate, batch size, strengths and seed; `arms` the test losses per seed.
    """

    name: str
    half: Half
    task: Mapping[str, Any]
    recipe: Mapping[str, Any]
    parameters: int
    history: Mapping[str, tuple[float, ...]]
    test_loss: tuple[float, ...]
    penalty: float
    train_loss: float
    arms: Mapping[str, tuple[float, ...]]
    effects: Mapping[str, Effect]
    label: Label

    @property
    def n_train(self) -> int:
        return int(self.task["n_train"])

    @property
    def n_val(self) -> int:
        return int(self.task["n_val"])


def load_cases(results: Path = RESULTS) -> tuple[LabelledCase, ...]:
    """Every stored case in the order of its name; labels follow from the stored effects."""
    records: list[dict[str, Any]] = []
    for path in sorted(results.glob("cases-*.json.gz")):
        records.extend(json.loads(gzip.decompress(path.read_bytes())))
    return tuple(sorted((_from_stored(r) for r in records), key=lambda case: case.name))


def save_cases(cases: Iterable[LabelledCase], results: Path = RESULTS) -> None:
    """Write the store; the same cases give the same bytes."""
    results.mkdir(parents=True, exist_ok=True)
    ordered = sorted(cases, key=lambda case: case.name)
    for part in range(PARTS):
        records = [_rounded(asdict(case)) for case in ordered[part::PARTS]]
        text = json.dumps(records, sort_keys=True, separators=(",", ":"))
        packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        (results / f"cases-{part}.json.gz").write_bytes(packed)


def from_record(record: Mapping[str, Any]) -> LabelledCase:
    """The case of a training record (see `train.measure`), rounded as it is stored."""
    kept = {name: record[name] for name in _FIELDS}
    return _from_stored({**_rounded(kept), "effects": _plain(effects_of(record["arms"]))})


_FIELDS = (
    "name",
    "half",
    "task",
    "recipe",
    "parameters",
    "history",
    "test_loss",
    "penalty",
    "train_loss",
    "arms",
)


def _from_stored(stored: Mapping[str, Any]) -> LabelledCase:
    effects = {name: Effect(**_rounded(value)) for name, value in stored["effects"].items()}
    history = {name: tuple(values) for name, values in stored["history"].items()}
    return LabelledCase(
        **{name: stored[name] for name in _FIELDS if name not in ("history", "test_loss", "arms")},
        history=history,
        test_loss=tuple(stored["test_loss"]),
        arms={name: tuple(values) for name, values in stored["arms"].items()},
        effects=effects,
        label=label_of(history, effects),
    )


def _plain(effects: Mapping[str, Effect]) -> dict[str, dict[str, float]]:
    return {name: asdict(effect) for name, effect in effects.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def main() -> None:
    from tests.benchmarks.diagnosis.train import CACHE

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache = parser.parse_args().cache
    cases = [from_record(json.loads(path.read_text())) for path in sorted(cache.glob("*.json"))]
    save_cases(cases)
    print(f"{len(cases)} cases: {dict(Counter((c.half, c.label) for c in cases))}")


if __name__ == "__main__":
    main()
