"""Writing HDF5 files that mean harm, and looking at how they are refused."""

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5 import read_hdf5

VALUES = np.arange(6, dtype="f4").reshape(2, 3)


def refusal(path: Path) -> str:
    """The one line that the file is refused with: soon, and without much memory."""
    tracemalloc.start()
    begun = time.monotonic()
    try:
        with pytest.raises(InputError) as caught:
            for dataset in read_hdf5(whole_file(path), "model.h5").datasets.values():
                for _ in dataset.chunks(1 << 20):
                    pass
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begun < 5
    message = str(caught.value)
    assert message.startswith("model.h5: ")
    assert message.isprintable()
    return message


def written(path: Path, write: Callable[[h5py.File], object], libver: str | None = None) -> Path:
    with h5py.File(path, "w", libver=libver) as file:
        file["layers/dense/vars/0"] = VALUES
        write(file)
    return path


def edited(path: Path, found: bytes, put: bytes, *, place: int = 0) -> Path:
    """Overwrite what stands `place` bytes after the only occurrence of `found`."""
    content = bytearray(path.read_bytes())
    assert content.count(found) == 1
    start = content.index(found) + place
    content[start : start + len(put)] = put
    path.write_bytes(content)
    return path
