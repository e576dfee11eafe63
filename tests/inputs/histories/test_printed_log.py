"""What `fit` prints, as people keep it: every generation of Keras, `tee`, CI systems, R."""

from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.inputs.history import History, read_history

KERAS_1 = """Using TensorFlow backend.
Train on 61148 samples, validate on 15288 samples
Epoch 1/2
  128/61148 [..............................] - ETA: 21s - loss: 5.4931
61148/61148 [==============================] - 4s - loss: 4.7502 - val_loss: 5.5295
Epoch 2/2
61148/61148 [==============================] - 3s - loss: 4.1619 - val_loss: 5.8611
"""
KERAS_2_GENERATOR = """Epoch 1/2
 99/100 [============================>.] - ETA: 0s - loss: 0.6910 - acc: 0.5210
100/100 [===========================] - 25s 250ms/step - loss: 0.6901 - val_loss: 0.6702

Epoch 00001: val_loss improved from inf to 0.67020, saving model to best.h5
Epoch 2/2
100/100 [===========================] - 24s 241ms/step - loss: 0.6512 - val_loss: 0.6401
"""
KERAS_2_QUIET = """Train on 800 samples, validate on 200 samples
Epoch 1/2
 - 1s - loss: 0.69 - acc: 0.5 - val_loss: 0.68 - val_acc: 0.55
Epoch 2/2
 - 0s - loss: 5.1e-04 - acc: 0.6 - val_loss: nan - val_acc: 0.65
"""
TF_2_0 = """Train on 60000 samples, validate on 10000 samples
Epoch 1/1
60000/60000 - 3s - loss: 0.2581 - accuracy: 0.9251 - val_loss: 0.1361 - val_accuracy: 0.9588
"""
TF_2 = """Epoch 1/2
1875/1875 [===================] - 5s 3ms/step - loss: 0.2581 - val_loss: 0.1361
Epoch 2/2
1875/1875 [===================] - 5s 3ms/step - loss: 0.1131 - val_loss: 0.1011
"""
KERAS_3_QUIET = """Epoch 1/2
25/25 - 1s - 51ms/step - accuracy: 0.6925 - loss: 0.5884 - val_accuracy: 0.6900 - val_loss: 0.5837
Epoch 2/2
25/25 - 0s - 8ms/step - accuracy: 0.7800 - loss: 0.5188 - val_accuracy: 0.7700 - val_loss: 0.5163
"""


def history_of(text: str, tmp_path: Path) -> History:
    path = tmp_path / "train.log"
    path.write_text(text, encoding="utf-8")
    return read_history(path)


def losses(history: History) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return history.train["loss"].values, history.validation["loss"].values


@pytest.mark.parametrize(
    ("text", "train", "validation"),
    [
        (KERAS_1, (4.7502, 4.1619), (5.5295, 5.8611)),
        (KERAS_2_GENERATOR, (0.6901, 0.6512), (0.6702, 0.6401)),
        (TF_2_0, (0.2581,), (0.1361,)),
        (TF_2, (0.2581, 0.1131), (0.1361, 0.1011)),
        (KERAS_3_QUIET, (0.5884, 0.5188), (0.5837, 0.5163)),
    ],
    ids=["Keras 1", "Keras 2 generator", "TF 2.0", "TF 2", "Keras 3"],
)
def test_every_generation_is_read(
    text: str, train: tuple[float, ...], validation: tuple[float, ...], tmp_path: Path
) -> None:
    assert losses(history_of(text, tmp_path)) == (train, validation)


def test_small_and_undefined_values_are_read(tmp_path: Path) -> None:
    train, validation = losses(history_of(KERAS_2_QUIET, tmp_path))
    assert train == (0.69, 5.1e-4)
    assert validation[0] == 0.68
    assert validation[1] != validation[1]


@pytest.mark.parametrize(
    ("text", "n_train", "n_val", "steps"),
    [
        (KERAS_1, 61148, 15288, None),
        (KERAS_2_QUIET, 800, 200, None),
        (TF_2_0, 60000, 10000, None),
        (TF_2, None, None, 1875),
        (KERAS_3_QUIET, None, None, 25),
        ("Train for 40 steps, validate for 5 steps\n" + TF_2.replace("1875", "40"), None, None, 40),
        # Without validation rows nothing shows whether steps or rows are counted.
        ("Epoch 1/1\n600/600 [====] - 1s 2ms/step - loss: 0.25\n", None, None, None),
    ],
)
def test_sizes_are_those_that_the_log_shows(
    text: str, n_train: int | None, n_val: int | None, steps: int | None, tmp_path: Path
) -> None:
    history = history_of(text, tmp_path)
    assert (history.n_train, history.n_val, history.steps_per_epoch) == (n_train, n_val, steps)


@pytest.mark.parametrize(
    "stamp",
    ["2024-05-01T12:00:00.1234567Z ", "[12:00:01] ", "INFO:root:", "train | ", "[INFO] a.py:12: "],
)
def test_prefixes_of_each_line_are_passed_over(stamp: str, tmp_path: Path) -> None:
    text = "".join(f"{stamp} {line}\n" for line in KERAS_3_QUIET.splitlines())
    history = history_of(text, tmp_path)
    assert losses(history) == ((0.5884, 0.5188), (0.5837, 0.5163))
    assert set(history.train) == {"loss", "accuracy"}


def test_other_lines_between_are_passed_over(tmp_path: Path) -> None:
    noise = "WARNING:tensorflow: retracing 5/5 functions, loss unknown\nsaved: 3 files\n{'a': 1}\n"
    text = noise + KERAS_3_QUIET.replace("Epoch 2/2", noise + "Epoch 2/2") + noise
    assert losses(history_of(text, tmp_path)) == ((0.5884, 0.5188), (0.5837, 0.5163))


