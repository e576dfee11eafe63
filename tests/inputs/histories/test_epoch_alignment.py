"""Epoch alignment: validation every few epochs, resumed runs, steps that aren't epochs."""

import pytest

from advisor.errors import InputError
from advisor.inputs.history import History, history_from


def with_validation(train: int, validation: int, **extra: object) -> History:
    values = [float(at) for at in range(train)]
    return history_from({"loss": values, "val_loss": values[:validation], **extra})


@pytest.mark.parametrize(
    ("train", "validation", "epochs"),
    [
        (4, 4, (1, 2, 3, 4)),
        (4, 2, (2, 4)),  # validation_freq=2
        (5, 2, (2, 4)),  # stopped after epoch 5: 5 // 2 = 2
        (40, 13, tuple(range(3, 40, 3))),  # 40 // 3 = 13
        (6, 1, (6,)),  # 4, 5 and 6 would all validate once; 6 does so after the last epoch
        (12, 2, (6, 12)),  # 5 and 6 would both validate twice
    ],
)
def test_fewer_validation_values_are_placed_as_keras_logs_them(
    train: int, validation: int, epochs: tuple[int, ...]
) -> None:
    history = with_validation(train, validation)
    assert history.validation["loss"].epochs == epochs
    assert bool(history.notes) == (train != validation)


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        (40, 12),  # 40 // 3 = 13, 40 // 4 = 10
        (40, 39),  # cut short by one
        (13, 2),  # 5 and 6 would both validate twice, neither after epoch 13
    ],
)
def test_validation_that_fits_no_frequency_is_refused(train: int, validation: int) -> None:
    with pytest.raises(InputError, match=f"'val_loss' has {validation} epochs but 'loss' has"):
        with_validation(train, validation)


def test_two_lengths_of_validation_are_refused() -> None:
    with pytest.raises(InputError, match="'val_accuracy' has 4 epochs but 'loss' has 8"):
        history_from({"loss": [1] * 8, "val_loss": [1] * 2, "val_accuracy": [1] * 4})


def test_validation_frequency_counts_the_epochs_of_the_whole_run() -> None:
    # The run went on at epoch 4 (3 counted from 0): epochs 4 to 7, validated after 4 and 6.
    history = with_validation(4, 2, epoch=[3, 4, 5, 6])
    assert history.train["loss"].epochs == (4, 5, 6, 7)
    assert history.validation["loss"].epochs == (4, 6)
    assert any("epoch 4, 6, where validation_freq=2" in note for note in history.notes)


def test_learning_rate_of_another_length_is_left_out() -> None:
    history = with_validation(4, 4, lr=[0.1] * 9)
    assert history.learning_rate is None
    assert history.notes == ("left out: 'lr' (not one value for each of 4 epochs)",)


def test_epoch_numbers_that_do_not_fit_are_replaced() -> None:
    history = with_validation(4, 4, epoch=[0, 1])  # one History object, used for two fits
    assert history.train["loss"].epochs == (1, 2, 3, 4)
    assert history.notes == ("the log numbers 2 epochs but holds 4: they are counted from 1",)


def rows(*epochs: int, first: float = 0.0) -> list[dict[str, float]]:
    return [{"epoch": epoch, "loss": first + at} for at, epoch in enumerate(epochs)]


def test_resumed_run_replaces_the_epochs_it_repeats() -> None:
    log = rows(0, 1, 2, 3, 4) + rows(3, 4, 5, first=10.0)
    history = history_from(log)
    assert history.train["loss"].epochs == (1, 2, 3, 4, 5, 6)
    assert history.train["loss"].values == (0.0, 1.0, 2.0, 10.0, 11.0, 12.0)
    assert len(history.notes) == 1
    assert "goes back from 4 to 3" in history.notes[0]


def test_resumed_run_drops_later_epochs_of_the_abandoned_one() -> None:
    history = history_from(rows(0, 1, 2, 3, 4, 5) + rows(0, 1, first=10.0))
    assert history.train["loss"].values == (10.0, 11.0)
    assert history.epochs == 2


def test_resumed_run_without_validation_drops_the_old_validation_too() -> None:
    log = [
        {"epoch": 0, "loss": 1, "val_loss": 1},
        {"epoch": 1, "loss": 2, "val_loss": 2},
        {"epoch": 1, "loss": 3, "val_loss": 3},
        {"epoch": 0, "loss": 4},
    ]
    history = history_from(log)
    assert history.validation == {}
    assert history.train["loss"].values == (4,)


def test_epoch_logged_twice_keeps_the_last_value() -> None:
    history = history_from([*rows(0, 1), *rows(1, 2, first=10.0)])
    assert history.train["loss"].values == (0.0, 10.0, 11.0)
    assert history.notes == ("several values in one epoch: the last of each epoch is kept",)


def test_run_that_starts_late_says_so() -> None:
    history = history_from(rows(5, 6, 7))
    assert history.train["loss"].epochs == (6, 7, 8)
    assert history.epochs == 8
    assert history.notes == ("the history starts at epoch 6: what came before is not in it",)


def test_missing_epochs_are_counted() -> None:
    history = history_from(rows(0, 1, 5, 6))
    assert history.train["loss"].epochs == (1, 2, 6, 7)
    assert history.notes == ("3 of the epochs 1 to 7 are not in the log",)


def test_fractional_epochs_belong_to_the_epoch_they_are_part_of() -> None:
    log = [{"epoch": epoch, "loss": epoch} for epoch in (0.5, 1.0, 1.5, 2.0)]
    history = history_from([*log, {"epoch": 2.0, "eval_loss": 7.0}])
    assert history.train["loss"].epochs == (1, 2)
    assert history.train["loss"].values == (1.0, 2.0)
    assert history.validation["loss"].epochs == (2,)


def test_steps_are_counted_as_epochs_in_their_order() -> None:
    log = [{"step": step, "loss": step, "val_loss": step} for step in (99, 199, 299)]
    history = history_from(log)
    assert history.train["loss"].epochs == (1, 2, 3)
    assert "numbers steps (99 to 299), not epochs" in history.notes[0]


def test_steps_that_count_up_by_one_are_epochs() -> None:
    history = history_from([{"step": step, "loss": 1.0} for step in range(4)])
    assert history.train["loss"].epochs == (1, 2, 3, 4)
    assert history.notes == ()


def test_training_and_validation_at_different_steps_are_paired_in_order() -> None:
    log = [{"step": 10, "loss": 4}, {"step": 11, "val_loss": 5}]
    history = history_from([*log, {"step": 20, "loss": 3}, {"step": 21, "val_loss": 6}])
    assert history.train["loss"].epochs == history.validation["loss"].epochs == (1, 2)
    assert history.validation["loss"].values == (5, 6)
    assert "paired in order" in history.notes[0]
