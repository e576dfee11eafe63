"""L1 and L2 penalties whose strengths are variables, on the very weights that Keras penalizes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from advisor.training.model.graph_cond import graph_cond
from advisor.training.model.strengths import Key, Strengths
from advisor.values import dataclass

# Keras' argument -> the variables that it regularizes.
ROLES = {
    "kernel_regularizer": "kernel",
    "recurrent_regularizer": "recurrent_kernel",
    "depthwise_regularizer": "depthwise_kernel",
    "pointwise_regularizer": "pointwise_kernel",
    "embeddings_regularizer": "embeddings",
}


@dataclass(frozen=True, kw_only=True)
class Penalized:
    """A weight with its strengths: a key where trials vary them, else the user's own number."""

    variable: Any
    l1: Key | float
    l2: Key | float

    @property
    def is_varied(self) -> bool:
        """True if a trial may change a strength here."""
        return isinstance(self.l1, tuple) or isinstance(self.l2, tuple)


class Penalties:
    """All weights with L1 or L2; they were taken off Keras' own list of losses."""

    def __init__(self, entries: Sequence[Penalized], strengths: Strengths) -> None:
        self.entries = tuple(entries)
        self._strengths = strengths
        self._is_silent = False
        self._by_variable = {id(entry.variable): entry for entry in entries}

    def attach(self) -> None:
        """Put the penalties on Keras' list of losses (`model.losses`)."""
        import keras
        import tensorflow as tf

        def regularizer(entry: Penalized) -> Any:
            class VariablePenalty(keras.regularizers.Regularizer):  # type: ignore[misc]
                """A penalty for a model that is never saved."""

                def __call__(_, x: Any) -> Any:
                    if self._is_silent:
                        return tf.zeros(())
                    return self._penalty(entry, keras.ops.convert_to_tensor(x))

            return VariablePenalty()

        for entry in self.entries:
            entry.variable.regularizer = regularizer(entry)

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Attached penalties are 0 in what is traced in this block."""
        self._is_silent = True
        try:
            yield
        finally:
            self._is_silent = False

    def added_to(self, gradient: Any, variable: Any, scale: Any = None) -> Any:
        """`gradient` of the data loss plus that of the penalty on `variable`, times `scale`.

        This costs two operations where differentiating the sums costs eight. The gradient of an
        embedding is a list of rows, which Keras' optimizers square row by row; a penalty makes it
        dense. So at strength 0 it has to stay the list it is.
        """
        import tensorflow as tf

        entry = self._by_variable.get(id(variable))
        if entry is None:
            return gradient
        if not isinstance(gradient, tf.IndexedSlices):
            return gradient + self._gradient(entry, scale)
        if not entry.is_varied:
            return tf.convert_to_tensor(gradient) + self._gradient(entry, scale)
        rows = gradient.dense_shape[0] if gradient.dense_shape is not None else variable.shape[0]

        def dense() -> Any:
            every = tf.range(tf.cast(rows, gradient.indices.dtype))
            return tf.convert_to_tensor(gradient) + self._gradient(entry, scale), every

        strength = self._value(entry.l1) + self._value(entry.l2)
        values, indices = graph_cond(
            strength > 0, dense, (tf.convert_to_tensor(gradient.values), gradient.indices)
        )
        return tf.IndexedSlices(values, indices, gradient.dense_shape)

    def _value(self, strength: Key | float, dtype: Any = "float32") -> Any:
        import tensorflow as tf

        if isinstance(strength, tuple):
            return tf.cast(self._strengths.tensor(strength), dtype)
        return strength

    def _penalty(self, entry: Penalized, weight: Any) -> Any:
        import tensorflow as tf

        terms = []
        if entry.l1 != 0.0:
            terms.append(self._value(entry.l1, weight.dtype) * tf.reduce_sum(tf.abs(weight)))
        if entry.l2 != 0.0:
            terms.append(self._value(entry.l2, weight.dtype) * tf.reduce_sum(tf.square(weight)))
        return sum(terms[1:], terms[0])

    def _gradient(self, entry: Penalized, scale: Any) -> Any:
        import tensorflow as tf

        weight = entry.variable.value
        terms = []
        if entry.l1 != 0.0:
            terms.append(self._value(entry.l1, weight.dtype) * tf.sign(weight))
        if entry.l2 != 0.0:
            terms.append((2.0 * self._value(entry.l2, weight.dtype)) * weight)
        gradient = sum(terms[1:], terms[0])
        return gradient if scale is None else tf.cast(scale, gradient.dtype) * gradient


def present_penalty(variable: Any) -> tuple[float, float] | None:
    """L1 and L2 on `variable`, (0, 0) without a regularizer; None for one that is not known."""
    import keras

    regularizer = variable.regularizer
    known = keras.regularizers
    if regularizer is None:
        return 0.0, 0.0
    if type(regularizer) is known.L1:
        return float(regularizer.l1), 0.0
    if type(regularizer) is known.L2:
        return 0.0, float(regularizer.l2)
    if type(regularizer) is known.L1L2:
        return float(regularizer.l1 or 0.0), float(regularizer.l2 or 0.0)
    return None
