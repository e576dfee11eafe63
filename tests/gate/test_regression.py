"""A run against its baseline: worse or not, row by row where the rows are known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from advisor.errors import InputError, UsageError
from advisor.gate.baseline import Baseline
from advisor.gate.subject import GateSubject
from tests.gate.subjects import EPOCHS, judged, only_check, points, share, sized, subject

FLAT = [1.0] * EPOCHS
# Both 400 rows of an unknown loss: errors of 2 x 1.1 / 20 and 2 x 1.0 / 20, together .1487
UNPAIRED = 1.645 * (0.11**2 + 0.1**2) ** 0.5


def baseline(val_sha256: str | None = None, rows: Sequence[float] | None = None, **more: object):
    curves = {"val_loss": FLAT, **{k: v for k, v in more.items() if "loss" in k or "acc" in k}}
    return Baseline(
        source="main.json",
        run=replace(sized(**curves), model_penalty=more.get("penalty")),  # type: ignore[arg-type]
        val_sha256=val_sha256,
        row_losses=None if rows is None else np.array(rows, dtype=np.float32),
    )


def against(base: Baseline, now: float = 1.1, **known: object) -> GateSubject:
    return subject(sized(val_loss=[now] * EPOCHS), baseline=base, **known)


def test_other_rows_have_the_sampling_error_of_both() -> None:
    check = only_check(against(baseline()), max_regression={"loss": points(0.0)})
    assert (check.outcome, check.measured) == ("inconclusive", pytest.approx(0.1))
    assert (check.low, check.high) == pytest.approx((0.1 - UNPAIRED, 0.1 + UNPAIRED), abs=1e-5)
    assert "a Recorder with rows=True on both sides" in check.message
    assert "the rows are not paired" in (check.assumption or "")


def test_the_same_rows_are_compared_one_by_one() -> None:
    # worse by .1 .05 .15 .1: mean .1, variance .005 / 3, error sqrt(.001667 / 4) = .02041
    before = [0.4, 0.8, 1.2, 1.6]
    now = np.array([0.5, 0.85, 1.35, 1.7], dtype=np.float32)
    of = against(baseline("abc", before), val_sha256="abc", row_losses=now)
    check = only_check(of, max_regression={"loss": points(0.05)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.1))
    assert (check.low, check.high) == pytest.approx(
        (0.1 - 1.645 * 0.02041, 0.1 + 1.645 * 0.02041), abs=1e-4
    )
    # as a share of 1.0 the changes less .1 of each row before: .06 -.03 .03 -.06, variance .003
    check = only_check(of, max_regression={"loss": share(5)})
    assert check.low == pytest.approx(0.1 - 1.645 * (0.003 / 4) ** 0.5, abs=1e-4)


def test_growth_of_the_gap_rests_on_the_same_pairs() -> None:
    # by row .1 .05 .15 .1 as above; the training loss of both is .9, so the gap grows by .1
    now = np.array([0.5, 0.85, 1.35, 1.7], dtype=np.float32)
    base = baseline("abc", [0.4, 0.8, 1.2, 1.6], loss=[0.9] * EPOCHS)
    of = subject(
        sized(loss=[0.9] * EPOCHS, val_loss=[1.1] * EPOCHS),
        baseline=base,
        val_sha256="abc",
        row_losses=now,
    )
    _, growth = judged(of, max_regression={"loss": points(0.05)}).checks
    assert (growth.measured, growth.high) == pytest.approx((0.1, 0.1 + 1.645 * 0.02041), abs=1e-4)
    assert "each of 4 validation rows is compared with itself" in (growth.assumption or "")
    assert "not paired" not in (growth.assumption or "")


def test_the_very_same_model_is_within_a_limit_of_nothing() -> None:
    rows = [0.4, 0.8, 1.2, 1.6]
    of = against(baseline("abc", rows), 1.0, val_sha256="abc", row_losses=np.float32(rows))
    check = only_check(of, max_regression={"loss": points(0)})
    assert (check.low, check.high, check.outcome) == (0.0, 0.0, "pass")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        # worse by -.5 -.55 -.45 -.5, so .5 better with an error of .02041
        ([1.0, 1.4, 1.8, 2.2], "is 0.5 below the baseline's, with 95% certainty by 0.466 or more"),
        # worse by -.05 0 .05 -.04: mean -.01, error .02273; at most .02739 worse
        (
            [0.55, 0.85, 1.3, 1.74],
            "is 0.01 below the baseline's, with 95% certainty worse by no more than 0.0274",
        ),
    ],
)
def test_a_better_run_is_said_to_be_better(before: list[float], said: str) -> None:
    now = np.array([0.5, 0.85, 1.35, 1.7], dtype=np.float32)
    of = against(baseline("abc", before), val_sha256="abc", row_losses=now)
    check = only_check(of, max_regression={"loss": points(0.05)})
    assert check.outcome == "pass"
    assert said in check.message


def test_rows_of_an_unknown_set_are_not_paired() -> None:
    now = np.array([0.5, 0.9], dtype=np.float32)
    of = against(baseline(None, [0.4, 0.8]), val_sha256="abc", row_losses=now)
    result = judged(of, max_regression={"loss": points(0.0)})
    assert "not paired" in (result.checks[0].assumption or "")
    assert "not known" in result.warnings[0]


def test_without_a_limit_the_run_may_be_no_worse_beyond_noise() -> None:
    check = only_check(against(baseline()))
    assert (check.id, check.limit, check.outcome) == ("regression.loss", 0.0, "inconclusive")
    check = only_check(against(baseline(), now=2.0))
    assert check.outcome == "fail"
    assert "over the limit of 0%. No max-regression is set, so" in check.message
    assert only_check(against(baseline(), now=0.5)).outcome == "pass"
    same = only_check(against(baseline(), now=1.0))
    assert same.outcome == "pass"
    assert same.message.startswith(
        "Validation loss equals the baseline's, no worse than the baseline."
    )


def test_higher_is_better_for_accuracies() -> None:
    base = baseline(val_accuracy=[0.9] * EPOCHS)
    of = subject(sized(5000, val_loss=FLAT, val_accuracy=[0.85] * EPOCHS), baseline=base)
    check = only_check(of, max_regression={"accuracy": points(0.01)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.05))
    assert "Validation accuracy is 0.05 below the baseline's" in check.message


def test_known_penalties_are_no_part_of_the_comparison() -> None:
    of = subject(
        replace(sized(val_loss=[1.1] * EPOCHS), model_penalty=0.4), baseline=baseline(penalty=0.1)
    )
    assert only_check(of).measured == pytest.approx((0.7 - 0.9) / 0.9)


def test_a_penalty_on_one_side_alone_can_not_be_told() -> None:
    of = subject(replace(sized(val_loss=[1.1] * EPOCHS), model_penalty=0.4), baseline=baseline())
    check = only_check(of)
    assert check.outcome == "inconclusive"
    assert "the L1/L2 penalty in the baseline's loss is not known" in check.message


def test_growth_of_the_gap_has_the_same_limit() -> None:
    base = baseline(loss=[0.9] * EPOCHS)  # a gap of .1; the run's is 1.0 - .4
    of = subject(sized(10**6, loss=[0.4] * EPOCHS, val_loss=FLAT), baseline=base)
    worse, growth = judged(of, max_regression={"loss": share(30)}).checks
    assert (worse.id, worse.outcome) == ("regression.loss", "pass")
    assert (growth.id, growth.outcome) == ("gap-growth.loss", "fail")
    assert growth.measured == pytest.approx(0.5)
    assert growth.message.startswith(
        "The gap in loss grew by 50% of the baseline's validation loss since the baseline"
    )


def test_a_gap_may_grow_where_validation_is_surely_better() -> None:
    base = baseline(loss=[0.9] * EPOCHS)
    of = subject(sized(loss=[0.01] * EPOCHS, val_loss=[0.5] * EPOCHS), baseline=base)
    worse, growth = judged(of, max_regression={"loss": share(10)}).checks
    assert (worse.high or 0) < 0
    assert (growth.measured, growth.outcome) == (pytest.approx(0.39), "pass")
    assert "validation itself is better" in growth.message


def test_accuracy_of_the_same_rows_is_said_to_be_compared_unpaired() -> None:
    curves = {"val_loss": FLAT, "val_accuracy": [0.8] * EPOCHS}
    base = replace(baseline("abc", [1.0, 2.0]), run=sized(**curves))
    rows = np.array([1.0, 2.0], dtype=np.float32)
    limits = {"accuracy": points(0.2), "loss": points(9)}
    of = subject(sized(**curves), baseline=base, val_sha256="abc", row_losses=rows)
    accuracy, loss = judged(of, max_regression=limits).checks
    said = "only losses are kept for each row: accuracy is compared unpaired."
    assert accuracy.message.endswith(said)
    # .8 of 400 rows twice: 1.645 sqrt(2 x .16 / 400) = .0465
    assert accuracy.high == pytest.approx(0.0465, abs=1e-4)
    assert "unpaired" not in loss.message
    other = replace(of, val_sha256=None)  # a warning says that they may be other rows
    assert not any(
        "unpaired" in each.message for each in judged(other, max_regression=limits).checks
    )


def test_a_metric_that_the_baseline_lacks_can_not_be_told() -> None:
    of = subject(sized(val_loss=FLAT, val_auc=FLAT), baseline=baseline())
    check = only_check(of, max_regression={"auc": points(0.1)})
    assert check.outcome == "inconclusive"
    assert "the baseline has no validation auc: write it again" in check.message


def test_a_share_of_a_baseline_of_nothing_can_not_be_told() -> None:
    base = replace(baseline(), run=sized(val_loss=[-1.0] * EPOCHS))
    assert "share of it has no meaning" in only_check(against(base)).message
    check = only_check(against(base), max_regression={"loss": points(5)})
    assert check.measured == pytest.approx(2.1)


def test_other_rows_or_other_data_are_refused() -> None:
    of = against(baseline("abc"), val_sha256="abd")
    with pytest.raises(InputError, match=r"main.json: was made on other validation rows \(abc\)"):
        judged(of)
    base = replace(baseline("abc"), data_sha256="old")
    with pytest.raises(InputError, match="was made on other data"):
        judged(against(base, data_sha256="new"))
    # the same validation rows beside other training rows are comparable
    judged(against(base, val_sha256="abc", data_sha256="new"))


def test_unknown_rows_of_other_numbers_are_warned_of() -> None:
    of = subject(sized(300, val_loss=FLAT), baseline=baseline())
    (warning,) = judged(of).warnings
    assert "(400 rows then, 300 now)" in warning


def test_a_first_run_warns_and_keeps_to_the_other_limits(tmp_path) -> None:  # type: ignore[no-untyped-def]
    of = sized(val_loss=FLAT)
    result = judged(of, baseline=tmp_path / "main.json", max_rebound={"loss": points(9)})
    assert (result.outcome, len(result.checks)) == ("pass", 1)
    assert result.warnings == (
        "There is no baseline of this run in main.json yet, so nothing is compared with it; write"
        " it with advisor baseline write.",
    )


def test_a_limit_on_regression_takes_a_baseline() -> None:
    of = sized(val_loss=FLAT)
    with pytest.raises(UsageError, match="--max-regression: needs a baseline"):
        judged(of, max_regression={"loss": points(0)})
    result = judged(of, max_regression={"loss": points(0)}, max_rebound={"loss": points(9)})
    assert result.warnings == ("max-regression is not checked: it needs a baseline.",)
