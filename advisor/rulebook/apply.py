"""Judging rules on evidence: each fires, stays silent, or is undecided if something is missing."""

from collections.abc import Iterable, Iterator, Mapping

from advisor.evidence.measurement import Evidence, Missing, Readings, Value
from advisor.rulebook.judgement import Undecided
from advisor.rulebook.rule import Finding, Findings, Rule, UndecidedRule
from advisor.rulebook.titles import render

RuleSubject = tuple[str | None, Readings]  # a layer's path, None for the model, and what it reads

NO_LAYER = Missing(reason="no layer was measured", needs="model")


def apply(rules: Iterable[Rule], evidence: Evidence) -> Findings:
    """What each rule says about the model, or about each of its layers, in the order of `rules`.

    Layer rules also see the model's readings. Without any layer they are judged once, with every
    `layer.*` missing: they are reported, not skipped.
    """
    rules = tuple(rules)
    layers = tuple(_layers(rules, evidence))
    fired: list[Finding] = []
    undecided: list[UndecidedRule] = []
    for rule in rules:
        for layer, readings in layers if rule.scope == "layer" else ((None, evidence.model),):
            match judge_rule(rule, readings):
                case True:
                    fired.append(_finding(rule, layer, readings.values))
                case Undecided(missing=missing):
                    undecided.append(UndecidedRule(rule=rule, layer=layer, missing=missing))
    return Findings(fired=tuple(fired), undecided=tuple(undecided))


def judge_rule(rule: Rule, readings: Readings) -> bool | Undecided:
    """True if all clauses hold, False if one doesn't, else Undecided with all that is missing."""
    missing: dict[str, Missing] = {}
    for condition in rule.conditions:
        judged = condition.judge(readings)
        if isinstance(judged, Undecided):
            missing.update(judged.missing)
        elif not judged:
            return False
    return Undecided(missing=missing) if missing else True


def _layers(rules: Iterable[Rule], evidence: Evidence) -> Iterator[RuleSubject]:
    """Each layer's path and readings, with the model's; a nameless one if there is no layer."""
    model = evidence.model
    for path, layer in evidence.layers.items():
        values = {**model.values, **layer.values}
        yield path, Readings(values=values, missing={**model.missing, **layer.missing})
    if not evidence.layers:
        names = {name for rule in rules if rule.scope == "layer" for name in names_of(rule)}
        absent = {name: NO_LAYER for name in names if name not in model.values}
        yield None, Readings(values=model.values, missing={**absent, **model.missing})


def names_of(rule: Rule) -> tuple[str, ...]:
    """The measurements that the rule's clauses name, in the order in which they appear."""
    names = (name for condition in rule.conditions for name in condition.names)
    return tuple(dict.fromkeys(names))


def _finding(rule: Rule, layer: str | None, values: Mapping[str, Value]) -> Finding:
    return Finding(
        rule=rule,
        title=render(rule.title, values),
        layer=layer,
        evidence={name: values[name] for name in names_of(rule) if name in values},
        caveat=render(rule.caveat, values) if rule.caveat else None,
    )
