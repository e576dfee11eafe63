"""The model in inference on any backend of Keras, which leaves all of its state as it was."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.keras_internals.fit import keras_mask
from advisor.keras_internals.layers import takes_training
from advisor.recorder.tf_pipeline import CannotReadAgainError

MASKED = "the loss leaves out the masked steps of a sequence"


def forward_of(model: Any) -> Callable[[Any], Any]:
    """A function from a batch of inputs to the outputs, compiled where the backend compiles.

    It has no side effects: a layer that draws random numbers in inference draws from copies of its
    seeds. It raises CannotReadAgainError if outputs carry a mask: the loss is then not made of
    rows alone.
    """
    import keras

    options = {"training": False} if takes_training(model) else {}
    is_masked = False

    def call(trainable: list[Any], others: list[Any], x: Any) -> Any:
        nonlocal is_masked
        outputs, _ = model.stateless_call(trainable, others, x, **options)
        is_masked = any(keras_mask(part) is not None for part in keras.tree.flatten(outputs))
        return outputs

    match keras.backend.backend():
        case _ if model.run_eagerly:
            pass
        case "tensorflow":
            import tensorflow as tf

            call = tf.function(call, reduce_retracing=True)
        case "jax":
            call = import_module("jax").jit(call)

    def forward(x: Any) -> Any:
        outputs = call(
            [variable.value for variable in model.trainable_variables],
            [variable.value for variable in model.non_trainable_variables],
            keras.tree.map_structure(_as_fed, x),
        )
        if is_masked:
            raise CannotReadAgainError(MASKED)
        return outputs

    return forward


def _as_fed(part: Any) -> Any:
    """As `fit` feeds it: floating-point numbers in Keras' own precision, on the right device."""
    import keras

    dtype = keras.backend.standardize_dtype(part.dtype) if hasattr(part, "dtype") else ""
    if dtype.startswith(("float", "bfloat")):
        return keras.ops.convert_to_tensor(part, dtype=keras.config.floatx())
    return keras.ops.convert_to_tensor(part)


def as_numpy(figure: Any) -> NDArray[Any]:
    """A tensor, or a variable of Keras, which NumPy would warn of, as an array."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(getattr(figure, "value", figure)))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Puts the random states back that reading rows may move; keeps no gradients."""
    torch = sys.modules.get("torch")
    python, numpy = random.getstate(), np.random.get_state()
    drawn = None if torch is None else torch.get_rng_state()
    try:
        if torch is None:
            yield
        else:
            with torch.no_grad():
                yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        if torch is not None:
            torch.set_rng_state(drawn)
