"""A small network trained on scikit-learn's digits until it overfits, to try the advisor on."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from advisor.atomic import atomic_write
from advisor.errors import InputError
from advisor.training.silence import silenced_libraries
from advisor.values import dataclass

N_TRAIN, N_VAL, BATCH_SIZE, EPOCHS = 300, 200, 32, 31
# What can be memorised but not learnt: inputs that mean nothing beside the 64 pixels, noise on
# these (they lie in [0, 1]), and wrong labels.
IDLE_INPUTS, IDLE_SPREAD, PIXEL_NOISE, WRONG_LABELS = 136, 0.5, 0.2, 0.1


@dataclass(frozen=True, kw_only=True)
class DemoFiles:
    """What a training run leaves a user with."""

    model: Path
    history: Path
    data: Path


def train_demo(folder: Path, on_epoch: Callable[[int], None] = lambda epoch: None) -> DemoFiles:
    """Train the network and leave `model.keras`, `history.json` and `data.npz` in `folder`.

    64 noisy pixels and 136 inputs of mere noise -> 128 -> 128 -> 10 classes, one label in ten drawn
    at random; Adam, 310 steps, no regularization. `on_epoch` is called with the number of finished
    epochs. Raises InputError where `folder` can't be written.
    """
    with silenced_libraries():
        import keras
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    files = DemoFiles(
        model=folder / "model.keras", history=folder / "history.json", data=folder / "data.npz"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made a folder: {error.strerror}") from error

    digits = load_digits()
    random = np.random.default_rng(0)
    is_wrong = random.random(len(digits.target)) < WRONG_LABELS
    labels = np.where(is_wrong, random.integers(0, 10, len(digits.target)), digits.target)
    pixels = digits.data / 16 + random.normal(0, PIXEL_NOISE, digits.data.shape)
    idle = random.normal(0, IDLE_SPREAD, (len(pixels), IDLE_INPUTS))
    x_train, x_val, y_train, y_val = train_test_split(
        np.hstack([pixels, idle]).astype("float32"),
        labels.astype("int32"),
        train_size=N_TRAIN,
        test_size=N_VAL,
        stratify=labels,
        random_state=0,
    )
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64 + IDLE_INPUTS,)),
            keras.layers.Dense(128, activation="relu", name="hidden_1"),
            keras.layers.Dense(128, activation="relu", name="hidden_2"),
            keras.layers.Dense(10, activation="softmax", name="digit"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    run = model.fit(
        x_train,
        y_train,
        validation_data=(x_val, y_val),
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch(epoch + 1))
        ],
    )

    arrays = BytesIO()
    np.savez_compressed(arrays, x_train=x_train, y_train=y_train, x_val=x_val, y_val=y_val)
    with TemporaryDirectory() as scratch:
        saved = Path(scratch) / "model.keras"
        model.save(saved)
        atomic_write(files.model, saved.read_bytes())
    atomic_write(files.history, json.dumps(run.history))
    atomic_write(files.data, arrays.getvalue())
    return files
