"""The rebound of what ships from its best, and its bounds, worked out by hand."""

from dataclasses import replace

import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Assumed
from advisor.inputs.record import RowLosses
from tests.evidence.runs import reading
from tests.gate.subjects import (
    EPOCHS,
    REBOUND,
    only_check,
    points,
    recorded,
    rows_of,
    share,
    sized,
    stepping,
)

# 400 rows of an unknown loss vary by 2 times the mean of 1.1: (2 x 1.1)^2 / 400 = .0121. Of that
# .1225 stays in a still curve: sqrt(.1225 x .0121) = .0385, times 1.645 = .06333; and .5 in a
# rebound of its own size: .00605, half of it times 1.645^2 = .00819. So the bounds are
# .1 + .00819 -+ sqrt(.00819^2 + 2 x .00819 x .1 + .06333^2) = .10819 -+ .07560.
LOW, HIGH = 0.03259, 0.18378


@pytest.mark.parametrize(
    ("limit", "outcome"), [(3, "fail"), (5, "inconclusive"), (18, "inconclusive"), (19, "pass")]
)
def test_bounds_decide_between_three_outcomes(limit: float, outcome: str) -> None:
    check = only_check(sized(val_loss=REBOUND), max_rebound={"loss": share(limit)})
    assert check.outcome == outcome
    assert check.measured == pytest.approx(0.1)
    assert (check.low, check.high) == pytest.approx((LOW, HIGH), abs=2e-5)
    assert check.smallest_visible == pytest.approx(0.06333, abs=2e-5)


def test_inconclusive_says_what_rows_can_show_and_how_many_would_tell() -> None:
    check = only_check(sized(val_loss=REBOUND), max_rebound={"loss": share(5)})
    # .05 apart / 1.645 = .0304; the rows' error is sqrt(.0385^2 + .00605 x .1) = .0457:
    # 400 x (.0457 / .0304)^2 = 904 rows, rounded up
    assert check.message == (
        "Validation loss ends 10% above its best, but noise allows anything from 3.3% to 18%, and"
        " the limit of 5% is in between: the smallest rebound that 400 validation rows can show is"
        " 6.3%; about 910 rows, or a Recorder with rows=True, would decide it."
    )


def test_an_absolute_limit_is_in_the_unit_of_the_loss() -> None:
    # twice as high a curve has twice the bounds
    check = only_check(sized(val_loss=stepping(2.0, 2.2)), max_rebound={"loss": points(0.06)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.2))
    assert (check.low, check.high) == pytest.approx((2 * LOW, 2 * HIGH), abs=5e-5)


def test_cross_entropies_and_measured_spreads_have_their_own_part() -> None:
    # a cross-entropy: .0625 in place of .1225: 1.645 sqrt(.0625 x .0121) = .04524
    of = replace(sized(val_loss=REBOUND), loss_name="binary_crossentropy")
    check = only_check(of, max_rebound={"loss": share(5)})
    assert check.smallest_visible == pytest.approx(0.04524, abs=2e-5)
    # as is a loss of unknown name beside accuracies: 1.5 / (.25 + 1 / 400) - 1 = 4.941, the root
    # of which is 2.223: 1.645 x .25 x 2.223 x 1.1 / 20
    accuracies = {"accuracy": [0.75] * EPOCHS, "val_accuracy": [0.75] * EPOCHS}
    check = only_check(sized(val_loss=REBOUND, **accuracies), max_rebound={"loss": share(5)})
    assert check.smallest_visible == pytest.approx(0.05028, abs=2e-5)
    # measured as 1.5 times the mean: 1.96 x .0625 of (1.5 x 1.1)^2 / 400: .0289, times 1.645
    check = only_check(replace(of, row_loss_cv=1.5), max_rebound={"loss": share(5)})
    assert check.smallest_visible == pytest.approx(0.0475, abs=2e-5)


def test_accuracy_rebounds_downwards() -> None:
    # .8 of 2,000 rows: sqrt(.2 x .8 / 2000) = .00894, of which .9: .00805; times 1.645: .01324
    of = sized(2000, val_loss=REBOUND, val_accuracy=stepping(0.85, 0.8))
    check = only_check(of, max_rebound={"accuracy": points(0.03)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.05))
    assert (check.low, check.high) == pytest.approx((0.05 - 0.01324, 0.05 + 0.01324), abs=1e-5)
    assert "Validation accuracy ends 0.05 below its best" in check.message


def test_without_a_number_of_rows_the_bounds_are_of_this_validation_set() -> None:
    check = only_check(sized(None, val_loss=REBOUND), max_rebound={"loss": share(9.9)})
    assert check.outcome == "fail"
    assert check.assumption is not None
    assert check.assumption.startswith("conditional on this validation set: its size is not known")


def test_a_metric_whose_rows_are_unknown_has_its_own_condition() -> None:
    of = sized(val_loss=REBOUND, val_auc=stepping(0.9, 0.8))
    check = only_check(of, max_rebound={"auc": points(0.09)})
    assert check.outcome == "fail"
    assert "how auc varies by row is not known" in (check.assumption or "")


