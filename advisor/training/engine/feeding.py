"""The user's arrays as tensors, and as the structures that a model takes and gives."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.inputs.dataset import Array, Rows
from advisor.keras_internals.structure import inputs_structure
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Tensors:
    """Rows on the device that trains.

    `weights` are sample weights [rows], None for none; `val_weights` those that count where the
    rows are validated on.
    """

    inputs: tuple[Any, ...]
    targets: tuple[Any, ...]
    weights: Any | None
    val_weights: Any | None = None

    def gathered(self, rows: Any) -> "Tensors":
        """The rows at these places, weighted for training."""
        import tensorflow as tf

        return Tensors(
            inputs=tuple(tf.gather(tensor, rows) for tensor in self.inputs),
            targets=tuple(tf.gather(tensor, rows) for tensor in self.targets),
            weights=None if self.weights is None else tf.gather(self.weights, rows),
        )

    def validated(self) -> "Tensors":
        """The same, weighted as validation counts them."""
        return Tensors(inputs=self.inputs, targets=self.targets, weights=self.val_weights)

    def flat(self) -> tuple[Any, ...]:
        """All tensors: inputs, targets, weights."""
        weights = (array for array in (self.weights, self.val_weights) if array is not None)
        return (*self.inputs, *self.targets, *weights)

    def like(self, flat: Sequence[Any]) -> "Tensors":
        """The tensors of `flat()` in the places of this one's."""
        n_inputs, n_targets = len(self.inputs), len(self.targets)
        weights = iter(flat[n_inputs + n_targets :])
        return Tensors(
            inputs=tuple(flat[:n_inputs]),
            targets=tuple(flat[n_inputs : n_inputs + n_targets]),
            weights=None if self.weights is None else next(weights),
            val_weights=None if self.val_weights is None else next(weights),
        )


def on_device(rows: Rows, val_weights: Array | None = None) -> Tensors:
    """The rows as tensors, with floating-point numbers in Keras' own precision, as `fit` has it."""
    import tensorflow as tf

    return Tensors(
        inputs=tuple(tf.constant(as_fed(array)) for array in rows.inputs),
        targets=tuple(tf.constant(as_fed(array)) for array in rows.targets),
        weights=None if rows.weights is None else tf.constant(as_fed(rows.weights)),
        val_weights=None if val_weights is None else tf.constant(as_fed(val_weights)),
    )


def as_fed(array: Array) -> Array:
    """The array as Keras' `fit` feeds it."""
    import keras

    if array.dtype.kind == "f":
        return array.astype(keras.config.floatx(), copy=False)
    return array.astype(object) if array.dtype.kind == "U" else array


def packed_inputs(model: Any, inputs: Sequence[Any], names: Sequence[str] = ()) -> Any:
    """Inputs in the structure that the model is called on.

    They are in the order of `model.inputs`. A subclassed model says nothing of its structure:
    it gets a dictionary where the rows came with names, else a list.
    """
    import keras

    structure = inputs_structure(model)
    if structure is not None and len(keras.tree.flatten(structure)) == len(inputs):
        return keras.tree.pack_sequence_as(structure, list(inputs))
    if len(inputs) == 1:
        return inputs[0]
    return dict(zip(names, inputs, strict=True)) if names else list(inputs)


def packed_targets(outputs: Any, targets: Sequence[Any]) -> Any:
    """Targets in the structure of the model's outputs, or as a list where some have no target."""
    import keras

    if keras.tree.is_nested(outputs) and len(keras.tree.flatten(outputs)) == len(targets):
        return keras.tree.pack_sequence_as(outputs, list(targets))
    return targets[0] if len(targets) == 1 else list(targets)


def batches(part: Any, size: int, at_most: int) -> Iterator[Rows]:
    """The rows a few at a time; `at_most` bounds those of a stream."""
    if isinstance(part, Rows):
        for first in range(0, len(part), size):
            yield part.take(np.arange(first, min(first + size, len(part))))
        return
    for inputs, targets, weight in part.take(at_most).batch(size):
        yield Rows(
            inputs=tuple(tensor.numpy() for tensor in inputs),
            targets=tuple(tensor.numpy() for tensor in targets),
            weights=None if weight is None else weight.numpy(),
        )


def class_weighted(
    rows: Rows, class_weight: Mapping[int, float] | None
) -> NDArray[np.float32] | None:
    """Sample weights with those of the classes multiplied in; labels as Keras' `fit` reads them."""
    if class_weight is None:
        return rows.weights
    labels = rows.targets[0]
    if labels.ndim > 1:
        labels = labels.argmax(axis=-1) if labels.shape[-1] > 1 else labels[..., 0]
    by_class = np.ones(labels.shape, np.float32)
    for label, weight in class_weight.items():
        by_class[labels.astype(np.int64) == label] = weight
    return by_class if rows.weights is None else by_class * rows.weights.astype(np.float32)
