"""Reads an HDF5 file of unusual layout with h5py, in a child process with limits.

`fallback` runs this file as a script: libhdf5 can loop for ever on a damaged file and can't be
interrupted from Python. It imports nothing of advisor. What it found it leaves in a folder: an
`index.json`, and `values`, the values of datasets that don't lie in one piece in the file.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

MEMORY = 3 << 30  # address space; Python with h5py takes 0.6 GB of it
MAX_COPIED = 4 << 30
MAX_CHUNK = 64 << 20
MAX_SLAB = 512 << 20
BOMB_BYTES, BOMB_RATIO = 64 << 20, 100
MAX_DEPTH = 64
MAX_OBJECTS = 500_000
MAX_ATTRIBUTE_BYTES = 64 << 20
MAX_VALUES = 1_000_000  # of one attribute
SAFE_FILTERS = {1, 2, 3}  # deflate, shuffle, fletcher32: any other loads a plug-in


class Refused(Exception):
    """What the file holds is unsafe, or is not numbers; the message says what."""


class Window(io.RawIOBase):
    """A range of bytes of a file, as the file that h5py opens."""

    def __init__(self, path: str, offset: int, length: int) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115 - lives as long as the process
        self._offset = offset
        self._length = length
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As any file's, counted from the window's beginning."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """As any file's, up to the window's end."""
        view = memoryview(buffer).cast("B")
        size = max(0, min(len(view), self._length - self._position))
        self._file.seek(self._offset + self._position)
        count = self._file.readinto(view[:size])
        self._position += count
        return count


def limit(seconds: int) -> None:
    """Bound this process's memory, processor time and the size of what it writes."""
    import resource

    bounds = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: MAX_COPIED,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _, hardest = resource.getrlimit(kind)
        allowed = bound if hardest == resource.RLIM_INFINITY else min(bound, hardest)
        try:
            resource.setrlimit(kind, (allowed, allowed))
        except ValueError:  # macOS knows no limit of address space
            if kind != resource.RLIMIT_AS:
                raise


def read(file: io.RawIOBase, folder: Path) -> dict[str, Any]:
    """Groups and datasets with their attributes; copies values into the folder where needed."""
    import h5py

    groups: dict[str, Any] = {}
    datasets: list[dict[str, Any]] = []
    with h5py.File(file, "r") as root, (folder / "values").open("xb") as values:
        waiting = [("/", root, 0)]
        visited = {h5py.h5o.get_info(root.id).addr}
        while waiting:
            path, item, depth = waiting.pop()
            if isinstance(item, h5py.Dataset):
                datasets.append(describe(path, item, values))
                continue
            if not isinstance(item, h5py.Group) or depth > MAX_DEPTH:
                raise Refused(f"{path!r} is neither a group nor a dataset, or too deep")
            groups[path] = dict(attributes(item))
            for name in reversed(list(item)):
                child = open_link(item, name, visited)
                waiting.append((f"{path.rstrip('/')}/{name}", child, depth + 1))
    return {"groups": groups, "datasets": datasets}


def open_link(group: Any, name: str, visited: set[int]) -> Any:
    """The object that a hard link names, each only once; other kinds of links are refused."""
    import h5py

    link = name.encode("utf-8", "surrogateescape")
    if group.id.links.get_info(link).type != h5py.h5l.TYPE_HARD:
        raise Refused(f"{name!r} is a link that leads elsewhere")
    child = group[name]
    address = h5py.h5o.get_info(child.id).addr
    if address in visited or len(visited) > MAX_OBJECTS:
        raise Refused(f"{name!r} is a second name of one object, or one of too many")
    visited.add(address)
    return child


def attributes(item: Any) -> Iterator[tuple[str, Any]]:
    """Names and plain values of the attributes that are numbers or text."""
    import h5py
    import numpy as np

    readable = {h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING, h5py.h5t.ENUM}
    for name in item.attrs:
        stored = h5py.h5a.open(item.id, name.encode("utf-8", "surrogateescape"))
        space = stored.get_space()
        if (
            stored.get_type().get_class() not in readable
            or space.get_simple_extent_type() == h5py.h5s.NULL
        ):
            continue
        count = space.get_simple_extent_npoints()
        if count > MAX_VALUES or count * stored.get_type().get_size() > MAX_ATTRIBUTE_BYTES:
            raise Refused(f"the attribute {name!r} is too large")
        value = np.asarray(item.attrs[name])
        plain = [text(entry) for entry in value.ravel().tolist()]
        yield name, plain if value.ndim else plain[0]


