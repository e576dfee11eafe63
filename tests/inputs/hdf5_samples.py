"""HDF5 files with every type that is read, and the comparison with what h5py reads."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from advisor.inputs.files.file_window import FileWindow
from advisor.inputs.hdf5 import Attribute, Hdf5Dataset, Hdf5Tree, read_hdf5

DTYPES = ("f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?")


def plain(value: object) -> Attribute:
    """An attribute as h5py gives it, as the reader is to give it."""
    if isinstance(value, np.ndarray):
        return tuple(plain(each) for each in value.ravel().tolist())  # type: ignore[return-value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return value.decode() if isinstance(value, bytes) else value  # type: ignore[return-value]


def objects(group: h5py.Group, path: str = "/") -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    yield path, group
    for name, found in group.items():
        child = f"{path.rstrip('/')}/{name}"
        if isinstance(found, h5py.Group):
            yield from objects(found, child)
        else:
            yield child, found


def read_all(dataset: Hdf5Dataset, max_bytes: int) -> NDArray[np.generic]:
    chunks = list(dataset.chunks(max_bytes))
    assert all(chunk.ndim == 1 and chunk.nbytes <= max_bytes for chunk in chunks)
    return np.concatenate(chunks) if chunks else np.empty(0, dataset.dtype)


def native(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """h5py's values in the machine's byte order; pairs of bytes, bfloat16, as float32."""
    if values.dtype.kind == "V":
        words = np.frombuffer(values.tobytes(), "<u2").astype("<u4") << 16
        return words.view("<f4").reshape(values.shape)
    return values.astype(values.dtype.newbyteorder("="))


def assert_reads_like_h5py(window: FileWindow) -> Hdf5Tree:
    tree = read_hdf5(window, "model.h5")
    content = io.BytesIO(window.read(0, window.length))
    with h5py.File(content, "r") as file:
        expected = dict(objects(file))
        groups = {path for path, found in expected.items() if isinstance(found, h5py.Group)}
        assert list(tree.groups) == [path for path in expected if path in groups]
        assert list(tree.datasets) == [path for path in expected if path not in groups]
        for path in groups:
            attributes = {name: plain(value) for name, value in expected[path].attrs.items()}
            assert dict(tree.groups[path]) == attributes
        for path, dataset in tree.datasets.items():
            values = native(np.asarray(expected[path][()]))
            assert dataset.name == path
            assert dataset.shape == values.shape
            for max_bytes in (8, 50, 1 << 20):
                found = read_all(dataset, max_bytes)
                assert found.dtype == values.dtype
                assert found.tobytes() == values.tobytes()
    return tree


def write_everything(path: Path, *, libver: Sequence[str] | str, attributes: int = 7) -> None:
    """Every type of values and attributes that is read, with h5py."""
    rng = np.random.default_rng(0)
    with h5py.File(path, "w", libver=libver) as file:
        values = {
            "config": "é{}" * 40_000,  # 160 kB, as the config of a legacy file
            "count": 3,
            "share": np.float32(0.1),
            "fixed": np.bytes_("hi"),
            "names": np.array([b"dense", b"dense_1"]),
            "long_names": ["dense", "größer", ""],
            "none": np.array([]),
            "big_endian": np.arange(6, dtype=">i2").reshape(2, 3),
            "truth": True,
        }
        for name in list(values)[:attributes]:
            file.attrs[name] = values[name]
        for number, dtype in enumerate(DTYPES):
            group = file.require_group(f"part_{number // 4}")
            group[f"little/{dtype}"] = (rng.random((3, 5)) * 100).astype(dtype)
            if np.dtype(dtype).itemsize > 1:
                group[f"big/{dtype}"] = (rng.random((2, 3, 4)) * 100).astype(f">{dtype}")
        file["scalars/one"] = np.float32(3)
        file["scalars/none"] = np.zeros((0, 4), "f4")
        file["scalars/row"] = np.arange(7, dtype="f8")
        file.create_group("empty")
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((2, 2))
        compact = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, plist)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype="f4").reshape(2, 2))
