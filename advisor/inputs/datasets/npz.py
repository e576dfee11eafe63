"""An `.npz` file of NumPy, each array checked against its real size before it is read."""

from collections.abc import Collection
from math import prod
from pathlib import Path
from typing import Literal

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array
from advisor.inputs.datasets.array_names import parse_name, parts_of_names
from advisor.inputs.datasets.parts import MAX_BYTES, Parts
from advisor.inputs.files.archive import Archive, open_archive
from advisor.inputs.files.file_window import FileWindow, shown, shown_name
from advisor.inputs.files.npy_header import NpyHeader, read_npy_header

MAX_HEADER_BYTES = 1 << 16
_END = ".npy"


def read_npz(path: Path, *, use_test: bool) -> Parts:
    """The parts in an `.npz` file; arrays above 2 GiB in all stay in the file (`np.memmap`).

    Nothing is unpickled. Raises InputError for arrays of objects, for headers that declare
    another size than the archive holds, for zip bombs, and where inputs or targets are missing.
    """
    source = shown_name(path)
    with open_archive(path) as archive:
        names = [name for name in archive.names if name.endswith(_END)]
        if not names:
            raise InputError(f"{source}: holds no arrays; save them with np.savez")
        wanted = _wanted(names, use_test)
        total = sum(archive.members[name].size for name in wanted)
        arrays: dict[str, object] = {
            name.removesuffix(_END): _array(archive, name, source, total)
            if name in wanted
            else None
            for name in names
        }
    return parts_of_names(arrays, source, use_test=use_test)


def read_arrays(path: Path, names: Collection[str]) -> dict[str, Array]:
    """Those arrays of an `.npz` file that are called one of `names`; others are not looked at.

    Nothing is unpickled; arrays above 2 GiB in all stay in the file. InputError as `read_npz`.
    """
    source = shown_name(path)
    with open_archive(path) as archive:
        wanted = [name for name in archive.names if name.removesuffix(_END) in names]
        total = sum(archive.members[name].size for name in wanted)
        return {name.removesuffix(_END): _array(archive, name, source, total) for name in wanted}


def _wanted(names: list[str], use_test: bool) -> list[str]:
    """The arrays that have a meaning; those of a test part only where they may have to serve."""
    parts = {name: meaning.part for name in names if (meaning := parse_name(name[: -len(_END)]))}
    with_test = use_test and "val" not in parts.values()
    return [name for name, part in parts.items() if part != "test" or with_test]


def _array(archive: Archive, name: str, source: str, total: int) -> Array:
    member = archive.members[name]
    label = shown(name.removesuffix(_END))
    if total > MAX_BYTES and member.is_deflated:
        raise InputError(
            f"{source}: its arrays take {total / 2**30:.1f} GiB, too much to decompress into"
            " memory; save them with np.savez, uncompressed, to have them streamed"
        )
    window = archive.window(name)
    header = _header(window, label, source)
    _check_size(header, window, label, source)
    order: Literal["F", "C"] = "F" if header.is_fortran else "C"
    if total > MAX_BYTES:
        return np.memmap(
            window.path,
            dtype=header.dtype,
            mode="r",
            offset=window.offset + header.start,
            shape=header.shape,
            order=order,
        )
    flat = np.empty(prod(header.shape), dtype=header.dtype)
    if flat.nbytes:
        with window.open() as file:
            window.read_into(file, header.start, flat.view(np.uint8).data)
    return flat.reshape(header.shape, order=order)


def _header(window: FileWindow, label: str, source: str) -> NpyHeader:
    try:
        header = read_npy_header(window.magic(MAX_HEADER_BYTES))
    except ValueError as error:
        raise InputError(
            f"{source}: {label} is no array of NumPy; save it again with np.savez"
        ) from error
    if header.dtype.hasobject:
        raise InputError(
            f"{source}: {label} holds Python objects, which only unpickling could read, and that"
            " runs code; save plain numbers or text, e.g. np.asarray(rows, dtype='float32')"
        )
    return header


def _check_size(header: NpyHeader, window: FileWindow, label: str, source: str) -> None:
    """Refuse a header that declares more or less than the file holds."""
    declared = prod(header.shape) * header.dtype.itemsize
    held = window.length - header.start
    if declared != held or any(size < 0 for size in header.shape):
        raise InputError(
            f"{source}: {label} declares shape {header.shape} of {header.dtype}, which is"
            f" {declared:,} bytes, but holds {held:,}; save it again with np.savez"
        )
