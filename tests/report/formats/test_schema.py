"""The schema of JSON reports names the version, the families of the table, and every slot."""

import json
from itertools import combinations
from typing import Any, get_args

import pytest

from advisor.regularization import FAMILIES, Slot
from advisor.version import SCHEMA_VERSION
from tests.report.schema import SCHEMA


def test_schema_names_the_version_and_the_families_of_the_table(
    request: pytest.FixtureRequest,
) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    name_families(schema["$defs"])
    for kind in ("report", "unchecked"):
        schema["$defs"][kind]["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden"):
        SCHEMA.write_text(text, encoding="utf-8")
    assert text == SCHEMA.read_text(encoding="utf-8")


def name_families(kinds: dict[str, Any]) -> None:
    """Set what the schema's `kinds` of objects take from the table of families."""
    numbers = range(1, len(FAMILIES) + 1)
    mixtures = ["+".join(mixed) for n in numbers for mixed in combinations(FAMILIES, n)]
    for kind, key in (
        ("alternative", "strategy"),
        ("recommendation", "strategy"),
        ("arm", "families"),
    ):
        kinds[kind]["properties"][key]["enum"] = ["none", *mixtures]
    for kind, key in (("probes", "dose_response"), ("arm", "doses")):
        kinds[kind]["properties"][key]["propertyNames"]["enum"] = list(FAMILIES)
    kinds["change"]["properties"]["slot"]["enum"] = list(get_args(Slot))
    advice = kinds["recommendation"]
    strength = {"type": "number", "minimum": 0}
    advice["required"] = [*with_families(advice["required"])]
    properties = advice["properties"]
    advice["properties"] = {key: properties.get(key, strength) for key in with_families(properties)}


def with_families(keys: Any) -> list[str]:
    """The keys with those of the families behind `strategy`."""
    others = [key for key in keys if key not in FAMILIES]
    behind = others.index("strategy") + 1
    return [*others[:behind], *FAMILIES, *others[behind:]]
