"""HDF5 files of unusual layout, read by h5py in a child process that can do no harm."""

import re
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import FileWindow, whole_file
from advisor.inputs.hdf5.tree import Attribute, Hdf5Dataset, Hdf5Tree

CHILD = Path(__file__).with_name("child.py")
SECONDS = 4.0  # importing h5py takes 0.3; the rest is for the file
BYTES_PER_SECOND = 50e6
MAX_INDEX = 256 << 20
NUMBERS = re.compile(r"(u?int(8|16|32|64)|float(16|32|64)|bfloat16|bool)")
STORED_AS = re.compile(r"[<>|][iuf][1248]")


class _Folder:
    """A temporary folder that is removed once nothing refers to this object any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="advisor-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def read_unusual(window: FileWindow, source: str, *, reason: str) -> Hdf5Tree:
    """The tree of a file whose layout, named by `reason`, Keras doesn't write.

    Values that lie in one piece are read from the file itself, others from a copy that lives as
    long as the tree. InputError where h5py can't read it in time either, or it is unsafe.
    """
    try:
        folder = _Folder()
        index = _run(window, source, folder.path)
    except (OSError, subprocess.SubprocessError) as error:
        how = "took too long" if isinstance(error, subprocess.TimeoutExpired) else "failed"
        raise InputError(
            f"{source}: an HDF5 file that Keras did not write ({reason}), and h5py {how}"
            " reading it; save the model again with Keras"
        ) from error
    listing = parse_json(index, source)
    if not isinstance(listing, dict) or "refused" in listing:
        what = listing["refused"] if isinstance(listing, dict) else "h5py gave no list"
        raise InputError(f"{source}: not read: {what}; Keras does not write that")
    values = whole_file(folder.path / "values", source)
    copied = FileWindow(
        path=values.path, offset=0, length=values.length, source=source, keeps=folder
    )
    try:
        groups = {path: _attributes(attributes) for path, attributes in listing["groups"].items()}
        datasets = [_dataset(entry, window, copied) for entry in listing["datasets"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{source}: h5py describes it wrongly; save the model again") from error
    if sum(dataset.stored_size for dataset in datasets) > window.length + copied.length:
        raise InputError(f"{source}: not read: its datasets overlap; save the model again")
    return Hdf5Tree(groups=groups, datasets={dataset.name: dataset for dataset in datasets})


def _run(window: FileWindow, source: str, folder: Path) -> bytes:
    """The index that the child process leaves in the folder."""
    seconds = SECONDS + window.length / BYTES_PER_SECOND
    place = (window.path.resolve(), window.offset, window.length, folder, round(seconds))
    subprocess.run(
        [sys.executable, "-P", str(CHILD), *map(str, place)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=True,
    )
    index = whole_file(folder / "index.json", source)
    return index.read(0, min(index.length, MAX_INDEX))


def _attributes(attributes: Mapping[str, object]) -> dict[str, Attribute]:
    return {name: _attribute(value) for name, value in attributes.items()}


def _attribute(value: object) -> Attribute:
    if isinstance(value, str | int | float):
        return value
    if (
        isinstance(value, list)
        and len({type(entry) for entry in value}) <= 1
        and all(isinstance(entry, str | int | float) for entry in value)
    ):
        return tuple(value)
    raise TypeError(value)


def _dataset(entry: Mapping[str, object], window: FileWindow, copied: FileWindow) -> Hdf5Dataset:
    """A dataset as the child describes it, checked again: a damaged file may have taken it over."""
    name, shape, offset = entry["name"], entry["shape"], entry["offset"]
    dtype, stored_as = str(entry["dtype"]), str(entry["stored_as"])
    if not isinstance(name, str) or not isinstance(shape, list) or not isinstance(offset, int):
        raise TypeError(entry)
    if not all(isinstance(length, int) and length >= 0 for length in shape):
        raise ValueError(shape)
    if not NUMBERS.fullmatch(dtype) or not STORED_AS.fullmatch(stored_as):
        raise ValueError(dtype)
    place = copied if entry["is_copied"] else window
    dataset = Hdf5Dataset(
        name=name,
        shape=tuple(shape),
        dtype=dtype,
        offset=offset,
        window=place,
        stored_as=stored_as,
    )
    place.part(offset, dataset.stored_size)
    return dataset
