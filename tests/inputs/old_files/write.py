"""Writes the old files of this folder; run it where one of the old versions is installed.

    python write.py keras            Keras 3.0.5 or 3.3.3
    python write.py tensorflow       TensorFlow 2.12.1
    python write.py tf_keras         tf_keras 2.21

The weights come from the layers' paths, so that a test knows them without the model.
"""

import importlib
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np


def weight_of(path: str, index: int, shape: tuple[int, ...]) -> Any:
    """The values of one weight: no two are alike."""
    rng = np.random.default_rng(zlib.crc32(f"{path}:{index}".encode()))
    return rng.normal(size=shape).astype("float32")


def build(keras: Any) -> Any:
    """Layers of equal shape in a model that is called twice, and around it."""
    layers, regularizers = keras.layers, keras.regularizers
    tower = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(4, name="t1", kernel_regularizer=regularizers.L2(0.003)),
            layers.Dropout(0.25, name="drop"),
            layers.Dense(4, name="t2"),
        ],
        name="tower",
    )
    x = keras.Input((5, 4), name="x")
    y = layers.Bidirectional(layers.LSTM(2, dropout=0.1), name="both")(x)
    y = tower(layers.Dense(4, name="c")(y))
    y = layers.Dense(4, name="a", activation="relu")(y)
    y = tower(layers.BatchNormalization(name="norm")(y))
    y = layers.Dense(4, name="b", kernel_regularizer=regularizers.L1(0.0002))(y)
    model = keras.Model(x, layers.Dense(2, name="out")(y), name="old")
    model.compile("adam", "mse", metrics=["mae"])
    for path, layer in _leaves(model):
        for index, weight in enumerate(layer.weights):
            weight.assign(weight_of(path, index, tuple(weight.shape)))
    return model


def _leaves(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        if layer.name == "tower":
            yield from _leaves(layer, "tower/")
        else:
            yield prefix + layer.name, layer


if __name__ == "__main__":
    package = importlib.import_module(sys.argv[1])
    model = build(getattr(package, "keras", package))
    label = f"{sys.argv[1]}{package.__version__}"
    if package.__version__ == "2.12.1":
        model.save(f"{label}.keras", save_format="keras_v3")
    else:
        model.save(f"{label}.keras")
    if package.__version__ != "3.0.5":  # it names optimizer weights twice and stops
        model.save(f"{label}.h5")
