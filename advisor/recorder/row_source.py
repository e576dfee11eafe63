"""Rows that a training reads, read again without disturbing it."""

import random
from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import Any

import numpy as np

from advisor.keras_internals.tf_dataset import is_tf_dataset
from advisor.recorder.tf_pipeline import (
    GIVE_ROWS,
    CannotReadAgainError,
    batch_rows_of,
    is_endless,
    refuse_random,
    refuse_unrepeatable,
    repeats_rows,
    rows_of_dataset,
)
from advisor.values import dataclass

ROWS_AT_ONCE = 4  # batches: inference keeps no activations, so this fits where training does

_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A number of rows, or why it is not known."""

    rows: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A few rows, in the structures that `fit` got; `weight` None where there is none."""

    x: Any
    y: Any
    weight: Any


@dataclass(frozen=True, kw_only=True)
class RowSource:
    """What `fit` was given: arrays (in any structure), or something that makes its own batches."""

    x: Any
    y: Any = None
    weight: Any = None
    batch_size: int = 32
    steps: int | None = None  # batches at most

    @property
    def is_weighted(self) -> bool | None:
        """True if the rows have sample weights; None where the source does not tell."""
        if self.weight is not None:
            return True
        if is_tf_dataset(self.x):
            spec = self.x.element_spec
            return isinstance(spec, tuple) and len(spec) == 3 and spec[2] is not None
        return False if self.is_arrays else None

    @property
    def is_arrays(self) -> bool:
        """True if the rows are held in memory."""
        return not _makes_batches(self.x)

    @property
    def is_endless(self) -> bool:
        """True for a data set that starts again by itself."""
        return is_tf_dataset(self.x) and is_endless(self.x)

    @property
    def repeats_rows(self) -> bool:
        """True for a data set that may give the same rows several times in one pass."""
        return is_tf_dataset(self.x) and repeats_rows(self.x)

    def batches(self, *, is_over: bool = False) -> Iterator[Batch]:
        """The rows, in the order in which `evaluate` reads them.

        Raises CannotReadAgainError where reading them again would change what training gets, or
        would give others. Once training `is_over`, their order may change and nothing is disturbed.
        """
        if self.is_arrays:
            yield from self._of_arrays()
            return
        if self.is_endless and self.steps is None:
            raise CannotReadAgainError("the dataset never ends")
        left = row_count(self.x).rows or 0 if self.repeats_rows and not is_over else inf
        for element in islice(_again(self.x, is_over=is_over), self.steps):
            x, y, weight = _unpacked(element)
            left -= _rows(x)
            if left < 0:
                raise CannotReadAgainError(f"the dataset repeats its rows{GIVE_ROWS}")
            yield Batch(x=x, y=y, weight=weight)

    def _of_arrays(self) -> Iterator[Batch]:
        import keras

        x, y, weight = (
            None if part is None else keras.tree.map_structure(_as_array, part)
            for part in (self.x, self.y, self.weight)
        )
        rows = _rows(x)
        if self.steps is not None:
            rows = min(rows, self.steps * self.batch_size)
        size = self.batch_size * ROWS_AT_ONCE
        for start in range(0, rows, size):
            stop = min(start + size, rows)
            yield Batch(
                x=_cut(x, start, stop),
                y=_cut(y, start, stop),
                weight=_cut(weight, start, stop),
            )


def row_count(x: Any) -> Counted:
    """How many rows the data has, where it tells without being read."""
    if not _makes_batches(x):
        try:
            return Counted(rows=_rows(x))
        except (TypeError, IndexError, ValueError):
            return Counted(reason=f"{type(x).__name__} has no length")
    if is_tf_dataset(x):
        rows = rows_of_dataset(x)
        return Counted(rows=rows, reason="a tf.data.Dataset like this does not tell its rows")
    if _is_loader(x) and isinstance(x.batch_size, int):
        rows = len(x.sampler)
        return Counted(rows=rows - rows % x.batch_size if x.drop_last else rows)
    return Counted(reason=f"a {type(x).__name__} does not tell how many rows it has")


def batch_rows(x: Any) -> int | None:
    """The size of the batches that the data makes itself, where it tells."""
    if _is_loader(x):
        return x.batch_size if isinstance(x.batch_size, int) else None
    if is_tf_dataset(x):
        return batch_rows_of(x)
    return None


def _again(data: Any, *, is_over: bool) -> Iterator[Any]:
    """The batches of a source that makes its own."""
    import keras

    if is_tf_dataset(data):
        refuse_random(data)
        if not is_over:
            refuse_unrepeatable(data)
        yield from data
    elif isinstance(data, keras.utils.PyDataset):
        if not is_over and any(isinstance(part, _GENERATORS) for part in vars(data).values()):
            raise CannotReadAgainError(f"the PyDataset draws random numbers{GIVE_ROWS}")
        yield from (data[index] for index in range(data.num_batches or 0))
    elif _is_loader(data):
        if not is_over and type(data.sampler).__name__ != "SequentialSampler":
            raise CannotReadAgainError("the DataLoader does not give its rows in order")
        yield from data
    else:
        raise CannotReadAgainError(
            f"a {type(data).__name__} cannot be read a second time{GIVE_ROWS}"
        )


def _is_loader(data: Any) -> bool:
    return hasattr(data, "sampler") and hasattr(data, "batch_size") and hasattr(data, "drop_last")


def _makes_batches(data: Any) -> bool:
    """True for what yields batches; arrays, tables, and lists or dicts of them do not."""
    if isinstance(data, dict | list | tuple) or hasattr(data, "shape"):
        return False
    return hasattr(data, "__next__") or hasattr(data, "__getitem__") or hasattr(data, "__iter__")


def _unpacked(element: Any) -> tuple[Any, Any, Any]:
    if not isinstance(element, list | tuple):
        return element, None, None
    parts = [*element, None, None]
    return parts[0], parts[1], parts[2]


def _as_array(part: Any) -> Any:
    """What Keras makes of a table or a tensor: an array in memory."""
    if hasattr(part, "to_numpy"):  # pandas; a column becomes [rows, 1], as in fit
        array = part.to_numpy()
        return array[:, None] if array.ndim == 1 else array
    if hasattr(part, "detach"):
        return part.detach().cpu().numpy()
    return np.asarray(part)


def _rows(x: Any) -> int:
    import keras

    return int(keras.tree.flatten(x)[0].shape[0])


def _cut(part: Any, start: int, stop: int) -> Any:
    import keras

    if part is None:
        return None
    return keras.tree.map_structure(lambda array: array[start:stop], part)
