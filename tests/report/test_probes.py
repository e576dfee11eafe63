"""The race as the report holds it."""

import json
from dataclasses import replace
from math import inf, nan

import jsonschema
import pytest

from advisor.candidates.arm import Arm
from advisor.probes.outcome import ArmResult, Outcome
from advisor.regularization import Change, Strategy
from advisor.report.formats.json import render as render_json
from advisor.report.probes import probes_shown
from advisor.report.wording.advice import announcement
from advisor.report.wording.probes import (
    arm_rows,
    cost_line,
    reading_lines,
    scaled_gains,
    table_note,
)
from tests.report.sample_probes import (
    CONFIRMED,
    KEEP,
    PROBED,
    TENTATIVE,
    arm_result,
    outcome,
    probed,
    proof,
)
from tests.report.sample_reports import healthy, overfitting, reading
from tests.report.schema import SCHEMA


def weakened(name: str, arm: Arm, before: float, to: float, runs: int = 1) -> ArmResult:
    """An arm of a network that has L2 `before` on its one kernel."""
    change = Change(
        layer="a", slot="kernel_regularizer", kind="l2", before=before, to=to, low=0.0, high=before
    )
    changes = (change,) if to != before else ()
    return ArmResult(
        name=name,
        arm=arm,
        strategy=Strategy(changes=changes),
        runs=runs,
        stopped=0.5 + to,
        last=0.6,
        change=to - before,
        relative=(to - before) / (0.5 + before),
    )


def doses(arms: list[ArmResult], pick: str, family: str) -> list[tuple[float, str]]:
    shown = probes_shown(proof(outcome(arms, pick)))
    return [(p.dose, p.arm) for p in shown.dose_response.get(family, ())]  # type: ignore[call-overload]


def test_doses_start_at_none_which_is_the_current_recipe_of_a_bare_network() -> None:
    shown = probes_shown(proof(CONFIRMED))
    assert list(shown.dose_response) == ["l1", "l2", "dropout"]
    assert [(point.dose, point.stopped) for point in shown.dose_response["l2"]] == [
        (0.0, 0.521),
        (0.001, 0.497),
        (0.003, 0.447),
        (0.01, 0.431),
        (0.1, 1.62),
    ]


def test_doses_beside_present_regularization_start_from_what_they_replace() -> None:
    current = weakened("current", Arm(), 0.1, 0.1, 3)
    none = weakened("none", Arm(share=0.0), 0.1, 0.0)
    alone = weakened("L2 0.01", Arm(doses={"l2": 0.01}, share=0.0), 0.1, 0.01)
    beside = weakened("current + L2 0.01", Arm(doses={"l2": 0.01}), 0.1, 0.01)
    assert doses([alone, none, current], "L2 0.01", "l2") == [(0.0, "none"), (0.01, "L2 0.01")]
    # A dose on top of what is there replaces the L2 of .1: that is where the current recipe lies.
    assert doses([beside, current], "current", "l2") == [
        (0.01, "current + L2 0.01"),
        (0.1, "current"),
    ]
    assert doses([alone, current], "L2 0.01", "l2") == [(0.01, "L2 0.01")]


def test_arms_of_the_screen_alone_stand_on_another_scale() -> None:
    screened = arm_result({"l2": 0.1}, 0, 0.3, 0.3)
    arms = [arm_result({"l2": 0.01}, 1, 0.4, 0.4), arm_result({}, 1, 0.5, 0.6), screened]
    assert [dose for dose, _ in doses(arms, "L2 0.01", "l2")] == [0.0, 0.01]
    rows, more = arm_rows(probes_shown(proof(outcome(arms, "L2 0.01"))))
    assert ([row.runs for row in rows], more) == (["1", "1", "screen"], 0)


def test_what_overflowed_is_null_and_said() -> None:
    ruined = replace(
        arm_result({"l2": 0.1}, 1, 1.0, 1.0), stopped=inf, last=nan, change=inf, relative=inf
    )
    race = outcome([*CONFIRMED.arms[:-1], ruined], "L2 0.01", expected=CONFIRMED.expected)
    report = probed(overfitting(), race)
    document = json.loads(render_json((report,)))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(
        document
    )
    last = document["probes"]["arms"][-1]
    assert (last["stopped"], last["last"], last["change"], last["relative"]) == (None,) * 4
    assert report.probes is not None
    row = arm_rows(report.probes)[0][-1]
    assert (row.stopped, row.change) == ("not finite", "?")


def test_bounds_belong_to_the_arm_that_was_put_to_fresh_trainings() -> None:
    bounds = {a.name: (a.low, a.high) for a in probes_shown(proof(CONFIRMED)).arms}
    assert bounds.pop("L2 0.01") == (-0.124, -0.056)
    assert set(bounds.values()) == {(None, None)}
    kept = {a.name: (a.low, a.high) for a in probes_shown(proof(KEEP)).arms}
    assert kept["L2 0.001"] == (-0.021, 0.011)
    assert kept["current"] == (None, None)


