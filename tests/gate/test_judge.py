"""The decision on a run: verdicts, waivers, the worst outcome, what can't be gated on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from advisor.errors import InputError, UsageError
from advisor.evidence.curves.run import Run
from advisor.rulebook.rule import Severity, VerdictName
from advisor.settings.gate import Waiver
from tests.evidence.runs import history
from tests.gate.subjects import (
    EPOCHS,
    REBOUND,
    TODAY,
    judged,
    only_check,
    points,
    share,
    sized,
    stepping,
    subject,
)

FLAT = [1.0] * EPOCHS
SURE = 10**8  # rows: no sampling error to speak of
CERTAIN = sized(SURE, val_loss=REBOUND)  # a rebound of 10 %


@pytest.mark.parametrize(
    ("name", "severity", "level", "outcome"),
    [
        ("overfitting", "moderate", "mild", "fail"),
        ("overfitting", "mild", "mild", "fail"),
        ("overfitting", "moderate", "moderate", "inconclusive"),  # on the limit of 10 %
        ("overfitting", "severe", "severe", "pass"),  # the rebound is surely below 20 %
        ("underfitting", "none", "mild", "inconclusive"),  # a rebound, but no overfitting
        ("undecided", "none", "mild", "inconclusive"),
        ("diverged", "severe", "severe", "fail"),
    ],
)
def test_fail_on_takes_the_verdict_and_the_rebound(
    name: VerdictName, severity: Severity, level: str, outcome: str
) -> None:
    check = only_check(subject(CERTAIN, name, severity), fail_on=level)
    assert (check.id, check.kind, check.outcome) == ("severity", "severity", outcome)
    assert check.limit == {"mild": 0.05, "moderate": 0.10, "severe": 0.20}[level]


def test_overfitting_that_accuracy_does_not_feel_is_below_the_level() -> None:
    of = subject(sized(SURE, val_loss=stepping(1.0, 1.5)), "overfitting", "mild")
    check = only_check(of, fail_on="severe")
    assert check.outcome == "pass"
    assert "max-rebound limits the loss whatever the verdict" in check.message


def test_memorising_alone_never_fails() -> None:
    of = subject(sized(SURE, val_loss=FLAT), "overfitting", "moderate")
    assert only_check(of, fail_on="mild").outcome == "pass"


def test_refused_verdicts_fail_and_an_open_one_leaves_them_open() -> None:
    of = subject(CERTAIN, "underfitting")
    verdicts = ("underfitting", "over-regularized")
    first, second = judged(of, fail_on_verdict=verdicts).checks
    assert (first.id, first.outcome) == ("verdict.underfitting", "fail")
    assert (second.id, second.outcome) == ("verdict.over-regularized", "pass")
    of = subject(CERTAIN, "undecided")
    assert only_check(of, fail_on_verdict=("diverged",)).outcome == "inconclusive"


def test_the_worst_check_is_the_outcome() -> None:
    of = sized(val_loss=REBOUND)
    passing, open_, failing = ({"loss": share(limit)} for limit in (50, 5, 1))
    result = judged(of, max_rebound=passing)
    assert (result.outcome, result.is_failed) == ("pass", False)
    result = judged(of, max_rebound=open_)
    assert (result.outcome, result.is_failed) == ("inconclusive", False)
    result = judged(of, max_rebound=open_, inconclusive="fail")
    assert (result.outcome, result.is_failed) == ("inconclusive", True)
    result = judged(of, max_rebound=failing)
    assert (result.outcome, result.is_failed) == ("fail", True)


def waiver(days: int, check: str = "rebound.loss", model: str | None = None) -> Waiver:
    return Waiver(check=check, reason="known", expires=TODAY + timedelta(days=days), model=model)


def test_a_waiver_lets_off_until_its_day_is_over() -> None:
    failing = {"loss": share(1)}
    result = judged(CERTAIN, max_rebound=failing, waivers=(waiver(0),))
    (check,) = result.checks
    assert (check.outcome, result.outcome, result.is_failed) == ("waived", "pass", False)
    assert check.waived is not None
    assert (check.waived.reason, check.waived.expires) == ("known", "2030-06-15")


def test_an_expired_waiver_fails_even_where_the_check_passes() -> None:
    result = judged(CERTAIN, max_rebound={"loss": share(50)}, waivers=(waiver(-1),))
    passed, expired = result.checks
    assert passed.outcome == "pass"
    assert (expired.id, expired.kind, expired.outcome) == ("waiver.rebound.loss", "waiver", "fail")
    assert expired.message == (
        "The waiver of rebound.loss (known) expired on 2030-06-14: fix what it waived, or renew"
        " or remove it in [tool.advisor.gate]."
    )
    assert result.is_failed


def test_a_renewed_waiver_beside_an_expired_one_of_the_same_check_holds() -> None:
    both = (waiver(-1), waiver(30))
    result = judged(CERTAIN, max_rebound={"loss": share(1)}, waivers=both)
    assert [check.outcome for check in result.checks] == ["waived"]


def test_inconclusive_checks_are_waived_too_and_passing_ones_are_left() -> None:
    of = sized(val_loss=REBOUND)
    waivers = (waiver(1),)
    assert only_check(of, max_rebound={"loss": share(5)}, waivers=waivers).outcome == "waived"
    assert only_check(of, max_rebound={"loss": share(50)}, waivers=waivers).outcome == "pass"


@pytest.mark.parametrize("glob", ["tiny*", "models/*.keras", "m.keras", "logs/*", "h.json", None])
def test_a_waiver_goes_by_the_runs_name_or_the_path_of_a_file(glob: str | None) -> None:
    of = subject(CERTAIN, model="models/m.keras", history="logs\\h.json")
    of = replace(of, name="tiny-1")
    check = only_check(of, max_rebound={"loss": share(1)}, waivers=(waiver(1, model=glob),))
    assert check.outcome == "waived"


def test_a_waiver_of_another_model_is_none_of_this_runs_business() -> None:
    waivers = (waiver(1, model="large*"), waiver(-1, model="large*"))
    check = only_check(CERTAIN, max_rebound={"loss": share(1)}, waivers=waivers)
    assert check.outcome == "fail"


def test_a_waiver_of_a_check_that_was_not_made_is_said() -> None:
    result = judged(CERTAIN, max_rebound={"loss": share(50)}, waivers=(waiver(1, "severity"),))
    assert result.warnings == ("The waiver of severity has no effect: no such check was made.",)


def test_an_unknown_number_of_rows_is_warned_of() -> None:
    (warning,) = judged(sized(None, val_loss=FLAT), max_rebound={"loss": share(5)}).warnings
    assert "--val-size" in warning


def test_caps_need_a_metric_that_is_logged_and_has_a_direction() -> None:
    of = sized(val_loss=FLAT, val_accuracy=FLAT)
    with pytest.raises(
        UsageError, match="--max-rebound auc: history has no validation auc, only accuracy, loss"
    ):
        judged(of, max_rebound={"auc": points(0.1)})
    assert of.history is not None
    open_ = replace(of, history=replace(of.history, directions={"loss": "min"}))
    with pytest.raises(
        UsageError, match="--max-gap accuracy: .* say so with --metric accuracy:max"
    ):
        judged(open_, max_gap={"accuracy": points(0.1)})


@pytest.mark.parametrize("cap", ["max_rebound", "max_gap"])
def test_a_cap_that_no_share_of_rows_can_exceed_is_an_error(cap: str) -> None:
    curves = {"accuracy": [0.9] * 20, "val_accuracy": [0.8] * 20}
    flag = f"--{cap.replace('_', '-')} accuracy"
    with pytest.raises(
        UsageError, match=f"{flag}: .* no two values differ by 5; write 0.05, or 5%"
    ):
        judged(sized(**curves), {cap: {"accuracy": points(5)}})
    assert judged(sized(**curves), {cap: {"accuracy": share(500)}}).checks
    in_percent = {name: [100 * each for each in curve] for name, curve in curves.items()}
    assert judged(sized(**in_percent), {cap: {"accuracy": points(5)}}).checks


def test_nothing_to_gate_on_is_an_error() -> None:
    with pytest.raises(UsageError, match="judges a training history"):
        judged(subject(Run(history=None)), fail_on_verdict=("diverged",))
    with pytest.raises(InputError, match="history: has no validation metric to gate on"):
        judged(subject(Run(history=history(loss=FLAT))), fail_on="mild")
    with pytest.raises(UsageError, match="--fail-on mild: history has no validation loss"):
        judged(sized(val_accuracy=FLAT), fail_on="mild")


def test_the_date_is_the_callers() -> None:
    from advisor.gate.judge import judge
    from advisor.settings.settings import GateSettings

    gate = GateSettings(max_rebound={"loss": share(1)}, waivers=(waiver(0),))
    outcomes = [
        judge(subject(CERTAIN), gate, today=day).outcome
        for day in (date(2000, 1, 1), TODAY, TODAY + timedelta(days=1))
    ]
    assert outcomes == ["pass", "pass", "fail"]
