"""Rows out of `tf.data` datasets and Keras' `PyDataset`s: into memory, or streamed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Rows, nbytes
from advisor.inputs.datasets.objects import named_arrays
from advisor.inputs.datasets.parts import MAX_BYTES, Parts, as_array, joined
from advisor.training.reason import reason_of
from advisor.training.rows.streamed import StreamedDataset, numpy_elements
from advisor.training.rows.user_function import told
from advisor.values import dataclass

READ_AT_ONCE = 256  # rows
Shapes = Sequence[tuple[int | None, ...]]  # of a row of each of the model's inputs


def is_tensor_source(value: object) -> bool:
    """True for a `tf.data.Dataset` or a `keras.utils.PyDataset`."""
    names = {f"{cls.__module__.split('.')[0]}.{cls.__name__}" for cls in type(value).__mro__}
    return bool(names & {"tensorflow.DatasetV2", "keras.PyDataset"})


def read_tensors(
    train: object, val: object | None, source: str, shapes: Shapes | None
) -> Parts | StreamedDataset:
    """The rows of one or two sources; streamed if they take more than 2 GiB.

    Elements are `(x, y)` or `(x, y, sample_weight)`, batched or not; the model's `shapes`, if
    known, show which. What a source draws at random is drawn once. Raises InputError for elements
    of another form, endless sources, rows of different shapes, and a source to be streamed that has
    no validation part.
    """
    parts = [_batched(part, source, shapes) for part in (train, val) if part is not None]
    room = MAX_BYTES
    read: list[Rows] = []
    for part in parts:
        rows = _in_memory(part, source, room)
        if rows is None:
            return _streamed(parts, source)
        room -= nbytes(rows)
        read.append(rows)
    return Parts(
        train=read[0],
        val=read[1] if len(read) > 1 else None,
        input_names=parts[0].input_names,
        target_names=parts[0].target_names,
    )


@dataclass(frozen=True, kw_only=True)
class Batches:
    """A source as a `tf.data.Dataset` of batches `(x, y)` or `(x, y, weight)`."""

    dataset: Any
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]


def _batched(value: Any, source: str, shapes: Shapes | None) -> Batches:
    import tensorflow as tf

    dataset = value if isinstance(value, tf.data.Dataset) else _of_py_dataset(value, source)
    if int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY:
        raise InputError(f"{source}: repeats its rows for ever; leave .repeat() out")
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) not in (2, 3):
        raise InputError(
            f"{source}: its elements are {_described(spec)}; give (x, y) or (x, y, sample_weight)"
        )
    for leaf in tf.nest.flatten(spec):
        if not isinstance(leaf, tf.TensorSpec):
            kind = type(leaf).__name__.removesuffix("Spec")
            raise InputError(
                f"{source}: holds a {kind}; make it a plain tensor, e.g. with .to_tensor() and one"
                " length for all rows"
            )
    if not _is_batched(spec, shapes):
        dataset = dataset.batch(READ_AT_ONCE)
    return Batches(dataset=dataset, input_names=_names(spec[0]), target_names=_names(spec[1]))


def _of_py_dataset(value: Any, source: str) -> Any:
    """A PyDataset as a `tf.data.Dataset` of its batches."""
    import keras
    import tensorflow as tf

    count = value.num_batches
    if count is None:
        raise InputError(f"{source}: has no end; give its PyDataset a __len__ in batches")
    if count == 0:
        raise InputError(f"{source}: has no batches")

    def batch(index: int) -> tuple[Any, ...]:
        x, y, weight = keras.utils.unpack_x_y_sample_weight(value[index])
        if y is None:
            raise InputError(f"{source}: its batches hold no targets; give (x, y)")
        parts = (x, y) if weight is None else (x, y, weight)
        return tuple(tf.nest.map_structure(np.asarray, part) for part in parts)

    def batches() -> Iterator[tuple[Any, ...]]:
        return (batch(index) for index in range(count))

    with told(source):
        first = batch(0)
    signature = tf.nest.map_structure(
        lambda array: tf.TensorSpec((None, *array.shape[1:]), tf.as_dtype(array.dtype)), first
    )
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(count))


def _is_batched(spec: Any, shapes: Shapes | None) -> bool:
    """True if elements are batches: by the ranks of the model's inputs, else by their shapes."""
    import tensorflow as tf

    leaves = tf.nest.flatten(spec)
    ranks = [leaf.shape.rank for leaf in leaves]
    if any(rank == 0 for rank in ranks):
        return False
    inputs = tf.nest.flatten(spec[0])
    if shapes is not None and len(shapes) == len(inputs):
        return [leaf.shape.rank for leaf in inputs] != [len(shape) for shape in shapes]
    return len({leaf.shape[0] for leaf in leaves}) == 1


