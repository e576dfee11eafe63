"""What is recommended from a race of probe trainings."""

from dataclasses import replace
from math import inf

import pytest

from advisor.candidates.arm import Arm
from advisor.probes.outcome import ArmResult, Outcome
from advisor.recommend import Recommendation, recommend_from_probes
from advisor.regularization import Change, Strategy
from advisor.rulebook.rule import Findings
from tests.builders import findings, suggestion, verdict
from tests.report.sample_probes import (
    CONFIRMED,
    CUT_SHORT,
    KEEP,
    MODEL,
    READINGS,
    RULES,
    TENTATIVE,
    arm_result,
    outcome,
)


def advice(race: Outcome, name: str = "overfitting", fired: Findings = RULES) -> Recommendation:
    return recommend_from_probes(race, verdict(name), fired, READINGS, MODEL)  # type: ignore[arg-type]


def regularized(*changes: tuple[str, str, float, float], name: str = "arm") -> Outcome:
    """A race won by an arm with these changes (layer, kind, from, to)."""
    made = tuple(
        Change(
            layer=layer,
            slot="output" if kind == "Dropout" else "kernel_regularizer",
            kind=kind,
            before=before,
            to=to,
            low=0.0,
            high=1.0,
        )
        for layer, kind, before, to in changes
    )
    winner = ArmResult(
        name=name,
        arm=Arm(share=0.0),
        strategy=Strategy(changes=made),
        runs=4,
        stopped=0.4,
        last=0.5,
        change=-0.121,
        relative=-0.232,
    )
    return outcome([winner, arm_result({}, 4, 0.521, 1.05)], name, expected=CONFIRMED.expected)


def test_the_pick_is_added_with_its_strengths_places_and_code() -> None:
    made = advice(CONFIRMED)
    assert (made.action, made.basis, made.label) == ("add", "probes", "confirmed")
    assert (made.strategy, made.l1, made.l2, made.dropout) == ("l2", 0.0, 0.01, 0.0)
    assert [change.layer for change in made.changes] == ["hidden_1", "digit"]
    assert made.code.count("regularizers.L2(0.01)") == 2
    assert made.expected == CONFIRMED.expected


@pytest.mark.parametrize("name", ["healthy", "underfitting", "undecided", "over-regularized"])
def test_what_trainings_prove_stands_whatever_the_verdict(name: str) -> None:
    made = advice(CONFIRMED, name)
    assert (made.action, made.strategy, made.basis) == ("add", "l2", "probes")


def test_a_run_that_diverged_is_mended_first() -> None:
    made = advice(CONFIRMED, "diverged")
    assert (made.action, made.basis, made.expected, made.label) == ("keep", "rules", None, None)
    assert made.why[-1].startswith("L2 0.01 won the probe trainings, but")
    assert advice(KEEP, "diverged").why == made.why[:-1]


@pytest.mark.parametrize(
    ("changes", "action", "strategy"),
    [
        ((("hidden_1", "l2", 0.0, 0.01),), "add", "l2"),
        ((("hidden_1", "l2", 0.001, 0.01),), "add", "l2"),
        ((("hidden_1", "l2", 0.1, 0.01),), "reduce", "l2"),
        ((("hidden_1", "l2", 0.1, 0.0),), "reduce", "none"),
        (
            (("hidden_1", "l2", 0.1, 0.0), ("hidden_1", "Dropout", 0.0, 0.3)),
            "replace",
            "dropout",
        ),
    ],
)
def test_action_follows_from_the_changes(
    changes: tuple[tuple[str, str, float, float], ...], action: str, strategy: str
) -> None:
    made = advice(regularized(*changes))
    assert (made.action, made.strategy) == (action, strategy)


def test_changes_that_change_nothing_are_left_out() -> None:
    race = regularized(("hidden_1", "l2", 0.01, 0.01), ("digit", "l2", 0.0, 0.01))
    assert [change.layer for change in advice(race).changes] == ["digit"]
    assert advice(regularized(("hidden_1", "l2", 0.01, 0.01))).action == "keep"


@pytest.mark.parametrize(
    ("race", "confidence"),
    [
        (CONFIRMED, "high"),
        (TENTATIVE, "medium"),
        (KEEP, "medium"),
        (CUT_SHORT, "low"),
        (replace(KEEP, is_cut_short=True), "low"),
        # No fresh trainings, but five pairs to keep by; then but one.
        (replace(KEEP, contender_expected=None), "medium"),
        (replace(KEEP, contender=KEEP.arms[4], contender_expected=None), "low"),
    ],
)
def test_confidence_follows_from_the_label(race: Outcome, confidence: str) -> None:
    assert advice(race).confidence == confidence


def test_the_measured_sentence_comes_first() -> None:
    # -.09 of .521: the bounds as they are, in the loss's own units
    assert advice(CONFIRMED).why[0] == (
        "L2 0.01 lowers the validation data loss from 0.521 to 0.431 (-0.12 to -0.056, 90%), "
        "over 4 fresh paired trainings"
    )


def test_a_metric_of_which_more_is_better_is_raised() -> None:
    assert CONFIRMED.expected is not None
    expected = replace(
        CONFIRMED.expected, metric="accuracy", baseline=0.8, changed=0.9, change=0.1, low=0.05,
        high=0.15,
    )  # fmt: skip
    race = replace(CONFIRMED, expected=expected, is_maximized=True)
    assert "raises the validation accuracy from 0.800 to 0.900" in advice(race).why[0]


