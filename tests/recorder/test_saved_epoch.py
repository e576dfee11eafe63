"""Which epoch's weights `fit` leaves in the model, whatever puts them there."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from advisor import Recorder
from advisor.inputs.history import read_history
from tests.recorder.trainings import X_VAL, Y_VAL, X, Y, fit, network, part

pytestmark = pytest.mark.tensorflow


def early_stopping(**settings: Any) -> Any:
    return keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True, **settings)


class OldEarlyStopping(keras.callbacks.Callback):  # type: ignore[misc]
    """As Keras had it until November 2023: restores only when it stops, right after the epoch."""

    restore_best_weights = True

    def __init__(self, best: int, stop: int) -> None:
        super().__init__()
        self._best, self._stop = best, stop

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch + 1 == self._best:
            self._weights = self.model.get_weights()
        if epoch + 1 == self._stop:
            self.model.stop_training = True
            self.model.set_weights(self._weights)


class Average(keras.callbacks.Callback):  # type: ignore[misc]
    """Leaves weights of no epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        self.model.set_weights([0.5 * weights for weights in self.model.get_weights()])


def overfitted(*callbacks: Any, epochs: int = 8) -> Any:
    model = network(optimizer=keras.optimizers.Adam(0.1))
    kept = fit(model, *callbacks, epochs=epochs).history["val_loss"]
    best = 1 + int(np.argmin(kept))
    assert best < len(kept)
    return model, best, len(kept)


@pytest.mark.parametrize(
    ("recorder_is_first", "patience"),
    [(True, 2), (False, 2), (True, 50)],  # stopped early, and not
)
def test_restored_weights_are_of_the_best_epoch(
    tmp_path: Path, recorder_is_first: bool, patience: int
) -> None:
    callbacks = [Recorder(tmp_path / "run.json"), early_stopping(patience=patience)]
    model, best, epochs = overfitted(*callbacks[:: 1 if recorder_is_first else -1])
    found = part(tmp_path / "run.json")
    assert (found["saved_epoch"], found["restores_best_weights"]) == (best, True)
    assert epochs == (best + 2 if patience == 2 else 8)
    loss = model.evaluate(X_VAL, Y_VAL, verbose=0, return_dict=True)["loss"]
    values = read_history(tmp_path / "run.json").validation["loss"].values
    assert loss == pytest.approx(values[best - 1], rel=1e-4)


def test_old_early_stopping_is_seen_too(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.json", rows=True)
    fit(network(), recorder, OldEarlyStopping(best=2, stop=4), epochs=5)
    found = part(tmp_path / "run.json")
    assert (found["saved_epoch"], found["restores_best_weights"]) == (2, True)


def test_without_early_stopping_the_last_weights_are_kept(tmp_path: Path) -> None:
    fit(network(), Recorder(tmp_path / "run.json"))
    found = part(tmp_path / "run.json")
    assert (found["saved_epoch"], found["restores_best_weights"]) == (3, False)


def test_a_training_that_stands_still_keeps_its_last_epoch(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", run_eagerly=True)
    fit(model, Recorder(tmp_path / "run.json"))
    assert part(tmp_path / "run.json")["saved_epoch"] == 3


@pytest.mark.parametrize("how", ["callback", "optimizer"])
def test_averaged_weights_are_of_no_epoch(tmp_path: Path, how: str) -> None:
    optimizer = keras.optimizers.Adam(0.1, use_ema=how == "optimizer")
    more = [Average()] if how == "callback" else []
    fit(network(optimizer=optimizer), Recorder(tmp_path / "run.json"), *more)
    found = part(tmp_path / "run.json")
    assert found["saved_epoch"] is None
    assert "no epoch's end" in found["unknown"]["saved_epoch"]


def test_clean_figures_are_of_the_restored_weights(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.json", evaluate_train=True)
    model, _, _ = overfitted(recorder, early_stopping(patience=50))
    clean = model.evaluate(X, Y, verbose=0, return_dict=True)["loss"]
    assert part(tmp_path / "run.json")["clean_train_loss"] == pytest.approx(clean, rel=1e-5)
