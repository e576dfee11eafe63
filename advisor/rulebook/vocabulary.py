"""The vocabulary of a rule: the measurements it may name, and the message for any other name."""

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.evidence.measurement import Measurement, MeasurementKind, Scope
from advisor.values import dataclass

Catalog = Mapping[str, Measurement[Any]]

KIND_IN_WORDS: Mapping[MeasurementKind, str] = {
    "number": "a number",
    "truth": "a true/false value",
    "text": "a text",
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` for the nearest of `known`, or "" if none is near."""
    import difflib

    near = difflib.get_close_matches(word[:200], known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The names of `catalog` that a rule of `scope` may use: `layer.*` in layer rules only."""

    catalog: Catalog
    scope: Scope

    def kind(self, name: str) -> MeasurementKind | None:
        """The kind of the measurement `name`, or None if the rule may not use it."""
        known = self.catalog.get(name)
        if known is None or (known.scope == "layer" and self.scope != "layer"):
            return None
        return known.kind

    def complaint(self, name: str) -> str:
        """Why a rule may not use `name`, and what it may have meant."""
        if name in self.catalog:
            return f'{name!r} is measured for each layer; say scope = "layer" to use it'
        allowed = [known for known in self.catalog if self.kind(known) is not None]
        return f"unknown measurement {name!r}{did_you_mean(name, allowed)}"
