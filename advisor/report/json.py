"""The report as JSON: the form for programs, described by `schema.json` beside this file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from advisor.report.report import Report

# `from` and `with` are words of Python's, so that the attributes have other names than the keys.
_KEYS = {"before": "from", "changed": "with"}

SCHEMA = Path(__file__).with_name("schema.json")


def render_json(reports: Sequence[Report]) -> str:
    """One report as an object, several as an array; raises ValueError for NaN or Infinity."""
    documents = [as_json(report) for report in reports]
    document = documents[0] if len(documents) == 1 else documents
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def as_json(value: object) -> object:
    """Dataclasses as objects, keyed by their fields' names but for the two of `_KEYS`."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [as_json(each) for each in value]
        case _ if is_dataclass(value):
            return {
                _KEYS.get(field.name, field.name): as_json(getattr(value, field.name))
                for field in fields(value)
            }
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a report")