def _names(spec: Any) -> tuple[str, ...]:
    """The keys of a dict, in the order in which its values come out flat."""
    return tuple(sorted(spec)) if isinstance(spec, dict) else ()


def _rows(element: tuple[Any, ...], source: str) -> Rows:
    """One batch as arrays; a dict's in the order of its sorted keys."""
    x, y = (
        {key: part[key] for key in sorted(part)} if isinstance(part, dict) else part
        for part in element[:2]
    )
    weight = element[2] if len(element) > 2 else None
    return Rows(
        inputs=named_arrays(x, "x", source).arrays,
        targets=named_arrays(y, "y", source).arrays,
        weights=None if weight is None else as_array(weight, "sample_weight", source).reshape(-1),
    )


def _in_memory(part: Batches, source: str, room: int) -> Rows | None:
    """All rows, or None where they take more than `room` bytes."""
    import tensorflow as tf

    batches: list[Rows] = []
    try:
        for element in numpy_elements(part.dataset):
            rows = _rows(_with_text(element), source)
            room -= nbytes(rows)
            if room < 0:
                return None
            batches.append(rows)
    except tf.errors.OpError as error:
        raise InputError(f"{source}: cannot be read: {reason_of(error)}") from error
    if not batches:
        raise InputError(f"{source}: has a part without rows")
    shapes = {tuple(array.shape[1:] for array in (*b.inputs, *b.targets)) for b in batches}
    if len(shapes) > 1:
        raise InputError(f"{source}: its rows have different shapes; pad or crop them to one")
    return joined(batches)


def _with_text(element: Any) -> Any:
    """Tensors of text come as objects that are bytes; here they become text."""
    import tensorflow as tf

    return tf.nest.map_structure(
        lambda array: np.asarray(array).astype("S") if _is_bytes(array) else np.asarray(array),
        element,
    )


def _is_bytes(array: Any) -> bool:
    return isinstance(array, bytes) or getattr(array, "dtype", None) == np.object_


def _streamed(parts: Sequence[Batches], source: str) -> StreamedDataset:
    if len(parts) == 1:
        raise InputError(
            f"{source}: takes more than {MAX_BYTES >> 30} GiB and has no validation part; give one"
            " as a second data set"
        )
    train, val = (_single_rows(part.dataset) for part in parts)
    return StreamedDataset(
        source=source,
        sha256=None,
        train=train,
        val=val,
        n_train=_count(parts[0].dataset),
        n_val=_count(parts[1].dataset),
        input_names=parts[0].input_names,
        target_names=parts[0].target_names,
        notes=(f"The rows take more than {MAX_BYTES >> 30} GiB: they are streamed.",),
    )


def _single_rows(batches: Any) -> Any:
    """Elements `(inputs, targets, weight or None)` of one row each."""
    import tensorflow as tf

    def flat(x: Any, y: Any, weight: Any = None) -> tuple[Any, ...]:
        scalar = None if weight is None else tf.reshape(weight, [])
        return tuple(tf.nest.flatten(x)), tuple(tf.nest.flatten(y)), scalar

    return batches.unbatch().map(flat)


def _count(batches: Any) -> int:
    """The number of rows, by reading them all."""
    import tensorflow as tf

    lengths = batches.map(lambda *element: tf.shape(tf.nest.flatten(element)[0])[0])
    return int(lengths.reduce(np.int64(0), lambda total, n: total + tf.cast(n, tf.int64)))


def _described(spec: Any) -> str:
    if isinstance(spec, tuple):
        return f"tuples of {len(spec)}"
    return "dicts" if isinstance(spec, dict) else "single tensors, without targets"
