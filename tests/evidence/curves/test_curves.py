from dataclasses import replace
from math import nan

import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Assumed, Missing
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, history, reading, run

EVERY_SECOND = run(every=2, loss=[1 - 0.01 * i for i in range(20)], val_loss=VAL_LOSS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("history.epochs", 10),
        ("history.has_validation", True),
        ("history.validation_points", 10),
        ("history.validation_every", 1),
        ("history.has_accuracy", False),
        ("loss.train_first", 0.9),  # median of 1.1 .9 .7
        ("loss.train_last", 0.16),  # median of .2 .16 .12
        ("loss.train_min", 0.12),
        ("loss.val_first", 0.8),
        ("loss.val_last", 0.72),
        ("loss.val_min", 0.5),
        ("best.epoch", 6),
        ("best.fraction", 0.6),
        ("noise.relative", 0.036544),  # .0228399 / .625
        ("progress.train", 0.822222),  # (.9 - .16) / .9
        ("progress.val", 0.1),  # (.8 - .72) / .8
    ],
)
def test_worked_run(name: str, value: float) -> None:
    assert reading(name, WORKED) == pytest.approx(value, abs=1e-6)


def test_validation_every_second_epoch_counts_in_epochs() -> None:
    assert reading("history.epochs", EVERY_SECOND) == 20
    assert reading("history.validation_points", EVERY_SECOND) == 10
    assert reading("history.validation_every", EVERY_SECOND) == 2
    assert reading("best.epoch", EVERY_SECOND) == 12  # the sixth validation
    assert reading("best.fraction", EVERY_SECOND) == 0.6


def test_one_validation_has_no_interval() -> None:
    assert isinstance(reading("history.validation_every", run(val_loss=[0.5])), Missing)


def test_accuracy_is_there_only_with_both_sides() -> None:
    both = run(loss=LOSS, val_loss=VAL_LOSS, accuracy=[0.5], val_accuracy=[0.4])
    assert reading("history.has_accuracy", both) is True
    one = run(loss=LOSS, val_loss=VAL_LOSS, accuracy=[0.5])
    assert reading("history.has_accuracy", one) is False


def test_last_values_skip_the_epochs_that_are_not_finite() -> None:
    broken = run(loss=(*LOSS, nan, nan), val_loss=(*VAL_LOSS, nan, nan))
    assert reading("loss.train_last", broken) == pytest.approx(0.16)
    assert reading("best.epoch", broken) == 6


def test_history_without_a_training_loss_says_so() -> None:
    found = reading("loss.train_last", run(val_loss=VAL_LOSS))
    assert found == Missing(reason="the history has no training loss", needs="history")


def test_penalty_of_the_saved_weights_is_taken_off_the_last_loss() -> None:
    known = replace(WORKED, model_penalty=0.05)
    assert reading("loss.train_data_last", known) == pytest.approx(0.16 - 0.05)
    assert reading("loss.val_data_last", known) == pytest.approx(0.72 - 0.05)


def test_unknown_penalty_needs_the_model() -> None:
    found = reading("loss.val_data_last", WORKED)
    assert isinstance(found, Missing)
    assert found.needs == "model"


def test_penalty_above_the_whole_loss_belongs_to_another_epoch() -> None:
    found = reading("loss.train_data_last", replace(WORKED, model_penalty=0.2))
    assert isinstance(found, Missing)
    assert "0.2, above the whole last loss of 0.16" in found.reason
    assert found.needs is None


def test_logged_learning_rate_goes_before_the_optimizer_s() -> None:
    log = history(loss=[0.3, 0.2], learning_rate=[0.01, 0.001])
    known = Run(history=log, learning_rate=0.5)
    assert reading("learning_rate.first", known) == 0.01
    assert reading("learning_rate.last", known) == 0.001


def test_saved_learning_rate_is_the_last_and_assumed_to_be_the_first() -> None:
    known = Run(history=None, learning_rate=0.5)
    assert reading("learning_rate.last", known) == 0.5
    first = reading("learning_rate.first", known)
    assert isinstance(first, Assumed)
    assert first.value == 0.5


def test_loss_that_starts_at_zero_has_no_progress() -> None:
    assert isinstance(reading("progress.train", run(loss=[0.0, 1.0])), Missing)
