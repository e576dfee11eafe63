"""Tiny trainings to record: 60 rows of five numbers and three classes, 41 more to validate on."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(60, 5)).astype("float32"), RNG.integers(0, 3, 60)
X_VAL, Y_VAL = RNG.normal(size=(41, 5)).astype("float32"), RNG.integers(0, 3, 41)


def network(l2: float = 0.0, loss: Any = "sparse_categorical_crossentropy", **compiled: Any) -> Any:
    """Dropout, batch normalization and a penalty: all that differs between training and not."""
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(8, "relu", kernel_regularizer=keras.regularizers.L2(l2)),
            keras.layers.Dropout(0.3),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    compiled = {"optimizer": keras.optimizers.Adam(0.01), "metrics": ["accuracy"]} | compiled
    model.compile(loss=loss, **{"run_eagerly": True} | compiled)  # compiling takes a second
    return model


def fit(model: Any, *callbacks: Any, epochs: int = 3, **arguments: Any) -> Any:
    """Keras' own history of a training on the rows above."""
    import keras

    keras.utils.set_random_seed(2)
    rows: dict[str, Any] = {"x": X, "y": Y}
    if "validation_split" not in arguments:
        rows["validation_data"] = (X_VAL, Y_VAL)
    given = rows | {"epochs": epochs, "verbose": 0, "callbacks": list(callbacks)} | arguments
    return model.fit(**given)


def part(path: Path) -> dict[str, Any]:
    """The `recorder` part of the file."""
    found: dict[str, Any] = json.loads(path.read_text())["recorder"]
    return found


def warned(train: Callable[[], Any]) -> list[str]:
    """What a training warns its user of; warnings of Keras about NumPy are not meant."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train()
    return [str(each.message) for each in caught if each.category is UserWarning]
