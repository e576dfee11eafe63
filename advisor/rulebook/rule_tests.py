"""The tests that every rule must pass: of its form, and on its own examples."""

from collections.abc import Mapping
from pathlib import Path

from advisor.errors import RuleError
from advisor.evidence.catalog import CATALOG
from advisor.evidence.measurement import Missing, Readings, Value
from advisor.rulebook.apply import judge_rule
from advisor.rulebook.judgement import Undecided
from advisor.rulebook.rule import Rule
from advisor.rulebook.rule_file import MISSING, read_rule
from advisor.rulebook.rulebook import rule_files
from advisor.rulebook.titles import names_shown
from advisor.rulebook.vocabulary import Catalog
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class RuleTestFailure:
    """A test that the rule in `source` fails, and what to do about it."""

    source: str
    message: str


def test_rules(directory: Path, catalog: Catalog = CATALOG) -> tuple[RuleTestFailure, ...]:
    """The failures of all rules in a folder; empty if they all pass.

    Raises RuleError if it is not a folder of rules.
    """
    return tuple(failure for file in rule_files(directory) for failure in test_rule(file, catalog))


def test_rule(file: Path, catalog: Catalog = CATALOG) -> tuple[RuleTestFailure, ...]:
    """The failures of one rule; a rule that can't be read has only that failure."""
    try:
        rule = read_rule(file, catalog)
    except RuleError as error:
        return (RuleTestFailure(source=str(file), message=str(error).removeprefix(f"{file}: ")),)
    messages = [
        *_example_faults(rule),
        *_sentence_faults(rule),
        *_counterexample_faults(rule),
        *_decisiveness_faults(rule),
    ]
    return tuple(RuleTestFailure(source=rule.source, message=message) for message in messages)


def _readings(values: Mapping[str, Value]) -> Readings:
    """Readings of an example; a name set to `missing` is missing for that reason."""
    return Readings(
        values={name: value for name, value in values.items() if value != MISSING},
        missing={
            name: Missing(reason="set to missing")
            for name, value in values.items()
            if value == MISSING
        },
    )


def _example_faults(rule: Rule) -> list[str]:
    readings = _readings(rule.example)
    faults: list[str] = []
    for index, condition in enumerate(rule.conditions):
        match condition.judge(readings):
            case Undecided(missing=missing):
                faults.append(f"example: when[{index}] lacks {', '.join(missing)}")
            case False:
                faults.append(f"example: does not fire, when[{index}] is false: {condition.text}")
            case True:
                pass
    return faults


def _sentence_faults(rule: Rule) -> list[str]:
    return [
        f"{key}: shows {name!r}, which the example does not give"
        for key, sentence in (("title", rule.title), ("caveat", rule.caveat))
        for name in (names_shown(sentence) if sentence else ())
        if name not in rule.example
    ]


def _counterexample_faults(rule: Rule) -> list[str]:
    faults: list[str] = []
    for name, changes in rule.counterexamples.items():
        match judge_rule(rule, _readings({**rule.example, **changes})):
            case True:
                faults.append(f"counterexamples.{name}: fires, but should be silent")
            case Undecided(missing=missing):
                unexpected = [reading for reading in missing if changes.get(reading) != MISSING]
                if unexpected:
                    faults.append(f"counterexamples.{name}: lacks {', '.join(unexpected)}")
            case False:
                pass
    return faults


def _decisiveness_faults(rule: Rule) -> list[str]:
    """Clauses that could be deleted unnoticed: no counterexample is refused by them alone."""
    refused_by: set[int] = set()
    for changes in rule.counterexamples.values():
        readings = _readings({**rule.example, **changes})
        judged = [condition.judge(readings) for condition in rule.conditions]
        refusals = [index for index, judgement in enumerate(judged) if judgement is not True]
        if len(refusals) == 1 and judged[refusals[0]] is False:
            refused_by.add(refusals[0])
    return [
        f"when[{index}]: no counterexample is refused by this clause alone: {clause}"
        for index, clause in enumerate(rule.when)
        if index not in refused_by
    ]
