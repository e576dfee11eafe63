"""Binding streamed rows to a model: the first are checked, the rest is cast in the same way."""

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.datasets.parts import as_array
from advisor.training.rows.array_binding import bind_arrays, form_of, order_of
from advisor.training.rows.streamed import StreamedDataset, numpy_elements

LOOKED_AT = 1000  # rows of each part


def bind_stream(stream: StreamedDataset, model: Any) -> StreamedDataset:
    """The stream in the order, shapes and types that `bind_arrays` gives its first rows.

    Raises InputError as `bind` does.
    """
    import tensorflow as tf

    sample = _sample(stream)
    bound = bind_arrays(sample, model)
    form = form_of(model, sample)
    orders = (order_of(sample, form, "input"), order_of(sample, form, "target"))
    wanted = (bound.train.inputs, bound.train.targets)

    def fitted(inputs: Any, targets: Any, weight: Any) -> tuple[Any, ...]:
        parts = []
        for arrays, order, like in zip((inputs, targets), orders, wanted, strict=True):
            chosen = arrays if order is None else tuple(arrays[place] for place in order)
            parts.append(
                tuple(_like(tensor, array) for tensor, array in zip(chosen, like, strict=True))
            )
        return *parts, None if weight is None else tf.cast(weight, tf.float32)

    return replace(
        stream,
        train=stream.train.map(fitted),
        val=stream.val.map(fitted),
        input_names=bound.input_names,
        target_names=bound.target_names,
        notes=(*stream.notes, f"Only the first {LOOKED_AT:,} rows of each part were checked."),
    )


def _like(tensor: Any, array: Any) -> Any:
    """A row's tensor in the shape and type of the rows of `array`; classes as one-hot if those."""
    import tensorflow as tf

    shape = array.shape[1:]
    if tensor.dtype == tf.string:
        return tf.reshape(tensor, shape)
    if tensor.shape.rank == 0 and len(shape) == 1 and shape[0] > 1:
        return tf.one_hot(tf.cast(tensor, tf.int64), shape[0], dtype=array.dtype)
    return tf.reshape(tf.cast(tensor, array.dtype), shape)


def _sample(stream: StreamedDataset) -> Dataset:
    """The first rows of each part as a data set of arrays."""
    return Dataset(
        source=stream.source,
        sha256=stream.sha256,
        train=_first(stream.train, stream.source),
        val=_first(stream.val, stream.source),
        input_names=stream.input_names,
        target_names=stream.target_names,
        class_names=stream.class_names,
        column_names=stream.column_names,
    )


def _first(rows: Any, source: str) -> Rows:
    elements = list(islice(numpy_elements(rows), LOOKED_AT))
    if not elements:
        raise InputError(f"{source}: has a part without rows")

    def stacked(place: int) -> tuple[Any, ...]:
        columns = zip(*(element[place] for element in elements), strict=True)
        return tuple(
            as_array(
                np.array(column).astype("S") if isinstance(column[0], bytes) else np.stack(column),
                "rows",
                source,
            )
            for column in columns
        )

    has_weights = elements[0][2] is not None
    return Rows(
        inputs=stacked(0),
        targets=stacked(1),
        weights=np.array([element[2] for element in elements]) if has_weights else None,
    )
