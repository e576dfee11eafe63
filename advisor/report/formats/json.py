"""The report as JSON: the form for programs, described by `schema.json` beside this file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from advisor.report.content import ReportContent
from advisor.report.unchecked import Unchecked
from advisor.version import SCHEMA_VERSION

# `from` and `with` are words of Python's, so that the attributes have other names than the keys.
KEYS = {"before": "from", "changed": "with"}
LEFT_OUT = {"is_by_data_loss"}  # for sentences about `code`, which a program has
UNPACKED = {"strengths"}  # replaced by their own keys


def render(results: Sequence[ReportContent | Unchecked], _page: object = None) -> str:
    """One run as an object, several as an array; raises ValueError for NaN or Infinity."""
    documents = [
        _unchecked(result) if isinstance(result, Unchecked) else as_json(result)
        for result in results
    ]
    document = documents[0] if len(documents) == 1 else documents
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _unchecked(unchecked: Unchecked) -> object:
    """The run that has no report; only such a run has an `error`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": unchecked.name,
        "error": unchecked.message,
    }


def as_json(value: object) -> object:
    """Dataclasses as objects, keyed by their fields' names but for those named above."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): as_json(entry) for key, entry in value.items()}
        case list() | tuple():
            return [as_json(entry) for entry in value]
        case _ if is_dataclass(value):
            return dict(_items(value))
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a report")


def _items(value: Any) -> Iterator[tuple[str, object]]:
    for field in fields(value):
        own = as_json(getattr(value, field.name))
        if field.name in UNPACKED and isinstance(own, dict):
            yield from own.items()
        elif field.name not in LEFT_OUT:
            yield KEYS.get(field.name, field.name), own