def test_long_tables_end_but_never_without_the_users_recipe() -> None:
    many = [arm_result({"l2": 10**-k}, 1, 0.4 + k / 100, 0.5) for k in range(1, 16)]
    rows, more = arm_rows(
        probes_shown(proof(outcome([*many, arm_result({}, 1, 0.521, 1.0)], "L2 0.1")))
    )
    assert (len(rows), more) == (13, 3)
    assert rows[-1].is_current


def test_gains_are_shares_of_the_largest() -> None:
    rows, _ = arm_rows(probes_shown(proof(CONFIRMED)))
    shares = dict(zip((row.name for row in rows), scaled_gains(rows), strict=True))
    # The largest gain is 17.3 %; others gain 10.2 %, and lose 2.3 %.
    assert shares["L2 0.01"] == 1
    assert shares["dropout 0.5"] == pytest.approx(0.102 / 0.173, abs=0.01)
    assert shares["L1 0.001"] == pytest.approx(-0.023 / 0.173, abs=0.01)
    assert shares["current"] == 0
    faint, _ = arm_rows(probes_shown(proof(KEEP)))
    assert scaled_gains(faint)[1] == pytest.approx(0.2, abs=0.01)  # 1.0 % on a scale of 5 %


def test_gains_of_a_metric_point_the_other_way() -> None:
    race = replace(CONFIRMED, is_maximized=True, objective="val_accuracy")
    rows, _ = arm_rows(probes_shown(proof(race)))
    assert scaled_gains(rows)[0] < 0


def test_cost_is_said_in_trainings_fits_steps_and_seconds() -> None:
    report = PROBED["probes-confirmed"]
    assert report.probes is not None
    assert cost_line(report, report.probes) == (
        "27 trainings on resampled splits, worth 1.9 fits in time and 27 in steps (6.1 s)"
    )
    by_fit = replace(report.probes, engine="fit", splits="fixed", trials=report.probes.trials[:1])
    assert cost_line(report, by_fit).startswith(
        "1 training by Keras' own fit on the validation rows as they are"
    )


@pytest.mark.parametrize(
    ("epoch", "gain", "said"),
    [
        (12, 0.504, ["Early stopping alone, near epoch 12 of 31, improves the last loss by 50%"]),
        (31, 0.0, ["Early stopping alone is worth nothing: the loss is at its best at the end"]),
        (0, 0.0, []),
        (12, inf, []),
    ],
)
def test_early_stopping_alone_has_its_worth_said(epoch: int, gain: float, said: list[str]) -> None:
    race = replace(KEEP, stopping_epoch=epoch, stopping_gain=gain)
    assert list(reading_lines(probes_shown(proof(race)))) == said


def test_shortened_probes_do_not_tell_what_stopping_is_worth_in_a_full_training() -> None:
    trials = tuple(replace(t, trial=replace(t.trial, epochs=11)) for t in KEEP.trials)
    race = replace(KEEP, trials=trials, stopping_epoch=11, stopping_gain=0.0)
    assert list(reading_lines(probes_shown(proof(race)))) == [
        "What early stopping alone is worth can't be told here: the loss is at its best at epoch "
        "11 of 31, where these probes ended"
    ]
    some = replace(race, stopping_epoch=7, stopping_gain=0.06)
    assert list(reading_lines(probes_shown(proof(some)))) == [
        "Early stopping alone, near epoch 7, improves the loss by 6% against epoch 11 of 31, where "
        "these probes ended"
    ]


def test_a_recipe_that_only_guesses_is_not_told_to_stop() -> None:
    assert list(reading_lines(probes_shown(proof(KEEP), guess=0.52))) == [
        "Your recipe only guesses at its best, near epoch 27 of 31 (the loss of guessing is "
        "0.520): stopping there is no use"
    ]
    assert probes_shown(proof(KEEP), guess=0.7).stopping.guess is None


def test_rows_of_the_screen_are_explained_and_have_no_bars() -> None:
    arms = [
        arm_result({"l2": 0.01}, 1, 0.6, 0.6),
        arm_result({}, 1, 0.521, 1.05),
        arm_result({"l2": 0.1}, 0, 0.3, 0.3),
    ]
    race = outcome(arms, "current", label="keep")
    own = next(each for each in race.trials if each.arm == "current")
    warm = replace(
        own, phase="screen", stopped=1.51, trial=replace(own.trial, start="saved", epochs=2)
    )
    shown = probes_shown(proof(replace(race, trials=(warm, *race.trials))))
    rows, more = arm_rows(shown)
    assert scaled_gains(rows) == [0, -1, 0]
    assert table_note(shown, more).endswith(
        "; screen: trained on from the saved weights, against your recipe trained on likewise for "
        "2 epochs (1.51): another scale, which no figure of the advice rests on"
    )
    bare = probes_shown(proof(KEEP))
    assert "screen" not in table_note(bare, 0)


