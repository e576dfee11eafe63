"""Dropout whose rate is a variable, so one trace serves every rate.

`keras.layers.Dropout.rate` is a Python float baked in at trace time.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def variable_dropout(rate: Any) -> Any:
    """A layer that drops units with probability `rate`, a scalar `tf.Variable` in [0, 1)."""
    return _layer_class()(rate)


@cache
def _layer_class() -> Any:
    import keras
    import tensorflow as tf

    class VariableDropout(keras.layers.Layer):  # type: ignore[misc]
        """Inverted dropout, like the stock layer; equal seeds give equal uniform draws."""

        def __init__(self, rate: Any) -> None:
            super().__init__()
            self.seed_generator = keras.random.SeedGenerator(0)
            self._rate = [rate]

        def call(self, inputs: Any, training: bool = False) -> Any:
            if not training:
                return inputs
            rate = self._rate[0]
            draws = tf.random.stateless_uniform(
                tf.shape(inputs), tf.cast(self.seed_generator.next(), tf.int32)
            )
            return tf.where(draws >= rate, inputs / (1.0 - rate), tf.zeros_like(inputs))

    return VariableDropout