def test_rules_that_agree_and_what_they_alone_would_say_stand_beside_it() -> None:
    assert advice(CONFIRMED).why[1:] == (
        "a rule agrees: few-rows fired",
        "the rules alone would add dropout 0.3; the best such recipe that was trained, "
        "dropout 0.5, came to -10%",
    )


def test_the_rules_are_not_answered_with_a_figure_of_the_screen() -> None:
    arms = [each for each in CONFIRMED.arms if set(each.arm.doses) != {"dropout"}]
    screened = arm_result({"dropout": 0.5}, 0, 0.3, 0.3)
    race = outcome([*arms, screened], "L2 0.01", expected=CONFIRMED.expected)
    assert advice(race).why[-1] == (
        "the rules alone would add dropout 0.3; no such recipe was trained to the end"
    )


def test_rules_that_the_trainings_contradict_are_named() -> None:
    fired = findings(suggestion("no-l2", forbid=("l2",)), suggestion("less", reduce=("l2",)))
    why = advice(CONFIRMED, fired=fired).why
    assert why[1:] == (
        "the trainings contradict a rule: no-l2 fired",
        "the trainings contradict a rule: less fired",
    )


def test_a_rule_that_agrees_with_a_part_of_the_pick_is_not_contradicted_by_the_rest() -> None:
    race = regularized(("hidden_1", "l2", 0.1, 0.01), ("digit", "l2", 0.0, 0.01))
    why = advice(race, fired=findings(suggestion("less", reduce=("l2",)))).why
    assert why[1:] == ("a rule agrees: less fired",)


def test_many_rules_that_agree_are_counted() -> None:
    fired = findings(*(suggestion(f"r{number}", {"l2": 1.0}) for number in range(5)))
    assert advice(CONFIRMED, fired=fired).why[-1] == "and so do 2 more rules"


def test_keep_names_the_closest_candidate_with_its_interval() -> None:
    made = advice(KEEP, "healthy")
    assert (made.action, made.label, made.changes, made.expected) == ("keep", "keep", (), None)
    # -.005 / .521 = -.0096, -.021 / .521 = -.040, .011 / .521 = .021
    assert made.why == (
        "no candidate beats the current recipe beyond noise; closest: L2 0.001, -1.0% (90% "
        "interval -4.0% to +2.1%) over 4 fresh paired trainings",
    )
    bare = advice(replace(KEEP, contender=None, contender_expected=None))
    assert "closest: L2 0.001, -1.0% over 5 trainings" in bare.why[0]


def test_without_any_full_training_the_rules_alone_speak() -> None:
    screened = [arm_result({"l2": 0.01}, 0, 0.4, 0.4), arm_result({}, 1, 0.521, 1.05)]
    race = replace(KEEP, arms=tuple(screened), pick=screened[1], contender=None)
    made = advice(race)
    assert (made.action, made.basis, made.label) == ("add", "rules", None)
    assert made.why[-1].startswith("no candidate could be trained in full")


def test_early_stopping_is_that_of_the_current_recipe() -> None:
    stopping = advice(CONFIRMED).early_stopping
    assert stopping is not None
    assert (stopping.epoch, stopping.gain) == (12, pytest.approx(0.504, abs=1e-3))
    for nothing in (0.0, inf):
        assert advice(replace(KEEP, stopping_gain=nothing)).early_stopping is None


def test_alternatives_beat_the_current_recipe_and_say_how_far_behind_they_are() -> None:
    others = advice(CONFIRMED).alternatives
    # .436 / .431 - 1 = .0116; .447 / .431 - 1 = .0371; .468 / .431 - 1 = .0858
    assert [other.why for other in others] == [
        "dropout 0.3 + L2 0.01: 1.2% behind, over 3 trainings",
        "L2 0.003: 3.7% behind, over 2 trainings",
        "dropout 0.5: 8.6% behind, over 2 trainings",
    ]
    assert [other.strategy for other in others] == ["l2+dropout", "l2", "dropout"]
    assert len(advice(TENTATIVE).alternatives) == 1  # L1 0.001 is behind the current recipe
    assert advice(KEEP).alternatives[0].why == (
        "L2 0.001: 1.0% ahead over 5 trainings, which is within noise"
    )


def test_an_interval_that_is_not_finite_announces_nothing() -> None:
    assert CONFIRMED.expected is not None
    race = replace(CONFIRMED, expected=replace(CONFIRMED.expected, low=-inf))
    made = advice(race)
    assert (made.expected, made.confidence) == (None, "low")
    assert "no change is announced" in made.why[0]


def test_advice_that_fresh_trainings_alone_do_not_bear_out_is_of_low_confidence() -> None:
    assert TENTATIVE.expected is not None
    unlucky = replace(TENTATIVE.expected, changed=0.526, change=0.005, low=-0.02, probability=0.3)
    made = advice(replace(TENTATIVE, expected=unlucky))
    assert (made.action, made.label, made.confidence) == ("add", "tentative", "low")
    # stopped: .503 of .521 is -3.5 %
    assert made.why[0] == (
        "all 5 paired trainings together suggest dropout 0.3: -3.5%; but the 3 fresh ones alone "
        "do not: validation data loss from 0.521 to 0.526 (-0.02 to +0.01, 90%)"
    )