def test_an_epoch_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    text = TF_2 + "Epoch 3/9\n 12/1875 [....] - ETA: 5s - loss: 0.9000 - accuracy: 0.5000\n"
    history = history_of(text, tmp_path)
    assert history.epochs == 2
    assert "epoch 3, the last one, was cut short and is left out" in history.notes


def test_the_last_of_several_trainings_is_read_and_named(tmp_path: Path) -> None:
    history = history_of(KERAS_3_QUIET + TF_2, tmp_path)
    assert losses(history)[0] == (0.2581, 0.1131)
    assert "the log holds 2 trainings: the last one is read" in history.notes


def test_a_training_that_goes_on_is_one(tmp_path: Path) -> None:
    later = TF_2.replace("Epoch 1/2", "Epoch 3/4").replace("Epoch 2/2", "Epoch 4/4")
    history = history_of(TF_2 + later, tmp_path)
    assert history.epochs == 4
    assert losses(history)[0] == (0.2581, 0.1131, 0.2581, 0.1131)


def test_bars_without_titles_are_one_epoch_each(tmp_path: Path) -> None:
    lines = [line for line in TF_2.splitlines() if not line.startswith("Epoch")]
    assert losses(history_of("\n".join(lines), tmp_path)) == ((0.2581, 0.1131), (0.1361, 0.1011))


def epochs_of(n: int, messages: dict[int, str], tail: str = "") -> str:
    """A quiet log; `messages` are printed before the metrics of their epochs."""
    return (
        "".join(
            f"Epoch {i}/{n}\n{messages.get(i, '')}25/25 - 0s - loss: 0.{9 - i} - val_loss: 0.9\n"
            for i in range(1, n + 1)
        )
        + tail
    )


@pytest.mark.parametrize(
    ("message", "rates"),
    [
        ("Epoch 2: ReduceLROnPlateau reducing learning rate to 0.0005.\n", {3: 5e-4, 4: 5e-4}),
        ("Epoch 00002: reducing learning rate to 1.0000000656873453e-05.\n", {3: 1e-5, 4: 1e-5}),
        (
            "Epoch 2: LearningRateScheduler setting learning rate to 0.01.\n",
            {2: 0.01, 3: 0.01, 4: 0.01},
        ),
    ],
)
def test_announced_learning_rates_count_from_their_epoch(
    message: str, rates: dict[int, float], tmp_path: Path
) -> None:
    series = history_of(epochs_of(4, {2: message}), tmp_path).learning_rate
    assert series is not None
    assert dict(zip(series.epochs, series.values, strict=True)) == pytest.approx(rates)


def test_the_restored_epoch_is_read(tmp_path: Path) -> None:
    tail = "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
    history = history_of(epochs_of(4, {}, tail), tmp_path)
    assert history.record is not None
    assert history.record.saved_epoch == 2
    assert not history.record.is_of_recorder
    assert "early stopping ended the training after epoch 4" in history.notes


def test_a_restored_epoch_without_a_number_is_not_guessed(tmp_path: Path) -> None:
    tail = "Restoring model weights from the end of the best epoch.\nEpoch 00004: early stopping\n"
    record = history_of(epochs_of(4, {}, tail), tmp_path).record
    assert record is not None
    assert (record.restores_best_weights, record.saved_epoch) == (True, None)


def test_a_log_without_a_finished_epoch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"train\.log: holds no finished epoch of a training"):
        history_of("Epoch 1/5\n 1/25 [>....] - ETA: 9s - loss: 0.7\n", tmp_path)


def test_text_that_only_speaks_of_epochs_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        history_of("Epoch 1/5 was fine.\nNothing was printed.\n", tmp_path)


@pytest.mark.parametrize("line", ["a" * 10**6, "1" * 10**6, "\x1b[" * 10**5, " - loss: " * 10**5])
def test_hostile_lines_change_nothing(line: str, tmp_path: Path) -> None:
    assert losses(history_of(TF_2 + line, tmp_path))[0] == (0.2581, 0.1131)


def printed_by_keras(verbose: int, capfd: pytest.CaptureFixture[str]) -> tuple[str, Any]:
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
    layers = [keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(
        patience=1, min_delta=1.0, restore_best_weights=True, verbose=1
    )
    slow = keras.callbacks.ReduceLROnPlateau(patience=0, min_delta=1.0, verbose=1)
    capfd.readouterr()
    fitted = model.fit(
        x, x[:, 0] > 0, validation_split=0.5, epochs=4, verbose=verbose, callbacks=[slow, stop]
    )
    return capfd.readouterr().out, fitted.history


@pytest.mark.tensorflow
@pytest.mark.parametrize("verbose", [1, 2])
def test_what_this_keras_prints_is_what_it_logs(
    verbose: int, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text, logged = printed_by_keras(verbose, capfd)
    history = history_of(text, tmp_path)
    assert history.train["loss"].values == pytest.approx(logged["loss"], abs=5.1e-5)
    assert history.validation["loss"].values == pytest.approx(logged["val_loss"], abs=5.1e-5)
    assert history.validation["accuracy"].values == pytest.approx(
        logged["val_accuracy"], abs=5.1e-5
    )
    assert history.learning_rate is not None
    assert history.learning_rate.values == pytest.approx(logged["learning_rate"], rel=1e-3)
    assert history.record is not None
    assert history.record.saved_epoch == 1
