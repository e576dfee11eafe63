from dataclasses import replace

import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Assumed, Missing
from tests.evidence.runs import LOSS, VAL_LOSS, history, reading, run

TRAIN = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.96, 0.98, 1.0)
VALIDATION = (0.5, 0.55, 0.6, 0.65, 0.9, 0.7, 0.71, 0.68, 0.66, 0.7)
LEARNING = run(loss=LOSS, val_loss=VAL_LOSS, accuracy=TRAIN, val_accuracy=VALIDATION)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy.train_last", 0.98),  # median of .96 .98 1
        ("accuracy.val_last", 0.68),  # median of .68 .66 .7
        ("accuracy.val_best", 0.71),  # median of .9 .7 .71: the .9 alone is luck
        ("accuracy.gap", 0.3),
        ("accuracy.gap_best", 0.12),  # epochs 5 to 7: .89 - .77
        ("accuracy.val_spread", 0.4),  # .9 - .5
    ],
)
def test_worked_accuracies(name: str, value: float) -> None:
    assert reading(name, LEARNING) == pytest.approx(value, abs=1e-9)


def test_best_of_a_short_run_is_its_highest() -> None:
    short = run(accuracy=[0.5] * 4, val_accuracy=[0.5, 0.9, 0.6, 0.7])
    assert reading("accuracy.val_best", short) == 0.9


def test_constant_validation_accuracy_has_no_spread() -> None:
    constant = run(accuracy=[0.5, 0.6], val_accuracy=[0.7, 0.7])
    assert reading("accuracy.val_spread", constant) == 0


def test_gap_is_signed() -> None:
    with_dropout = run(accuracy=[0.5], val_accuracy=[0.6])
    assert reading("accuracy.gap", with_dropout) == pytest.approx(-0.1)


def test_gap_lower_bound_of_known_rows() -> None:
    known = replace(LEARNING, n_train=1000, n_val=100)
    # Wilson at 1.645: train .98 of 1000, low = (.98 + .001353 - 1.645 sqrt(.0000196 + 6.765e-7))
    # / 1.002706 = (.981353 - .007408) / 1.002706 = .971317;
    # validation .68 of 100, high = (.68 + .013530 + 1.645 sqrt(.002176 + .00006765)) / 1.027060
    # = (.693530 + .077918) / 1.027060 = .751123
    # .3 - sqrt(.008683^2 + .071123^2) = .3 - .071651
    assert reading("accuracy.gap_lower", known) == pytest.approx(0.228349, abs=2e-5)


def test_gap_lower_bound_takes_training_as_exact_where_its_rows_are_unknown() -> None:
    found = reading("accuracy.gap_lower", replace(LEARNING, n_val=100))
    assert isinstance(found, Assumed)
    assert found.value == pytest.approx(0.3 - 0.071123, abs=2e-5)


def test_gap_lower_bound_without_rows_holds_for_this_set() -> None:
    smooth = [0.5 + 0.02 * i for i in range(10)]
    flat = run(loss=LOSS, val_loss=VAL_LOSS, accuracy=smooth, val_accuracy=[0.5] * 10)
    found = reading("accuracy.gap_lower", flat)
    assert isinstance(found, Assumed)
    assert found.value == pytest.approx(0.16, abs=1e-5)  # .66 - .5, and no jitter at all
    assert found.assumption.startswith("conditional on this validation set")


def test_gap_lower_bound_of_a_short_run_needs_the_rows() -> None:
    found = reading("accuracy.gap_lower", run(accuracy=[0.9] * 3, val_accuracy=[0.7] * 3))
    assert isinstance(found, Missing)
    assert found.needs == "val-size"


@pytest.mark.parametrize(("classes", "chance"), [(2, 0.5), (10, 0.1)])
def test_chance_is_even_among_the_classes(classes: int, chance: float) -> None:
    assert reading("accuracy.chance", replace(LEARNING, classes=classes)) == chance


def test_chance_needs_classes() -> None:
    unknown = reading("accuracy.chance", LEARNING)
    assert isinstance(unknown, Missing)
    assert unknown.needs == "model"
    assert isinstance(reading("accuracy.chance", replace(LEARNING, classes=1)), Missing)


def test_percentages_are_not_taken_for_shares() -> None:
    found = reading("accuracy.gap", run(accuracy=[50.0, 90.0], val_accuracy=[50.0, 70.0]))
    assert found == Missing(reason="accuracy is logged on a scale other than 0 to 1")


def test_gap_at_best_needs_accuracies_there() -> None:
    log = history(loss=LOSS, val_loss=VAL_LOSS, accuracy=[0.9] * 2, val_accuracy=[0.7] * 2)
    found = reading("accuracy.gap_best", Run(history=log))
    assert found == Missing(reason="no accuracy is logged around the best epoch")
