"""One hash of a set of rows, equal for equal rows however they came: arrays, files, batches."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.inputs.dataset import Array, Rows

_BYTES_AT_ONCE = 2**24  # of an array that is normalised


def rows_sha256(rows: Rows) -> str:
    """The hash of rows in memory, or in a file that NumPy maps."""
    hasher = RowsHasher()
    hasher.update(rows.inputs, rows.targets)
    return hasher.hexdigest()


class RowsHasher:
    """SHA-256 over the values of all rows, in their order, fed whole or in batches.

    Numbers count to the precision of float32, whole numbers exactly, whatever their type (labels
    are as often float32 as int64); text counts as UTF-8. Axes of length 1 after the first, and
    the order and the names of several inputs or targets, do not count: `fit` and a file may hold
    one column as [rows] and as [rows, 1]. Sample weights do not count.
    """

    def __init__(self) -> None:
        self._inputs: list[_ArrayHasher] = []
        self._targets: list[_ArrayHasher] = []

    def update(self, inputs: Sequence[Any], targets: Sequence[Any]) -> None:
        """Take the next rows; every array has them along its first axis."""
        for hashers, arrays in ((self._inputs, inputs), (self._targets, targets)):
            if not hashers:
                hashers.extend(_ArrayHasher() for _ in arrays)
            for hasher, array in zip(hashers, arrays, strict=True):
                hasher.update(np.asarray(array))

    def hexdigest(self) -> str:
        """The hash of all rows so far."""
        whole = hashlib.sha256()
        for role, hashers in ((b"inputs", self._inputs), (b"targets", self._targets)):
            whole.update(role)
            for digest in sorted(hasher.digest() for hasher in hashers):
                whole.update(digest)
        return whole.hexdigest()


class _ArrayHasher:
    """The hash of one array's values, row after row, and of the shape of all rows."""

    def __init__(self) -> None:
        self._values = hashlib.sha256()
        self._rows = 0
        self._row_shape: tuple[int, ...] = ()
        self._kind = ""

    def update(self, array: Array) -> None:
        self._rows += len(array)
        self._row_shape = tuple(size for size in array.shape[1:] if size != 1)
        row_bytes = max(1, array.nbytes // max(1, len(array)))
        step = max(1, _BYTES_AT_ONCE // row_bytes)
        for start in range(0, len(array), step):
            values = _normalised(array[start : start + step])
            self._kind = "number" if values.dtype.kind == "f" else "text"
            self._values.update(values.view(np.uint8).data)

    def digest(self) -> bytes:
        head = f"{self._kind} {self._rows} {self._row_shape} ".encode()
        return hashlib.sha256(head + self._values.digest()).digest()


def _normalised(array: Array) -> NDArray[Any]:
    if array.dtype.kind in "biu":
        return array.astype("<f8").reshape(-1)
    if array.dtype.kind == "f" or array.dtype.name == "bfloat16":
        return array.astype("<f4").astype("<f8").reshape(-1)
    texts = [_as_bytes(value) for value in array.reshape(-1)]
    joined = b"".join(len(text).to_bytes(8, "little") + text for text in texts)
    return np.frombuffer(joined, dtype=np.uint8)


def _as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
