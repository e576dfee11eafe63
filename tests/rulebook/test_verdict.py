import pytest

from advisor.evidence.measurement import Missing, Need
from advisor.rulebook.rule import Findings, Severity, VerdictName
from advisor.rulebook.verdict import decide
from tests.rulebook.sample_rules import fired, undecided

NO_VALIDATION = {"rebound.z": Missing(reason="no validation loss was logged", needs="validation")}
NO_DATA = {"data.label_noise": Missing(reason="no data was given", needs="data")}
UNMEASURABLE = {"rebound.z": Missing(reason="the curve has no noise")}


def test_the_first_verdict_by_precedence_wins_and_keeps_its_own_severity() -> None:
    order: list[tuple[VerdictName, Severity]] = [
        ("healthy", "none"),
        ("underfitting", "severe"),
        ("overfitting", "mild"),
        ("over-regularized", "moderate"),
        ("diverged", "mild"),
    ]
    for count in range(1, len(order) + 1):
        findings = [fired(name, name, severity) for name, severity in order[:count]]

        verdict = decide(Findings(fired=tuple(findings), undecided=()))

        assert (verdict.name, verdict.severity) == order[count - 1]
        assert verdict.reason == f"{order[count - 1][0]} was found"


def test_severity_is_the_highest_of_the_rules_that_fired_for_the_verdict() -> None:
    verdict = decide(
        Findings(
            fired=(
                fired("a", "overfitting", "mild"),
                fired("b", "overfitting", "severe"),
                fired("c", "overfitting", "moderate"),
                fired("d", "underfitting", "severe"),
                fired("e", None, "severe"),
            ),
            undecided=(),
        )
    )

    assert (verdict.name, verdict.severity) == ("overfitting", "severe")
    assert verdict.reason == "b was found"


def test_nothing_fired_is_undecided() -> None:
    verdict = decide(Findings(fired=(fired("only-a-remark", None, "mild"),), undecided=()))

    assert (verdict.name, verdict.severity) == ("undecided", "none")
    assert verdict.reason == "No rule gives a verdict"


def test_nothing_fired_names_the_inputs_that_could_decide_more() -> None:
    missing = {**NO_DATA, "model.depth": Missing(reason="no model was given", needs="model")}

    verdict = decide(
        Findings(fired=(), undecided=(undecided("a", missing, "overfitting", "mild"),))
    )

    assert verdict.name == "undecided"
    assert verdict.reason == "No rule gives a verdict; the model or the data could decide more"


def test_a_rule_of_higher_precedence_that_lacks_validation_blocks_the_verdict() -> None:
    blocker = undecided("rebound", NO_VALIDATION, "overfitting", "mild")

    verdict = decide(
        Findings(fired=(fired("still-falling", "underfitting", "mild"),), undecided=(blocker,))
    )

    assert (verdict.name, verdict.severity) == ("undecided", "none")
    assert verdict.reason == (
        "still-falling was found, but overfitting can't be ruled out: "
        "no validation loss was logged (rebound.z)"
    )


@pytest.mark.parametrize(
    ("needs", "blocks"),
    [
        ("model", False),
        ("data", False),
        ("train-size", False),
        ("val-size", False),
        ("validation", True),
        ("history", True),
        (None, True),
    ],
)
def test_only_what_was_given_and_cannot_be_measured_blocks(
    needs: Need | None, blocks: bool
) -> None:
    missing = {"rebound.z": Missing(reason="why", needs=needs)}
    open_rule = undecided("a", missing, "over-regularized", "severe")

    verdict = decide(Findings(fired=(fired("b", "overfitting", "mild"),), undecided=(open_rule,)))

    assert verdict.name == ("undecided" if blocks else "overfitting")


def test_a_rule_that_lacks_both_an_optional_input_and_a_figure_blocks() -> None:
    open_rule = undecided("a", {**NO_DATA, **UNMEASURABLE}, "diverged", "severe")

    verdict = decide(Findings(fired=(fired("b", "healthy"),), undecided=(open_rule,)))

    assert verdict.name == "undecided"
    assert verdict.reason == (
        "b was found, but diverged can't be ruled out: the curve has no noise (rebound.z)"
    )


def test_undecided_rules_of_lower_precedence_or_without_a_verdict_change_nothing() -> None:
    verdict = decide(
        Findings(
            fired=(fired("a", "overfitting", "moderate"),),
            undecided=(
                undecided("b", UNMEASURABLE, "underfitting", "severe"),
                undecided("c", UNMEASURABLE, "healthy"),
                undecided("d", UNMEASURABLE, None, "severe"),
                undecided("e", UNMEASURABLE, "overfitting", "moderate"),
                undecided("f", UNMEASURABLE, "overfitting", "mild"),
            ),
        )
    )

    assert (verdict.name, verdict.severity) == ("overfitting", "moderate")
    assert verdict.reason == "a was found"


def test_a_rule_that_could_only_raise_the_severity_is_mentioned() -> None:
    worse = undecided("worse", UNMEASURABLE, "overfitting", "severe")

    verdict = decide(Findings(fired=(fired("a", "overfitting", "mild"),), undecided=(worse,)))

    assert (verdict.name, verdict.severity) == ("overfitting", "mild")
    assert verdict.reason == (
        "a was found; it is not known whether it is severe: the curve has no noise (rebound.z)"
    )


def test_the_reason_is_the_one_that_most_rules_share() -> None:
    verdict = decide(
        Findings(
            fired=(),
            undecided=(
                undecided("a", UNMEASURABLE, "diverged", "severe"),
                undecided("b", {**NO_DATA, **NO_VALIDATION}, "overfitting", "mild"),
                undecided("c", {**NO_DATA, **NO_VALIDATION}, "overfitting", "mild"),
                undecided("d", NO_DATA, "overfitting", "severe"),
            ),
        )
    )

    assert verdict.reason == "Cannot decide: no validation loss was logged (rebound.z)"