def test_losses_per_row_are_paired_and_free_of_the_penalty() -> None:
    # last - 1.1 best of the four rows: -.04 .02 .08 -.06, sum 0, squares .012: variance .004,
    # error sqrt(.004 / 4) = .03162; skewness .00006 / .004^1.5 = .2372 widens the upper side by
    # .2372 / (6 x 2) x (1 + 2 x 1.645^2) = .1267 errors
    rows = rows_of((0.4, 0.8, 1.2, 1.6), (0.4, 0.9, 1.4, 1.7))
    of = recorded(sized(val_loss=stepping(5.0, 5.0)), rows=rows)
    check = only_check(of, max_rebound={"loss": share(4)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.1))
    assert check.low == pytest.approx(0.1 - 1.645 * 0.03162, abs=2e-5)
    assert check.high == pytest.approx(0.1 + 1.7717 * 0.03162, abs=2e-5)
    assert check.assumption == (
        "each of 4 validation rows is compared with itself; the validation loss is used without"
        " any L1/L2 penalty, as the mean of the recorded rows"
    )


def test_rows_that_move_together_leave_no_sampling_error() -> None:
    rows = rows_of((0.4, 0.8, 1.2, 1.6), (0.44, 0.88, 1.32, 1.76))
    check = only_check(recorded(sized(val_loss=REBOUND), rows=rows), max_rebound={"loss": share(9)})
    assert check.outcome == "fail"
    assert (check.low, check.high) == pytest.approx((0.1, 0.1), abs=1e-5)


def test_rows_with_an_epoch_missing_fall_back_on_the_assumption() -> None:
    full = rows_of((0.4, 1.6), (0.4, 1.8))
    part = RowLosses(epochs=full.epochs[:8], losses=full.losses[:8])
    check = only_check(recorded(sized(val_loss=REBOUND), rows=part), max_rebound={"loss": share(5)})
    assert check.measured == pytest.approx(0.1)  # of the whole curve, as logged
    assert (check.low, check.high) == pytest.approx((LOW, HIGH), abs=2e-5)


def test_the_weights_of_the_saved_epoch_are_judged() -> None:
    # the window around epoch 5 starts 3 epochs, one window, after the first of equal ones: a third
    # of .1225 x (2 x 1.0)^2 / 400 is the still part, .00040833, and .5 x .01 the swell:
    # 1.645^2 x .005 / 2 = .00677, and .00677 + sqrt(.00677^2 + 1.645^2 x .00040833) = .04069
    of = recorded(sized(val_loss=REBOUND), saved_epoch=5)
    check = only_check(of, max_rebound={"loss": share(5)})
    assert (check.outcome, check.measured) == ("pass", 0.0)
    assert check.high == pytest.approx(0.04069, abs=2e-5)
    assert "(judged at epoch 5, whose weights were saved)" in check.message


def test_the_last_epoch_is_judged_where_it_was_saved() -> None:
    of = recorded(sized(val_loss=REBOUND), saved_epoch=EPOCHS)
    check = only_check(of, max_rebound={"loss": share(3)})
    assert check.outcome == "fail"
    assert "judged" not in check.message


def test_what_the_penalty_may_have_added_is_no_rebound_for_sure() -> None:
    # all of .1 but .06 is certain: .04 - .06333 is below 0; the upper bound keeps all of it
    of = replace(sized(val_loss=REBOUND), model_penalty=0.06)
    check = only_check(of, max_rebound={"loss": share(3)})
    assert check.outcome == "inconclusive"
    assert (check.low, check.high) == pytest.approx((0.04 - 0.06333, HIGH), abs=2e-5)
    assert "penalty" in (check.assumption or "")


def test_noise_of_the_curve_alone_never_fails() -> None:
    noisy = [1.0, 1.4, 0.9, 1.2, 0.7, 1.3, 0.8, 1.1, 1.5, 0.9, 1.2, 0.8, 1.0, 1.5, 1.3, 1.4]
    check = only_check(sized(10**9, val_loss=noisy), max_rebound={"loss": points(0)})
    assert (check.measured or 0) > 0.1
    assert check.outcome == "inconclusive"
    assert "a steadier curve" in check.message


@pytest.mark.parametrize(
    "of",
    [
        sized(val_loss=REBOUND),
        replace(sized(val_loss=REBOUND), model_penalty=0.06, initial_penalty=0.01),
        replace(sized(val_loss=REBOUND), loss_name="binary_crossentropy", row_loss_cv=1.5),
        sized(None, val_loss=REBOUND),
        recorded(sized(val_loss=REBOUND), rows=rows_of((0.4, 0.8, 1.2, 1.6), (0.4, 0.9, 1.4, 1.7))),
    ],
    ids=["rows counted", "penalty", "spread measured", "rows unknown", "paired"],
)
def test_the_evidence_has_the_gates_own_bounds(of: Run) -> None:
    check = only_check(of, max_rebound={"loss": share(5)})
    found = [reading(f"rebound.{name}", of) for name in ("lower", "upper", "smallest_visible")]
    values = [each.value if isinstance(each, Assumed) else each for each in found]
    assert values == [check.low, check.high, check.smallest_visible]
    for each in found:
        assert not isinstance(each, Assumed) or each.assumption == check.assumption


@pytest.mark.parametrize("before", [0.0, -1.0])
def test_a_share_of_nothing_can_not_be_told(before: float) -> None:
    of = sized(val_loss=stepping(before, before + 0.1))
    check = only_check(of, max_rebound={"loss": share(5)})
    assert check.outcome == "inconclusive"
    assert "so a share of it has no meaning: give a max-rebound in the metric's own unit" in (
        check.message
    )
    assert only_check(of, max_rebound={"loss": points(5)}).outcome == "pass"


def test_too_few_epochs_can_not_be_told() -> None:
    check = only_check(sized(val_loss=[1.0, 0.9, 1.5]), max_rebound={"loss": share(5)})
    assert check.outcome == "inconclusive"
    assert "has 3 finite epochs; it takes 6 to estimate noise" in check.message
