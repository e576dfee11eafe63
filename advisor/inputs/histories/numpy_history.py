"""Histories that NumPy saved: `np.save(path, history.history)`, arrays of losses, `np.savez`."""

from math import prod
from pathlib import PurePath

from advisor.errors import InputError
from advisor.inputs.files.archive import open_archive
from advisor.inputs.files.bounded_json import MAX_VALUES
from advisor.inputs.files.file_window import shown
from advisor.inputs.files.npy_header import read_npy_header
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import RunLog
from advisor.inputs.histories.shapes import log_from_value

_NPY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_MAX_MEMBER = 64 * 2**20  # bytes of one array
_END = ".npy"


def is_npy(file: HistoryFile) -> bool:
    """True if the file begins as `np.save` begins one."""
    return file.start.startswith(_NPY)


def is_zip(file: HistoryFile) -> bool:
    """True if the file begins as a zip archive, which an `.npz` file is."""
    return file.start.startswith(_ZIP)


def log_from_npy(files: HistoryFiles) -> RunLog:
    """The log in an `.npy` file: a saved dict, or one curve, which the file's name says.

    Nothing is unpickled by Python. InputError for other arrays.
    """
    source = files.source
    value = _saved(files.only.data, source)
    if not isinstance(value, list):
        return log_from_value(value, source)
    stem = PurePath(source).stem
    return log_from_value({stem if "loss" in stem.lower() else "loss": value}, source)


def log_from_npz(files: HistoryFiles) -> RunLog:
    """The log in an `.npz` archive of `np.savez`: an array for each curve, or one saved dict.

    Nothing is unpickled by Python. InputError for other arrays, and for damaged archives.
    """
    source = files.source
    with open_archive(files.only.path) as archive:
        names = [name for name in archive.names if name.endswith(_END)]
        if not names:
            raise InputError(f"{source}: is a zip archive, not a history; give the history")
        values = {
            name.removesuffix(_END): _saved(archive.text(name, _MAX_MEMBER), f"{source}: {name}")
            for name in names
        }
    only = next(iter(values.values()))
    return log_from_value(only if isinstance(only, dict) and len(values) == 1 else values, source)


def _saved(data: bytes, source: str) -> object:
    """What `np.save` wrote: a list for an array of numbers [epochs], else the pickled object."""
    import numpy as np

    try:
        header = read_npy_header(data[: 1 << 16])
    except ValueError as error:
        raise InputError(f"{source}: is a damaged NumPy file; save the history again") from error
    shape, dtype, rest = header.shape, header.dtype, data[header.start :]
    if dtype.hasobject:
        from advisor.inputs.files.plain_pickle import parse_pickle  # most histories are none

        return parse_pickle(rest, source)
    if len(shape) > 1 or dtype.kind not in "fiub" or prod(shape) > MAX_VALUES:
        raise InputError(
            f"{source}: is an array of shape {shape} and type {shown(str(dtype), 30)}, not one"
            " value for each epoch; if these are rows, give them with --data"
        )
    if len(rest) != prod(shape) * dtype.itemsize:
        raise InputError(f"{source}: was cut short; save the history again")
    values = np.frombuffer(rest, dtype).astype(float).tolist()
    return values if shape else values[0]
