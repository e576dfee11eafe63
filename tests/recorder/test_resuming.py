"""What the file holds after a second call of `fit`, or after a crash."""

from math import inf
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from advisor import Recorder
from advisor.inputs.history import read_history
from tests.recorder.trainings import fit, network, part, warned

pytestmark = pytest.mark.tensorflow


class Crash(keras.callbacks.Callback):  # type: ignore[misc]
    """The machine goes down after so many epochs."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch + 1 == self._epochs:
            raise KeyboardInterrupt


def test_a_second_fit_continues_the_file(tmp_path: Path) -> None:
    model, recorder = network(), Recorder(tmp_path / "run.json", rows=True)
    first = fit(model, recorder, epochs=3).history["val_loss"]
    second = fit(model, recorder, epochs=5, initial_epoch=3).history["val_loss"]
    history = read_history(tmp_path / "run.json")
    assert history.validation["loss"].epochs == (1, 2, 3, 4, 5)
    assert history.validation["loss"].values == pytest.approx((*first, *second))
    assert history.record is not None
    assert history.record.rows is not None
    assert history.record.rows.epochs == (1, 2, 3, 4, 5)
    assert history.record.iterations == {1: 2, 2: 4, 3: 6, 4: 8, 5: 10}
    assert history.notes == ()


def test_a_fit_from_the_first_epoch_starts_anew(tmp_path: Path) -> None:
    fit(network(), Recorder(tmp_path / "run.json", rows=True), epochs=2)
    fit(network(), Recorder(tmp_path / "run.json"), epochs=1)  # silent: the same model
    assert read_history(tmp_path / "run.json").epochs == 1
    assert not (tmp_path / "run.rows.npz").exists()


def test_replacing_a_finished_training_of_another_model_is_said(tmp_path: Path) -> None:
    fit(network(), Recorder(tmp_path / "run.json"), epochs=2)
    other = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")])
    other.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    (warning,) = warned(lambda: fit(other, Recorder(tmp_path / "run.json"), epochs=1))
    assert "held a finished training of another model" in warning
    assert read_history(tmp_path / "run.json").epochs == 1


def test_after_a_crash_the_epochs_are_neither_lost_nor_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "advisor.recorder.sidecar._CHEAP", inf
    )  # or a busy machine saves less often
    straight = fit(network(), Recorder(tmp_path / "whole.json", rows=True), epochs=5).history

    def backup() -> Any:
        return keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))

    with pytest.raises(KeyboardInterrupt):
        recorder = Recorder(tmp_path / "run.json", rows=True)
        fit(network(), recorder, backup(), Crash(3), epochs=5)
    assert part(tmp_path / "run.json")["is_finished"] is False

    fit(network(), Recorder(tmp_path / "run.json", rows=True), backup(), epochs=5)
    history = read_history(tmp_path / "run.json")
    assert history.validation["loss"].epochs == (1, 2, 3, 4, 5)
    # The epochs before the crash are those of the straight run; those after it drew other batches.
    before = history.validation["loss"].epochs[:2]
    assert before == (1, 2)
    np.testing.assert_allclose(
        history.validation["loss"].values[:2], straight["val_loss"][:2], rtol=1e-6
    )
    assert history.record is not None
    assert part(tmp_path / "run.json")["is_finished"] is True
    assert history.record.rows is not None
    assert history.record.rows.epochs == (1, 2, 3, 4, 5)
    assert history.record.iterations == {1: 2, 2: 4, 3: 6, 4: 8, 5: 10}


def test_a_fit_that_starts_late_without_a_file_says_so(tmp_path: Path) -> None:
    fit(network(), Recorder(tmp_path / "run.json"), epochs=3, initial_epoch=1)
    history = read_history(tmp_path / "run.json")
    assert history.train["loss"].epochs == (2, 3)
    assert any("starts at epoch 2" in note for note in history.notes)


def test_other_validation_rows_drop_the_rows_before(tmp_path: Path) -> None:
    model, recorder = network(), Recorder(tmp_path / "run.json", rows=True)
    fit(model, recorder, epochs=2)
    fit(model, recorder, epochs=4, initial_epoch=2, validation_split=0.5)
    record = read_history(tmp_path / "run.json").record
    assert record is not None
    assert record.rows is not None
    assert record.rows.epochs == (3, 4)
    assert part(tmp_path / "run.json")["uses_validation_split"] is True
