"""A small catalog, and rules over it, for the tests of the rulebook."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.evidence.measurement import (
    Measurement,
    MeasurementKind,
    Missing,
    Readings,
    Scope,
    Value,
)
from advisor.rulebook.rule import Finding, Rule, Severity, UndecidedRule, VerdictName


def _measurement(name: str, kind: MeasurementKind, scope: Scope) -> Measurement[Any]:
    return Measurement(name=name, kind=kind, unit="", meaning=name, scope=scope, measure=len)


_KINDS: Mapping[str, MeasurementKind] = {
    "history.epochs": "number",
    "history.has_validation": "truth",
    "rebound.relative": "number",
    "rebound.z": "number",
    "optimizer.name": "text",
    "regularization.has_l2": "truth",
    "layer.norm": "number",
    "layer.kind": "text",
    "layer.is_hidden": "truth",
}
CATALOG: Mapping[str, Measurement[Any]] = {
    name: _measurement(name, kind, "layer" if name.startswith("layer.") else "model")
    for name, kind in _KINDS.items()
}

REBOUND = """
id = "loss-rebounds"
title = "Validation loss ends {rebound.relative:.0%} above its best"
verdict = "overfitting"
severity = "moderate"
when = [
    "history.epochs >= 8",
    "rebound.relative > 0.05",
]
rationale = "Training went on after the best epoch."
cite = ["Prechelt (1998), Early Stopping - But When?"]

[suggest]
weights = { dropout = 1.0, l2 = 0.6 }
strengths.dropout = { start = 0.3, low = 0.1, high = 0.5 }
forbid = ["l1"]

[example]
history.epochs = 40
rebound.relative = 0.4

[counterexamples]
"too short to tell" = { history.epochs = 5 }
"a wobble" = { rebound.relative = 0.03 }
"""

LARGE_LAYER = """
id = "layer-is-large"
title = "A {layer.kind} layer has the norm {layer.norm:.1f}"
scope = "layer"
when = ["layer.norm > 10", "history.epochs >= 8"]
rationale = "Large weights are what L2 shrinks."
cite = ["Krogh and Hertz (1991)"]

[example]
layer.norm = 20
layer.kind = "dense"
history.epochs = 40

[counterexamples]
"small weights" = { layer.norm = 3 }
"too short to tell" = { history.epochs = 5 }
"""


def write_rule(folder: Path, text: str = REBOUND, *changes: tuple[str, str]) -> Path:
    """Write a rule to a file called after its id, with each change (old, new) made to its text."""
    for old, new in changes:
        assert old in text, f"{old!r} is not in the rule to change"
        text = text.replace(old, new)
    rule_id = text.split('id = "', 1)[1].split('"', 1)[0]
    file = folder / f"{rule_id}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def readings(values: Mapping[str, Value] | None = None, **missing: Missing) -> Readings:
    """Readings of `values`; missing names are given with `__` for the dot."""
    return Readings(
        values=values or {},
        missing={name.replace("__", "."): each for name, each in missing.items()},
    )


def bare_rule(
    rule_id: str, verdict: VerdictName | None = None, severity: Severity = "none"
) -> Rule:
    """A rule that only says its verdict."""
    return Rule(
        id=rule_id,
        title=rule_id,
        rationale="because",
        cite=("a paper",),
        when=(),
        verdict=verdict,
        severity=severity,
    )


def fired(rule_id: str, verdict: VerdictName | None = None, severity: Severity = "none") -> Finding:
    """A finding whose title says `<rule id> was found`."""
    rule = bare_rule(rule_id, verdict, severity)
    return Finding(rule=rule, title=f"{rule_id} was found", layer=None, evidence={})


def undecided(
    rule_id: str,
    missing: Mapping[str, Missing],
    verdict: VerdictName | None = None,
    severity: Severity = "none",
) -> UndecidedRule:
    """A rule left undecided for want of `missing`."""
    return UndecidedRule(rule=bare_rule(rule_id, verdict, severity), layer=None, missing=missing)
