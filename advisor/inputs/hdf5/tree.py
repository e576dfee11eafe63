"""What an HDF5 file holds: groups with attributes, and datasets whose values are streamed."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from math import prod

import numpy as np
from numpy.typing import NDArray

from advisor.inputs.files.file_window import FileWindow
from advisor.values import dataclass

Attribute = str | int | float | tuple[str, ...] | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Hdf5Dataset:
    """Numbers that lie in one piece in a file; a `StoredTensor`.

    `name` is the absolute path, `/layers/dense/vars/0`; `dtype` is Keras' name, `bfloat16` and
    `bool` included; `offset` is where the values begin in `window`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    offset: int
    window: FileWindow = field(repr=False)
    stored_as: str = field(repr=False)  # NumPy's spelling of the bytes in the file: "<f4", "|i1"

    @property
    def stored_size(self) -> int:
        """How many bytes the values take in the file."""
        return prod(self.shape) * np.dtype(self.stored_as).itemsize

    def chunks(self, max_bytes: int) -> Iterator[NDArray[np.generic]]:
        """The values in C order as flat arrays of at most `max_bytes` bytes each.

        bfloat16 arrives as float32, everything else as stored, in the machine's byte order.
        Chunks of a tensor with two or more axes hold whole rows of the last axis, unless one row
        alone is larger. InputError where the file ends too early.
        """
        stored = np.dtype(self.stored_as)
        width = 4 if self.dtype == "bfloat16" else stored.itemsize
        size = prod(self.shape)
        row = self.shape[-1] if len(self.shape) > 1 else size
        with self.window.open() as file:
            for start, stop in _spans(size, row, max(1, max_bytes // width)):
                raw = np.empty((stop - start) * stored.itemsize, dtype=np.uint8)
                place = self.offset + start * stored.itemsize
                self.window.read_into(file, place, raw.data)
                yield self._values(raw.view(stored))

    def _values(self, raw: NDArray[np.generic]) -> NDArray[np.generic]:
        native = raw.astype(raw.dtype.newbyteorder("="), copy=False)
        if self.dtype == "bfloat16":
            return (native.astype(np.uint32) << np.uint32(16)).view(np.float32)
        if self.dtype == "bool":
            return native.astype(np.bool_)
        return native


@dataclass(frozen=True, kw_only=True)
class Hdf5Tree:
    """All groups and datasets of a file, by absolute path, siblings sorted by name as h5py does.

    `groups` maps each group's path, "/" included, to its attributes. Attributes of other types
    (references, compounds) and empty ones are left out: Keras writes none.
    """

    groups: Mapping[str, Mapping[str, Attribute]]
    datasets: Mapping[str, Hdf5Dataset]


def _spans(size: int, row: int, most: int) -> Iterator[tuple[int, int]]:
    """Ranges that cover `size` entries: of whole rows, or of parts of a row longer than `most`."""
    if row <= most:
        step = most // row * row if row else 1
        for start in range(0, size, step):
            yield start, min(start + step, size)
        return
    for row_start in range(0, size, row):
        for start in range(row_start, row_start + row, most):
            yield start, min(start + most, row_start + row)
