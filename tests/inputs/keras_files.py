"""Small model files as Keras itself writes them, built once for a whole run of tests."""

import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@cache
def keras_files() -> Mapping[str, bytes]:
    """File name -> content: every kind of file, dtype and nesting that Keras writes."""
    import keras

    keras.utils.set_random_seed(0)
    files: dict[str, bytes] = {}

    def save(name: str, write: Callable[[str], object]) -> None:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that .h5 is legacy
            path = Path(folder) / name
            write(str(path))
            files[name] = path.read_bytes()

    small, sequence, nested = _small(), _sequence(), _nested()
    for name, model in (("small", small), ("sequence", sequence), ("nested", nested)):
        save(f"{name}.keras", model.save)
        save(f"{name}.weights.h5", model.save_weights)
    save("small.h5", small.save)
    save("sequence.h5", sequence.save)
    for dtype in ("bfloat16", "float16", "float64"):
        save(f"{dtype}.weights.h5", _small(dtype).save_weights)
    quantized = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    quantized.layers[0].quantize("int8")
    save("int8.weights.h5", quantized.save_weights)
    save("empty.keras", keras.Sequential([keras.layers.Dense(2)]).save)
    return files


def _small(dtype: str | None = None) -> Any:
    import keras
    import numpy as np
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, activation="relu", dtype=dtype, kernel_regularizer="l2"),
            layers.BatchNormalization(dtype=dtype),
            layers.Dropout(0.3),
            layers.Dense(3, dtype=dtype),
        ]
    )
    model.compile("adam", "mse")
    if dtype is None:
        model.fit(np.ones((8, 4)), np.ones((8, 3)), verbose=0)
    return model


def _sequence() -> Any:
    import keras
    from keras import layers

    tokens = keras.Input((6,), name="wörter")
    embedded = layers.Embedding(10, 4)(tokens)
    read = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(embedded)
    attended = layers.MultiHeadAttention(2, 3, dropout=0.1)(read, read)
    answer = layers.Dense(2)(layers.GlobalAveragePooling1D()(attended))
    model = keras.Model(tokens, answer)
    model.compile("rmsprop", "mse")
    return model


def _nested() -> Any:
    """Three models in one another, and more siblings than one node of a group's tree holds."""
    import keras
    from keras import layers

    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="first")], name="inner")
    middle = keras.Sequential([keras.Input((4,)), inner, layers.Dense(4)], name="middle")
    stack = [layers.Dense(4, name=f"step_{number}") for number in range(40)]
    return keras.Sequential([keras.Input((4,)), middle, *stack])