def turned(change: float, *, is_maximized: bool = False) -> Outcome:
    """Tentative advice whose fresh trainings changed .521 by so much, a loss or a metric."""
    assert TENTATIVE.expected is not None
    expected = replace(
        TENTATIVE.expected, changed=0.521 + change, change=change, low=change - 0.02,
        high=change + 0.02, probability=0.5,
    )  # fmt: skip
    return replace(TENTATIVE, expected=expected, is_maximized=is_maximized)


@pytest.mark.parametrize(
    ("race", "restores", "said"),
    [
        (replace(KEEP, stopping_epoch=8, stopping_gain=0.51), None, "near epoch 8 of 31: -51%"),
        (replace(KEEP, stopping_gain=0.51), False, "near epoch 27 of 31: -51%"),
        (replace(KEEP, stopping_gain=0.51), True, ""),  # the user stops early already
        (KEEP, None, ""),  # worth 2.4 %
        (TENTATIVE, None, "near epoch 12 of 31: -50%"),  # beside a change of 3.5 %
        (replace(CONFIRMED, stopping_gain=0.15), None, ""),  # beside one of 17 %
        (turned(0.302), None, "near epoch 12 of 31: -50%"),  # beside a worsening of 58 %
        (turned(0.302, is_maximized=True), None, ""),  # the same of a metric is a gain
        (turned(-0.302, is_maximized=True), None, "near epoch 12 of 31: +50%"),
    ],
)
def test_stopping_early_stands_in_the_head_where_it_is_worth_more_than_the_rest(
    race: Outcome, restores: bool | None, said: str
) -> None:
    report = probed(healthy(), race)
    if restores is not None:
        known = {"training.restores_best_weights": reading(restores)}
        report = replace(report, evidence={**report.evidence, **known})
    (line,) = [each for each in announcement(report) if each.startswith("Stop early")] or [""]
    assert line == (f"Stop early {said} against the last epoch, by that alone" if said else "")


def test_both_policies_are_shown() -> None:
    first = next(reading_lines(probes_shown(proof(CONFIRMED))))
    # .431 / .521 - 1 = -.173; .47 / 1.05 - 1 = -.552
    assert first == (
        "All its 6 pairs: 0.521 to 0.431 stopped early (-17%), 1.05 to 0.470 at the end (-55%)"
    )


def test_half_rates_are_explained() -> None:
    arm = arm_result({"dropout": 0.4}, 1, 0.4, 0.5)
    (change,) = arm.strategy.changes
    half = replace(arm, strategy=Strategy(changes=(replace(change, to=0.2),)))
    race = outcome([half, arm_result({}, 1, 0.521, 1.0)], "dropout 0.4")
    notes = probes_shown(proof(race, ())).notes
    assert notes == (
        "a dose of dropout means half of it for whole feature maps and recurrent states",
    )


def test_a_likely_loss_in_fresh_trainings_is_not_called_likely_to_help() -> None:
    assert TENTATIVE.expected is not None
    unlucky = replace(TENTATIVE.expected, changed=0.526, change=0.005, low=-0.02, probability=0.3)
    head = announcement(probed(overfitting(), replace(TENTATIVE, expected=unlucky)))
    assert head == (
        "Perhaps add dropout 0.3 to hidden_1 (tentative: all its trainings together support "
        "it, fresh ones alone do not)",
        # .005, -.02 and .01 of .521
        "Fresh trainings alone show no gain: +1.0% (90% interval -3.8% to +1.9%)",
        "Stop early near epoch 12 of 31: -50% against the last epoch, by that alone",
    )


@pytest.mark.parametrize(
    ("race", "is_borne"),
    [
        (turned(0.0), False),  # even chances are no gain
        (turned(-0.001), True),
        (turned(0.001), False),
        (turned(0.001, is_maximized=True), True),
        (turned(-0.001, is_maximized=True), False),
    ],
)
def test_head_and_reason_agree_on_whether_fresh_trainings_bear_the_advice_out(
    race: Outcome, is_borne: bool
) -> None:
    report = probed(overfitting(), race)
    head, expected = announcement(report)[:2]
    assert head.startswith("Add dropout 0.3" if is_borne else "Perhaps add dropout 0.3")
    assert ("fresh ones alone do not" in head) is not is_borne
    assert expected.startswith("Fresh trainings alone show no gain") is not is_borne
    advice = report.recommendation
    assert ("fresh ones alone do not" in advice.why[0]) is not is_borne
    assert (advice.confidence == "low") is not is_borne
