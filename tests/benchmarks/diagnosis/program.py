"""One compiled training epoch whose strengths, learning rate and data are arguments.

Per-step Python and tracing dominate short Keras trainings; here one trace serves every seed,
strength, length and case of the same shapes. `test_program.py` checks it against `Model.fit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.diagnosis.models import (
    LOSSES,
    Architecture,
    Signature,
    Strengths,
    adjustable_model,
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Inputs `x` [rows, ...], targets `y` [rows, 1] and training weights `weight` [rows]."""

    x: npt.NDArray[Any]
    y: npt.NDArray[Any]
    weight: npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Data losses after each epoch [epochs], penalty-free and with dropout off.

    `test` holds the last epoch alone unless every epoch was asked for.
    """

    val: Floats
    test: Floats


def make_optimizer(name: str, learning_rate: float) -> Any:
    """A stock Keras optimizer; `sgd` has momentum .9."""
    import keras

    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=0.9)
    return {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}[name](learning_rate)


class Program:
    """A network with its optimizer, and compiled functions for one epoch and one evaluation."""

    def __init__(
        self, architecture: Architecture, signature: Signature, optimizer: str, batch_size: int
    ) -> None:
        import keras
        import tensorflow as tf

        self._architecture = architecture
        self._signature = signature
        self._batch_size = batch_size
        self._l1, self._l2, self._rate = (tf.Variable(0.0, trainable=False) for _ in range(3))
        self._model = adjustable_model(architecture, signature, self._rate)
        self._optimizer = make_optimizer(optimizer, 0.001)
        self._optimizer.build(self._model.trainable_variables)
        self._loss = keras.losses.get(LOSSES[signature.target])
        self._kernels = [v.value for v in self._model.trainable_variables if _is_penalized(v.path)]
        self._initial: dict[int, list[npt.NDArray[Any]]] = {}
        self._has_sparse_gradients = architecture.kind == "bow"
        self._epoch = tf.function(self._trace_epoch)
        self._evaluate = tf.function(self._trace_evaluation)

    def train(
        self,
        train: Rows,
        val: Rows,
        test: Rows,
        *,
        strengths: Strengths,
        learning_rate: float,
        epochs: int,
        seed: int,
        every_epoch: bool = False,
    ) -> Curves:
        """Train from scratch; `seed` fixes initial weights, batch order and dropout masks."""
        import tensorflow as tf

        self._reset(seed, strengths, learning_rate)
        order = np.random.default_rng(seed)
        x, y, weight = (tf.constant(a) for a in (train.x, train.y, train.weight))
        val_x, val_y = tf.constant(val.x), tf.constant(val.y)
        test_x, test_y = tf.constant(test.x), tf.constant(test.y)
        val_losses, test_losses = [], []
        is_penalized = bool(strengths.l1 or strengths.l2) or not self._has_sparse_gradients
        for epoch in range(epochs):
            rows = order.permutation(len(train.x)).astype(np.int32)
            self._epoch(x, y, weight, tf.constant(rows), is_penalized)
            if every_epoch or epoch == epochs - 1:
                val_losses.append(float(self._evaluate(val_x, val_y)))
                test_losses.append(float(self._evaluate(test_x, test_y)))
        return Curves(val=np.array(val_losses), test=np.array(test_losses))

    def initial(self, seed: int) -> list[npt.NDArray[Any]]:
        """The weights `seed` starts from, in the order of Keras' `set_weights`."""
        self._reset(seed, Strengths(), 0.0)
        return [np.array(weight) for weight in self._model.get_weights()]

    def _reset(self, seed: int, strengths: Strengths, learning_rate: float) -> None:
        if seed not in self._initial:
            self._initial[seed] = self._initial_weights(seed)
        for variable, value in zip(self._model.variables, self._initial[seed], strict=True):
            variable.assign(value)
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        self._optimizer.learning_rate.assign(learning_rate)
        self._l1.assign(strengths.l1)
        self._l2.assign(strengths.l2)
        self._rate.assign(strengths.dropout)

    def _initial_weights(self, seed: int) -> list[npt.NDArray[Any]]:
        import keras

        keras.utils.set_random_seed(seed)
        twin = adjustable_model(self._architecture, self._signature, self._rate)
        values = []
        for position, variable in enumerate(twin.variables):
            value = keras.ops.convert_to_numpy(variable)
            is_seed_state = value.dtype == np.uint32
            values.append(np.array([seed, position], np.uint32) if is_seed_state else value)
        return values

    def _trace_epoch(self, x: Any, y: Any, weight: Any, rows: Any, is_penalized: bool) -> None:
        """One epoch; traced once for each value of `is_penalized`.

        Without a penalty, gradients of embeddings stay sparse and Keras' optimizers square them
        token by token; adding one makes them dense, even at strength 0.
        """
        import tensorflow as tf

        size = self._batch_size
        variables = self._model.trainable_variables

        def step(index: Any) -> Any:
            batch = tf.slice(rows, [index * size], [size])
            with tf.GradientTape() as tape:
                answers = self._model(tf.gather(x, batch), training=True)
                losses = self._loss(tf.gather(y, batch), answers)
                loss = tf.reduce_mean(losses * tf.gather(weight, batch))
                if is_penalized:
                    loss += self._penalty()
            gradients = tape.gradient(loss, [v.value for v in variables])
            self._optimizer.apply(gradients, variables)
            return index + 1

        steps = rows.shape[0] // size
        tf.while_loop(lambda index: index < steps, step, [tf.constant(0)])

    def _penalty(self) -> Any:
        import tensorflow as tf

        absolute = tf.add_n([tf.reduce_sum(tf.abs(k)) for k in self._kernels])
        squared = tf.add_n([tf.reduce_sum(tf.square(k)) for k in self._kernels])
        return self._l1 * absolute + self._l2 * squared

    def _trace_evaluation(self, x: Any, y: Any) -> Any:
        import tensorflow as tf

        return tf.reduce_mean(self._loss(y, self._model(x, training=False)))


def _is_penalized(path: str) -> bool:
    """Hidden kernels and embeddings: not recurrent kernels, biases, BN or the output layer."""
    return path.endswith(("/kernel", "/embeddings")) and not path.startswith("output/")
