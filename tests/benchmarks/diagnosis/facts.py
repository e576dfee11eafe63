"""The trained models' facts and weight statistics, stored small: a diagnosis without the files.

`python -m tests.benchmarks.diagnosis.facts` rebuilds the store from the training cache.
"""

from __future__ import annotations

import argparse
import gzip
import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from advisor.evidence.weights.tensor_statistics import TensorStatistics
from advisor.evidence.weights.weight_statistics import measure_weights
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import open_model

RESULTS = Path(__file__).parent / "results"
PARTS = 4
"""Files of the store, each below 100 kB."""
DIGITS = 6
LEFT_OUT = frozenset({"stored"})  # the weights themselves


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """What the reader and the weights' pass made of one model file."""

    model: ModelFacts
    statistics: Mapping[str, tuple[TensorStatistics, ...]]


def measured(path: Path) -> StoredModel:
    """Read one model file as `advisor check` does."""
    with open_model(path) as model:
        return StoredModel(model=model, statistics=measure_weights(model))


def load_models(results: Path = RESULTS) -> Mapping[str, StoredModel]:
    """Every stored model by its case's name."""
    models: dict[str, StoredModel] = {}
    for path in sorted(results.glob("models-*.json.gz")):
        for name, plain in json.loads(gzip.decompress(path.read_bytes())).items():
            models[name] = _value(StoredModel, plain)
    return models


def save_models(models: Mapping[str, StoredModel], results: Path = RESULTS) -> None:
    """Write the store; the same models give the same bytes."""
    results.mkdir(parents=True, exist_ok=True)
    ordered = sorted(models)
    for part in range(PARTS):
        plain = {name: _plain(models[name]) for name in ordered[part::PARTS]}
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        (results / f"models-{part}.json.gz").write_bytes(packed)


def _plain(value: Any) -> Any:
    """Dataclasses as objects without the fields that have their default."""
    if is_dataclass(value):
        return {name: _plain(each) for name, each in _told(value)}
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _told(value: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(value):
        each = getattr(value, field.name)
        if field.name not in LEFT_OUT and each != field.default and each not in ({}, ()):
            yield field.name, each


def _value(kind: Any, plain: Any) -> Any:
    """The inverse of `_plain`, led by the type that a field declares."""
    if plain is None:
        return None
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _value(hints[name], each) for name, each in plain.items()})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (only,) = (each for each in arguments if each is not type(None))
        return _value(only, plain)
    if origin is tuple:
        return tuple(_value(arguments[0], each) for each in plain)
    if origin in (dict, Mapping):
        return {key: _value(arguments[1], each) for key, each in plain.items()}
    return plain


def main() -> None:
    from tests.benchmarks.diagnosis.train import CACHE

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache = parser.parse_args().cache
    finished = [
        path for path in sorted(cache.glob("*.keras")) if path.with_suffix(".json").exists()
    ]
    save_models({path.stem: measured(path) for path in finished})
    sizes = [path.stat().st_size for path in sorted(RESULTS.glob("models-*.json.gz"))]
    print(f"{len(finished)} models in {len(sizes)} files of at most {max(sizes):,} bytes")


if __name__ == "__main__":
    main()
