"""Rows that don't fit into memory: read from their source again in every epoch."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Rows
from advisor.inputs.datasets.class_labels import with_numbered_classes
from advisor.inputs.datasets.parts import MAX_BYTES, Parts
from advisor.values import dataclass

PIECE = 256  # rows read at once


@dataclass(frozen=True, kw_only=True)
class StreamedDataset:
    """Training and validation rows as `tf.data`, for the user's own split only.

    `train` and `val` are `tf.data.Dataset`s of single rows: not batched, shuffled or repeated.
    Element shapes are known if the source has them. Each element is `(inputs, targets, weight)`: a
    tuple of tensors in the order of the model's inputs, one in the order of its outputs (both bound
    by `binding.bind`), and a scalar sample weight, or None if the part has none (TensorFlow's
    `NoneTensorSpec`; `Dataset.batch` keeps it None). `n_train` and `n_val` count their rows. The
    other fields are those of a Dataset.
    """

    source: str
    sha256: str | None
    train: Any
    val: Any
    n_train: int
    n_val: int
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    val_origin: Literal["given", "split off"] = "given"
    notes: tuple[str, ...] = ()


def streamed_arrays(parts: Parts, source: str, sha256: str | None) -> StreamedDataset:
    """Arrays too large to be held twice, read from where they are in pieces.

    Raises InputError without a validation part.
    """
    parts = with_numbered_classes(parts, source)
    if parts.val is None:
        raise InputError(
            f"{source}: takes more than {MAX_BYTES >> 30} GiB and has no validation part; add x_val"
            " and y_val"
        )
    return StreamedDataset(
        source=source,
        sha256=sha256,
        train=_single_rows(parts.train),
        val=_single_rows(parts.val),
        n_train=len(parts.train),
        n_val=len(parts.val),
        input_names=parts.input_names,
        target_names=parts.target_names,
        class_names=parts.class_names,
        column_names=parts.column_names,
        notes=(*parts.notes, f"The rows take more than {MAX_BYTES >> 30} GiB: they are streamed."),
    )


def numpy_elements(dataset: Any) -> Iterator[Any]:
    """The elements of a `tf.data.Dataset` as NumPy values, None for None.

    TensorFlow's own `as_numpy_iterator` fails on None in 2.18.
    """
    import tensorflow as tf

    def as_numpy(tensor: Any) -> Any:
        return None if tensor is None else tensor.numpy()

    return (tf.nest.map_structure(as_numpy, element) for element in dataset)


def _single_rows(rows: Rows) -> Any:
    import tensorflow as tf

    def piece(start: int) -> tuple[Any, ...]:
        inputs, targets = (
            tuple(np.asarray(array[start : start + PIECE]) for array in arrays)
            for arrays in (rows.inputs, rows.targets)
        )
        if rows.weights is None:
            return inputs, targets
        return inputs, targets, np.asarray(rows.weights[start : start + PIECE])

    def pieces() -> Iterator[tuple[Any, ...]]:
        return (piece(start) for start in range(0, len(rows), PIECE))

    signature = tf.nest.map_structure(
        lambda array: tf.TensorSpec(
            (None, *array.shape[1:]),
            tf.string if array.dtype.kind == "U" else tf.as_dtype(array.dtype),
        ),
        piece(0),
    )
    single = tf.data.Dataset.from_generator(pieces, output_signature=signature).unbatch()
    single = single.apply(tf.data.experimental.assert_cardinality(len(rows)))
    return single if rows.weights is not None else single.map(lambda x, y: (x, y, None))
