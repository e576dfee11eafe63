import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.inputs.history import History, read_history
from advisor.inputs.record import Record
from advisor.recorder.sidecar import Sidecar

PLAIN: dict[str, Any] = {
    "history": {"loss": [1.5, 1.25], "val_loss": [1.5, 1.0]},
    "epoch": [0, 1],
    "params": {"epochs": 2, "n_train": 60, "n_val": 3, "batch_size": None},
}
PART: dict[str, Any] = {
    "format": 1,
    "is_finished": True,
    "uses_class_weight": True,
    "class_weight": {"0": 1, "12": 2.5},
    "saved_epoch": 1,
    "val_sha256": "ab" * 32,
    "penalty": [0.5, 0.25],
    "row_loss_std": [0.375, None],
    "iterations": [2, 4],
    "unknown": {"batch_size": "no\nbatches"},
}


def read(folder: Path, **part: Any) -> History:
    path = folder / "run.json"
    path.write_text(json.dumps(PLAIN | {"recorder": PART | part}))
    return read_history(path)


def test_a_record_is_read_by_epoch(tmp_path: Path) -> None:
    history = read(tmp_path)
    assert history.notes == ()
    assert (history.n_train, history.n_val, history.batch_size) == (60, 3, None)
    assert history.record == Record(
        uses_class_weight=True,
        class_weight={0: 1.0, 12: 2.5},
        saved_epoch=1,
        penalty={1: 0.5, 2: 0.25},
        row_loss_std={1: 0.375},
        iterations={1: 2, 2: 4},
        val_sha256="ab" * 32,
        unknown={"batch_size": "no batches"},
    )


def test_epochs_count_from_zero_even_where_the_first_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(PLAIN | {"epoch": [1, 2], "recorder": PART | {"saved_epoch": 3}}))
    history = read_history(path)
    assert history.train["loss"].epochs == (2, 3)
    assert history.record is not None
    assert history.record.penalty == {2: 0.5, 3: 0.25}
    assert history.record.saved_epoch == 3


def test_other_histories_have_no_record(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    for recorder in ({}, {"recorder": "a tape"}, {"recorder": {"volts": 3}}):
        path.write_text(json.dumps(PLAIN | recorder))
        history = read_history(path)
        assert history.record is None
        assert history.train["loss"].values == (1.5, 1.25)


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("uses_sample_weight", "yes"),
        ("uses_class_weight", 1),
        ("class_weight", {"0": 1, "one": 2}),
        ("class_weight", {"0": 1, "9" * 5000: 2}),
        ("class_weight", {"0": -1}),
        ("class_weight", [1, 2]),
        ("saved_epoch", 7),  # no such epoch
        ("saved_epoch", True),
        ("saved_epoch", 1e300),
        ("val_sha256", "../../etc/passwd"),
        ("penalty", [0.5]),
        ("penalty", {"1": 0.5}),
        ("row_loss_std", "many"),
        ("iterations", 12),
        ("clean_train_loss", "low"),
        ("clean_train_accuracy", 47.0),
    ],
)
def test_what_is_odd_is_left_out_with_a_note(tmp_path: Path, name: str, odd: object) -> None:
    history = read(tmp_path, **{name: odd})
    assert history.record is not None
    assert getattr(history.record, name) in (None, False)
    assert history.notes == (f"left out of the recorder part: {name!r} is odd",)


def test_values_that_are_no_figures_leave_their_epoch_out(tmp_path: Path) -> None:
    record = read(tmp_path, penalty=["NaN", 0.25], row_loss_std=[-1, 1e999], iterations=[-1, 2.5])
    assert record.record is not None
    assert record.record.penalty == {2: 0.25}
    assert record.record.row_loss_std == {}
    assert record.record.iterations == {}


def test_a_later_format_leaves_the_curves(tmp_path: Path) -> None:
    history = read(tmp_path, format=2)
    assert history.record == Record()
    assert "later version" in history.notes[0]
    assert history.validation["loss"].values == (1.5, 1.0)


def sidecar(folder: Path, *means: float) -> None:
    file = Sidecar(folder / "run.json")
    for epoch, mean in enumerate(means, start=1):
        file.add(epoch, np.array([mean - 0.25, mean, mean + 0.25]))
    file.write("ab" * 32, is_last=True)


def test_the_losses_of_rows_lie_beside_the_history(tmp_path: Path) -> None:
    sidecar(tmp_path, 1.0, 0.75)  # val_loss less penalty: 1.5 - .5 and 1 - .25
    history = read(tmp_path, has_rows=True)
    assert history.record is not None
    assert history.record.rows is not None
    assert history.record.rows.epochs == (1, 2)
    assert history.notes == ()


def test_rows_of_an_epoch_that_the_history_lacks_are_left_out(tmp_path: Path) -> None:
    sidecar(tmp_path, 1.0, 0.75, 0.5)  # a crash came between the two files
    history = read(tmp_path, has_rows=True)
    assert history.record is not None
    assert history.record.rows is not None
    assert history.record.rows.epochs == (1, 2)


@pytest.mark.parametrize(
    ("means", "note"),
    [((9.0, 9.0), "not of this training"), ((), "is not beside the history")],
)
def test_rows_that_cannot_be_used_are_noted(
    tmp_path: Path, means: tuple[float, ...], note: str
) -> None:
    if means:
        sidecar(tmp_path, *means)
    history = read(tmp_path, has_rows=True)
    assert history.record is not None
    assert history.record.rows is None
    assert note in history.notes[0]


def test_a_damaged_sidecar_is_noted_and_the_history_read(tmp_path: Path) -> None:
    (tmp_path / "run.rows.npz").write_bytes(b"PK\x03\x04 damaged")
    history = read(tmp_path, has_rows=True)
    assert history.record is not None
    assert history.record.rows is None
    assert "are not used" in history.notes[0]


def test_a_sidecar_that_the_record_does_not_name_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "run.rows.npz").write_bytes(b"PK\x03\x04 damaged")
    assert read(tmp_path).notes == ()
