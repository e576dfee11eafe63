"""The gap between training and validation under the weights that ship, worked out by hand."""

from dataclasses import replace

import pytest

from advisor.errors import UsageError
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

FLAT = [0.8] * EPOCHS
HALF = 1.645 * 0.11  # 400 rows vary by 2 x 1.1: an error of 2.2 / 20 = .11


def test_a_gap_in_the_loss_has_the_whole_sampling_error() -> None:
    of = sized(loss=FLAT, val_loss=REBOUND)  # 1.1 - .8
    check = only_check(of, max_gap={"loss": points(0.1)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.3))
    assert (check.low, check.high) == pytest.approx((0.3 - HALF, 0.3 + HALF), abs=1e-5)
    assert check.message == (
        "Validation loss is 0.3 above training loss, with 95% certainty by 0.119 or more, over"
        " the limit of 0.1."
    )


def test_a_share_is_of_the_training_loss() -> None:
    check = only_check(sized(loss=FLAT, val_loss=REBOUND), max_gap={"loss": share(30)})
    assert (check.outcome, check.measured) == ("inconclusive", pytest.approx(0.375))
    assert check.low == pytest.approx(0.375 - HALF / 0.8, abs=1e-5)


def test_a_penalty_is_in_both_losses_and_no_part_of_the_share() -> None:
    of = replace(sized(loss=FLAT, val_loss=REBOUND), model_penalty=0.3)
    assert only_check(of, max_gap={"loss": points(1)}).measured == pytest.approx(0.3)
    assert only_check(of, max_gap={"loss": share(1)}).measured == pytest.approx(0.3 / 0.5)


def test_accuracies_have_newcombes_interval() -> None:
    # Wilson at 1.645: .9 of 1,000 rows reaches down to .8833, .8 of 200 up to .8424:
    # .1 - sqrt(.0167^2 + .0424^2) = .0544
    of = sized(200, 1000, val_loss=REBOUND, accuracy=[0.9] * EPOCHS, val_accuracy=[0.8] * EPOCHS)
    check = only_check(of, max_gap={"accuracy": points(0.05)})
    assert (check.outcome, check.measured) == ("fail", pytest.approx(0.1))
    assert check.low == pytest.approx(0.0544, abs=1e-4)
    assert "Validation accuracy is 0.1 below training accuracy" in check.message


def test_validation_better_than_training_is_no_gap() -> None:
    of = sized(loss=[1.5] * EPOCHS, val_loss=REBOUND)
    check = only_check(of, max_gap={"loss": points(0)})
    assert (check.outcome, check.measured) == ("pass", pytest.approx(-0.4))
    assert "is 0.4 below training loss" in check.message


def test_recorded_rows_tell_their_own_spread() -> None:
    # the rows end at .4 .9 1.4 1.7: mean 1.1, variance .3267, error sqrt(.3267 / 4) = .2858
    of = recorded(
        sized(loss=FLAT, val_loss=REBOUND),
        rows=rows_of((0.4, 0.8, 1.2, 1.6), (0.4, 0.9, 1.4, 1.7)),
    )
    check = only_check(of, max_gap={"loss": points(0.1)})
    assert check.low == pytest.approx(0.3 - 1.645 * 0.2858, abs=1e-3)


def test_a_clean_training_loss_takes_the_place_of_the_logged_one() -> None:
    # of the saved weights, without their penalty of .2: validation is 1.1 - .2 without it
    of = recorded(
        replace(sized(loss=FLAT, val_loss=REBOUND), model_penalty=0.2),
        clean_train_loss=0.5,
        clean_train_accuracy=0.7,
        uses_class_weight=True,
    )
    check = only_check(of, max_gap={"loss": points(0.1)})
    assert check.measured == pytest.approx(0.4)
    assert "as logged" not in (check.assumption or "")


def test_a_clean_training_accuracy_is_the_accuracys() -> None:
    of = recorded(
        sized(val_loss=REBOUND, accuracy=[0.6] * EPOCHS, val_accuracy=stepping(0.7, 0.8)),
        clean_train_accuracy=0.95,
    )
    check = only_check(of, max_gap={"accuracy": points(0.5)})
    assert check.measured == pytest.approx(0.15)


@pytest.mark.parametrize("weights", ["uses_class_weight", "uses_sample_weight"])
def test_a_weighted_training_loss_tells_no_gap(weights: str) -> None:
    of = recorded(sized(loss=FLAT, val_loss=REBOUND), **{weights: True})
    check = only_check(of, max_gap={"loss": points(0.1)})
    assert check.outcome == "inconclusive"
    assert "evaluate_train=True" in check.message


def test_a_gap_takes_a_training_curve() -> None:
    with pytest.raises(UsageError, match="--max-gap loss: history has no training loss"):
        only_check(sized(val_loss=REBOUND), max_gap={"loss": points(0.1)})


def test_a_share_of_a_training_loss_of_nothing_can_not_be_told() -> None:
    check = only_check(sized(loss=[0.0] * EPOCHS, val_loss=REBOUND), max_gap={"loss": share(5)})
    assert check.outcome == "inconclusive"
    assert "share of it has no meaning" in check.message