def text(value: object) -> object:
    """Text as `str`, anything else as it is."""
    return value.decode() if isinstance(value, bytes) else value


def describe(path: str, dataset: Any, values: io.BufferedWriter) -> dict[str, Any]:
    """Where the values of a dataset lie and what they are; copies them if not in one piece."""
    import h5py

    noted = dict(attributes(dataset))
    stored, plist = dataset.id.get_type(), dataset.id.get_create_plist()
    is_bfloat16 = (
        stored.get_class() == h5py.h5t.OPAQUE
        and stored.get_size() == 2
        and noted.get("dtype", "bfloat16") == "bfloat16"
    )
    numbers = {h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.ENUM}
    if stored.get_class() not in numbers and not is_bfloat16:
        raise Refused(f"{path!r} holds what is not numbers")
    if dataset.shape is None:
        raise Refused(f"{path!r} has no values")
    check(path, dataset, plist)
    is_whole = plist.get_layout() == h5py.h5d.CONTIGUOUS and (
        is_bfloat16 or stored.equal(h5py.h5t.py_create(dataset.dtype, logical=True))
    )
    kind = dataset.dtype
    return {
        "name": path,
        "shape": list(dataset.shape),
        "dtype": "bfloat16" if is_bfloat16 else kind.name,
        "stored_as": "<u2" if is_bfloat16 else "|i1" if kind.kind == "b" else kind.str,
        "is_copied": not is_whole,
        "offset": dataset.id.get_offset() or 0 if is_whole else copy(dataset, values),
    }


def check(path: str, dataset: Any, plist: Any) -> None:
    """Refuse values in other files, plug-ins, and shapes that the stored bytes can't fill."""
    import h5py

    layout = plist.get_layout()
    if plist.get_external_count() or layout not in (
        h5py.h5d.COMPACT,
        h5py.h5d.CONTIGUOUS,
        h5py.h5d.CHUNKED,
    ):
        raise Refused(f"{path!r} has its values in another file")
    filters = {plist.get_filter(number)[0] for number in range(plist.get_nfilters())}
    if not filters <= SAFE_FILTERS:
        raise Refused(f"{path!r} needs a plug-in for the filters {sorted(filters - SAFE_FILTERS)}")
    stored, size = dataset.id.get_storage_size(), size_of(dataset)
    is_bomb = size > BOMB_BYTES and size > BOMB_RATIO * stored
    if layout == h5py.h5d.CHUNKED:
        chunk = prod(plist.get_chunk()) * dataset.dtype.itemsize
        is_bomb = is_bomb or chunk > MAX_CHUNK or slab_rows(dataset)[1] > MAX_SLAB
    elif stored != size:
        is_bomb = True
    if is_bomb or size > MAX_COPIED:
        raise Refused(f"{path!r} declares {size:,} bytes and stores {stored:,}")


def size_of(dataset: Any) -> int:
    """How many bytes the values take; h5py's own count overflows."""
    return int(prod(dataset.shape) * dataset.dtype.itemsize)


def slab_rows(dataset: Any) -> tuple[int, int]:
    """How many rows to copy at once, so that no chunk is inflated twice, and their bytes."""
    rows = max(1, dataset.shape[0])
    row = size_of(dataset) // rows
    step = min(rows, dataset.chunks[0])
    step *= max(1, BOMB_BYTES // max(1, step * row))
    return step, min(rows, step) * row


def copy(dataset: Any, values: io.BufferedWriter) -> int:
    """Append the values in C order to `values`; returns where they begin."""
    start = values.tell()
    if start + size_of(dataset) > MAX_COPIED:
        raise Refused(f"its compressed datasets need more than {MAX_COPIED >> 30} GB")
    if dataset.chunks is None:
        values.write(dataset[()].tobytes())
        return start
    step, _ = slab_rows(dataset)
    for row in range(0, dataset.shape[0], step):
        values.write(dataset[row : row + step].tobytes())
    return start


def main(path: str, offset: str, length: str, folder: str, seconds: str) -> None:
    """Read the window of the file and leave the index, or why it was refused, in the folder."""
    limit(int(seconds))
    os.environ |= {"HDF5_PLUGIN_PRELOAD": "::", "OPENBLAS_NUM_THREADS": "1"}
    try:
        index = read(Window(path, int(offset), int(length)), Path(folder))
    except Refused as refused:
        index = {"refused": str(refused)}
    (Path(folder) / "index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    main(*sys.argv[1:])
