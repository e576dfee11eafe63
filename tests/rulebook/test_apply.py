import ast
from pathlib import Path

import pytest

from advisor.evidence.measurement import Evidence, Missing, Readings
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Rule
from advisor.rulebook.rule_file import read_rule
from tests.rulebook.sample_rules import CATALOG, LARGE_LAYER, REBOUND, readings, write_rule

NO_VALIDATION = Missing(reason="no validation loss was logged", needs="validation")


@pytest.fixture
def rebound(tmp_path: Path) -> Rule:
    caveat = ("[suggest]", 'caveat = "After {history.epochs} epochs."\n[suggest]')
    return read_rule(write_rule(tmp_path, REBOUND, caveat), CATALOG)


@pytest.fixture
def large_layer(tmp_path: Path) -> Rule:
    return read_rule(write_rule(tmp_path, LARGE_LAYER), CATALOG)


def test_a_rule_fires_with_its_values_and_sentences(rebound: Rule) -> None:
    values = {"history.epochs": 40.0, "rebound.relative": 0.4, "rebound.z": 9.0}

    findings = apply([rebound], Evidence(model=readings(values)))

    (finding,) = findings.fired
    assert finding.rule is rebound
    assert finding.title == "Validation loss ends 40% above its best"
    assert finding.caveat == "After 40 epochs."
    assert finding.layer is None
    assert finding.evidence == {"history.epochs": 40.0, "rebound.relative": 0.4}
    assert findings.undecided == ()


def test_a_false_clause_silences_whatever_is_missing(rebound: Rule) -> None:
    found = readings({"history.epochs": 5.0}, rebound__relative=NO_VALIDATION)

    findings = apply([rebound], Evidence(model=found))

    assert (findings.fired, findings.undecided) == ((), ())


def test_a_rule_is_undecided_without_validation_loss_and_says_why(rebound: Rule) -> None:
    found = readings({"history.epochs": 40.0}, rebound__relative=NO_VALIDATION)

    findings = apply([rebound], Evidence(model=found))

    (undecided,) = findings.undecided
    assert undecided.rule is rebound
    assert undecided.missing == {"rebound.relative": NO_VALIDATION}
    assert findings.fired == ()


def test_a_layer_rule_is_judged_for_each_layer_with_the_models_names(large_layer: Rule) -> None:
    unreadable = Missing(reason="holds no kernel")
    evidence = Evidence(
        model=readings({"history.epochs": 40.0}),
        layers={
            "encoder/dense": readings({"layer.norm": 20.0, "layer.kind": "dense"}),
            "small": readings({"layer.norm": 3.0, "layer.kind": "dense"}),
            "flatten": readings({"layer.kind": "other"}, layer__norm=unreadable),
            "dense_1": readings({"layer.norm": 11.0, "layer.kind": "dense"}),
        },
    )

    findings = apply([large_layer], evidence)

    assert [(each.layer, each.title) for each in findings.fired] == [
        ("encoder/dense", "A dense layer has the norm 20.0"),
        ("dense_1", "A dense layer has the norm 11.0"),
    ]
    assert findings.fired[0].evidence == {"layer.norm": 20.0, "history.epochs": 40.0}
    assert [(each.layer, each.missing) for each in findings.undecided] == [
        ("flatten", {"layer.norm": unreadable})
    ]


def test_a_layer_rule_without_any_layer_is_undecided_for_want_of_the_model(
    large_layer: Rule,
) -> None:
    findings = apply([large_layer], Evidence(model=readings({"history.epochs": 40.0})))

    (undecided,) = findings.undecided
    assert undecided.layer is None
    assert undecided.missing == {
        "layer.norm": Missing(reason="no layer was measured", needs="model")
    }


def test_a_layer_rule_without_any_layer_is_silent_where_the_run_refuses_it(
    large_layer: Rule,
) -> None:
    findings = apply([large_layer], Evidence(model=readings({"history.epochs": 5.0})))

    assert (findings.fired, findings.undecided) == ((), ())


def test_findings_keep_the_order_of_the_rules(rebound: Rule, large_layer: Rule) -> None:
    values = {"history.epochs": 40.0, "rebound.relative": 0.4}
    layers = {"dense": Readings(values={"layer.norm": 20.0, "layer.kind": "dense"})}

    findings = apply([rebound, large_layer], Evidence(model=readings(values), layers=layers))

    assert [each.rule.id for each in findings.fired] == ["loss-rebounds", "layer-is-large"]


def test_clauses_are_not_parsed_again(rebound: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ast, "parse", None)
    values = {"history.epochs": 40.0, "rebound.relative": 0.4}

    assert len(apply([rebound], Evidence(model=readings(values))).fired) == 1
