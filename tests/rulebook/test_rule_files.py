"""Every shipped rule passes the tests of its form, one test a rule."""

from pathlib import Path

import pytest

from advisor.candidates.search_space import TINY_LOSS
from advisor.evidence.catalog import CATALOG
from advisor.evidence.measurement import Readings
from advisor.rulebook import rule_tests
from advisor.rulebook.apply import judge_rule
from advisor.rulebook.conditions import parse_condition
from advisor.rulebook.rule import SEVERITY_CUTS, Severity
from advisor.rulebook.rulebook import load_rules, rule_files, shipped_rules
from advisor.rulebook.vocabulary import Vocabulary


@pytest.mark.parametrize("file", rule_files(shipped_rules()), ids=lambda file: file.stem)
def test_shipped_rule_passes_the_tests_of_its_form(file: Path) -> None:
    failures = rule_tests.test_rule(file)

    assert not failures, "\n".join(failure.message for failure in failures)


def test_shipped_rules_load_together() -> None:
    rules = load_rules([shipped_rules()])

    assert [rule.id for rule in rules] == sorted(file.stem for file in shipped_rules().glob("*"))


@pytest.mark.parametrize(
    ("adverb", "severity"),
    [("mildly", "mild"), ("moderately", "moderate"), ("severely", "severe")],
)
def test_a_rebound_is_of_a_severity_from_its_cut_on(adverb: str, severity: Severity) -> None:
    rules = {rule.id: rule for rule in load_rules([shipped_rules()])}
    rule = rules[f"validation-loss-rebounds-{adverb}"]

    def fires_at(rebound: float) -> object:
        return judge_rule(
            rule, Readings(values={**rule.example, "rebound.without_penalty": rebound})
        )

    assert rule.severity == severity
    assert fires_at(SEVERITY_CUTS[severity] + 1e-6) is True
    assert fires_at(SEVERITY_CUTS[severity] - 1e-6) is False


def test_a_loss_is_tiny_from_where_probes_scale_penalties_with_it() -> None:
    rules = {rule.id: rule for rule in load_rules([shipped_rules()])}
    rule = rules["loss-is-tiny"]

    def fires_at(loss: float) -> object:
        return judge_rule(rule, Readings(values={**rule.example, "loss.val_min": loss}))

    assert fires_at(TINY_LOSS - 1e-6) is True
    assert fires_at(TINY_LOSS) is False


@pytest.mark.parametrize("name", CATALOG)
def test_every_measurement_can_be_named_in_a_clause(name: str) -> None:
    clause = {"number": f"{name} > 1", "truth": name, "text": f"{name} == 'x'"}[CATALOG[name].kind]

    condition = parse_condition(clause, Vocabulary(catalog=CATALOG, scope="layer"), "here")

    assert condition.names == (name,)
