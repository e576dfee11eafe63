"""What may go wrong around a Recorder: training goes on, and nothing false is written."""

import json
import warnings
from errno import ENOSPC
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from advisor import Recorder
from advisor.errors import InputError, UsageError
from advisor.inputs.history import read_history
from tests.recorder.trainings import fit, network, part, warned

pytestmark = pytest.mark.tensorflow


def fails(*arguments: Any) -> float:
    return 1 / 0


def test_a_measurement_that_fails_warns_once_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network()
    recorder = Recorder(tmp_path / "run.json")
    monkeypatch.setattr("advisor.recorder.session.penalty_of", fails)
    (warning,) = warned(lambda: fit(model, recorder))
    assert "could not measure penalty: ZeroDivisionError" in warning
    found = part(tmp_path / "run.json")
    assert found["unknown"]["penalty"] == "measuring it failed: ZeroDivisionError"
    assert read_history(tmp_path / "run.json").epochs == 3


def test_warnings_that_are_errors_do_not_stop_training_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network()
    monkeypatch.setattr("advisor.recorder.session.penalty_of", fails)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(fit(model, Recorder(tmp_path / "run.json")).epoch) == 3


def test_a_folder_that_vanishes_does_not_stop_training(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    recorder = Recorder(folder / "run.json")
    folder.rmdir()
    warnings_of_it = warned(lambda: fit(network(), recorder, epochs=1))
    assert all("wrote nothing" in warning for warning in warnings_of_it)
    assert len(warnings_of_it) == 1


def test_a_sidecar_that_cannot_be_written_leaves_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(ENOSPC, "No space left on device")

    model, recorder = network(), Recorder(tmp_path / "run.json", rows=True)
    monkeypatch.setattr("advisor.recorder.sidecar.Sidecar._pack", full)
    (warning,) = warned(lambda: fit(model, recorder))
    assert "could not measure rows" in warning
    history = read_history(tmp_path / "run.json")
    assert (history.epochs, history.notes) == (3, ())
    assert history.record is not None
    assert history.record.row_loss_std is not None
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_two_recorders_both_see_the_end(tmp_path: Path) -> None:
    names = ("a.json", "b.json")
    fit(network(), *(Recorder(tmp_path / name) for name in names), epochs=1)
    for name in names:
        found = part(tmp_path / name)
        assert (found["saved_epoch"], found["is_finished"]) == (1, True)


def test_a_later_change_of_folder_does_not_move_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = Recorder("run.json")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir("other")
    fit(network(), recorder, epochs=1)
    assert (tmp_path / "run.json").exists()
    assert not list((tmp_path / "other").iterdir())


def test_a_diverged_training_is_valid_json_and_reads_as_one(tmp_path: Path) -> None:
    model = network(optimizer=keras.optimizers.SGD(1e30))
    fit(model, Recorder(tmp_path / "run.json", rows=True))
    text = (tmp_path / "run.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    history = read_history(tmp_path / "run.json")
    assert not np.isfinite(history.validation["loss"].values[-1])
    assert history.notes == ()  # there are no rows, and nothing is said of them
    found = part(tmp_path / "run.json")  # NaN at two epochs is no sign of weights put back
    assert (found["saved_epoch"], found["restores_best_weights"]) == (3, False)


def test_a_file_of_someone_else_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.json").write_text('{"loss": [1.0]}')
    with pytest.raises(InputError, match="no Recorder wrote it"):
        Recorder(tmp_path / "run.json")
    with pytest.raises(InputError, match="make it first"):
        Recorder(tmp_path / "nowhere" / "run.json")
    with monkeypatch.context() as patched, pytest.raises(InputError, match="cannot be written to"):
        patched.setattr("os.access", lambda *arguments: False)  # root may write anywhere
        Recorder(tmp_path / "other.json")
    with pytest.raises(UsageError):
        Recorder(tmp_path / "other.json", rows=True, evaluate_validation=False)
    assert (tmp_path / "run.json").read_text() == '{"loss": [1.0]}'
