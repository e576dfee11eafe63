"""What is recommended for each verdict."""

import pytest

from advisor.recommend import recommend
from advisor.regularization import FAMILIES
from tests.builders import dense, evidence, findings, l2, model, suggestion, verdict

HIDDEN = {"layer.kind": "dense", "layer.is_output": False}
OUTPUT = {"layer.kind": "dense", "layer.is_output": True}
MLP = model(dense("a", 64, 20), dense("out", 3, 64, ["a"]))
READINGS = evidence({"stopping.epoch": 12.0, "stopping.gain": 0.25}, {"a": HIDDEN, "out": OUTPUT})
FOR_L2 = findings(suggestion("x", {"l2": 1.2}))


def test_overfitting_adds_with_early_stopping_beside_it() -> None:
    advice = recommend(verdict("overfitting", "severe"), FOR_L2, READINGS, MLP)
    assert (advice.action, advice.strategy, advice.l2, advice.dropout) == ("add", "l2", 1e-3, 0.0)
    assert advice.early_stopping is not None
    assert (advice.early_stopping.epoch, advice.early_stopping.gain) == (12, 0.25)
    assert "regularizers.L2(0.001)" in advice.code
    assert advice.why == ("x fired",)


def test_rules_alone_are_never_highly_confident() -> None:
    plain = recommend(verdict("overfitting", "severe"), FOR_L2, READINGS, MLP)
    faint = recommend(verdict("overfitting", "mild"), FOR_L2, READINGS, MLP)
    assert (plain.confidence, faint.confidence) == ("medium", "low")
    assert plain.basis == "rules"


def test_rivals_nearly_as_strong_lower_the_confidence() -> None:
    rivals = findings(suggestion("x", {"l2": 1.2}), suggestion("y", {"dropout": 0.8, "l1": 0.83}))
    advice = recommend(verdict("overfitting", "severe"), rivals, READINGS, MLP)
    assert advice.strategy == "l2"
    assert advice.confidence == "medium"
    closer = findings(suggestion("x", {"l2": 1.2}), suggestion("y", {"dropout": 1.1, "l1": 1.1}))
    assert recommend(verdict("overfitting", "severe"), closer, READINGS, MLP).confidence == "low"


@pytest.mark.parametrize("name", ["healthy", "underfitting", "diverged", "undecided"])
def test_nothing_is_added_for_other_verdicts(name: str) -> None:
    advice = recommend(verdict(name), FOR_L2, READINGS, MLP)  # type: ignore[arg-type]
    assert (advice.action, advice.strategy, advice.changes, advice.code) == ("keep", "none", (), "")


@pytest.mark.parametrize(
    "name", ["healthy", "over-regularized", "underfitting", "diverged", "undecided"]
)
def test_what_is_there_is_reduced_where_a_rule_asks_for_it(name: str) -> None:
    heavy = model(dense("a", 64, 20, regularizers=l2(1.0)), dense("out", 3, 64, ["a"]))
    fired = findings(suggestion("strong", reduce=("l2",)))
    advice = recommend(verdict(name), fired, READINGS, heavy)  # type: ignore[arg-type]
    assert (advice.action, advice.strategy) == ("reduce", "l2")
    assert advice.l2 == pytest.approx(0.1)


def test_adding_here_and_weakening_there_is_a_replacement() -> None:
    mixed = model(
        dense("a", 64, 20, regularizers=l2(1.0)),
        dense("out", 3, 64, ["a"]),
    )
    fired = findings(suggestion("x", {"dropout": 1.0}), suggestion("strong", reduce=("l2",)))
    advice = recommend(verdict("overfitting", "severe"), fired, READINGS, mixed)
    assert advice.action == "replace"
    assert {(c.kind, c.to) for c in advice.changes} == {("Dropout", 0.3), ("l2", 0.1)}


def test_overfitting_with_every_family_vetoed_keeps_and_stops_early() -> None:
    vetoed = findings(suggestion("x", {"l2": 1.0}), suggestion("no", forbid=("l2",)))
    advice = recommend(verdict("overfitting", "mild"), vetoed, READINGS, MLP)
    assert advice.action == "keep"
    assert advice.early_stopping is not None
    assert advice.why[1:] == ("no fired",)


def test_a_rule_against_every_family_is_the_reason_and_stopping_early_is_no_cure() -> None:
    elsewhere = suggestion("split", forbid=FAMILIES)
    fired = findings(suggestion("x", {"l2": 1.0}), elsewhere)
    advice = recommend(verdict("overfitting", "mild"), fired, READINGS, MLP)
    assert (advice.action, advice.why, advice.early_stopping) == ("keep", ("split fired",), None)


def test_without_a_model_the_code_names_no_layers() -> None:
    advice = recommend(verdict("overfitting", "severe"), FOR_L2, READINGS, None)
    assert (advice.strategy, advice.l2, advice.changes) == ("l2", 1e-3, ())
    assert "penalty = regularizers.L2(0.001)" in advice.code


def test_without_a_model_too_the_strength_is_the_one_recommended_without_data() -> None:
    fired = findings(
        suggestion("x", {"l2": 1.2}), suggestion("few-rows", strength_without_data={"l2": 0.01})
    )
    assert recommend(verdict("overfitting", "severe"), fired, READINGS, None).l2 == 0.01
    assert recommend(verdict("overfitting", "severe"), fired, READINGS, MLP).l2 == 0.01


def test_alternatives_say_why_they_came_second() -> None:
    rivals = findings(
        suggestion("x", {"l2": 1.2}),
        suggestion("y", {"dropout": 1.0}),
        suggestion("z", {"l1": 0.4}),
    )
    advice = recommend(verdict("overfitting", "severe"), rivals, READINGS, MLP)
    assert advice.strategy == "l2+dropout"
    whys = {other.strategy: other.why for other in advice.alternatives}
    assert whys["l2"].startswith("the rules score it 1.2 alone, and its partner")
    assert whys["l1"] == "the rules score it 0.4 against 1.1 (z)"
    assert whys["l1+l2"] == "0.8 against 1.1: the rules support its parts unequally"
