"""Penalties whose strengths are variables, on the very weights that Keras penalizes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from advisor.regularization import PENALTIES, Family
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


def _l1(strength: Any, weight: Any) -> Any:
    import tensorflow as tf

    return strength * tf.reduce_sum(tf.abs(weight))


def _l1_gradient(strength: Any, weight: Any) -> Any:
    import tensorflow as tf

    return strength * tf.sign(weight)


def _l2(strength: Any, weight: Any) -> Any:
    import tensorflow as tf

    return strength * tf.reduce_sum(tf.square(weight))


def _l2_gradient(strength: Any, weight: Any) -> Any:
    return (2.0 * strength) * weight


_Term = Callable[[Any, Any], Any]  # of a strength and a weight
_TERMS: Mapping[Family, _Term] = {"l1": _l1, "l2": _l2}
_GRADIENTS: Mapping[Family, _Term] = {"l1": _l1_gradient, "l2": _l2_gradient}


@dataclass(frozen=True, kw_only=True)
class Penalized:
    """A weight with its strengths above 0: a key where trials vary one, else the user's own."""

    variable: Any
    strengths: Mapping[Family, Key | float]

    @property
    def is_varied(self) -> bool:
        """True if a trial may change a strength here."""
        return any(isinstance(strength, tuple) for strength in self.strengths.values())

    @property
    def terms(self) -> Iterator[tuple[Family, Key | float]]:
        """The families in the table's order, with their strengths."""
        return ((f, self.strengths[f]) for f in PENALTIES if f in self.strengths)


class Penalties:
    """All weights with a penalty; they were taken off Keras' own list of losses."""

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

        This costs two operations; differentiating the sums costs eight. The gradient of an
        embedding is a list of rows, which Keras' optimizers square row by row; a penalty makes it
        dense. So at strength 0 it must stay a list.
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

        first, *others = (self._value(name) for _, name in entry.terms)
        strength = sum(others, first)
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
        terms = [
            _TERMS[family](self._value(strength, weight.dtype), weight)
            for family, strength in entry.terms
        ]
        return sum(terms[1:], terms[0])

    def _gradient(self, entry: Penalized, scale: Any) -> Any:
        import tensorflow as tf

        weight = entry.variable.value
        terms = [
            _GRADIENTS[family](self._value(strength, weight.dtype), weight)
            for family, strength in entry.terms
        ]
        gradient = sum(terms[1:], terms[0])
        return gradient if scale is None else tf.cast(scale, gradient.dtype) * gradient


def present_penalty(variable: Any) -> dict[Family, float] | None:
    """The strengths above 0 on `variable`; None for a regularizer that is not known."""
    import keras

    regularizer = variable.regularizer
    known = keras.regularizers
    if regularizer is None:
        return {}
    if type(regularizer) not in (known.L1, known.L2, known.L1L2):
        return None
    strengths = {family: float(getattr(regularizer, family, None) or 0.0) for family in PENALTIES}
    return {family: strength for family, strength in strengths.items() if strength}
