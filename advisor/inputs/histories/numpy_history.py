"""Histories that NumPy saved: `np.save(path, history.history)`, arrays of losses, `np.savez`."""

import io
from math import prod
from pathlib import Path, PurePath
from tokenize import TokenError

from advisor.errors import InputError
from advisor.inputs.files.archive import open_archive
from advisor.inputs.files.bounded_json import MAX_VALUES
from advisor.inputs.files.file_window import shown
from advisor.inputs.files.plain_pickle import parse_pickle
from advisor.inputs.histories.history_shapes import log_from_value
from advisor.inputs.histories.run_log import RunLog

NPY = b"\x93NUMPY"
ZIP = b"PK\x03\x04"
_MAX_MEMBER = 64 * 2**20  # bytes of one array
_END = ".npy"


def log_from_npy(data: bytes, source: str) -> RunLog:
    """The log in an `.npy` file: a saved dict, or one curve, which the file's name says.

    Nothing is unpickled by Python. InputError for other arrays.
    """
    value = _saved(data, source)
    if not isinstance(value, list):
        return log_from_value(value, source)
    stem = PurePath(source).stem
    return log_from_value({stem if "loss" in stem.lower() else "loss": value}, source)


def log_from_npz(path: Path, source: str) -> RunLog:
    """The log in an `.npz` archive of `np.savez`: an array for each curve, or one saved dict.

    Nothing is unpickled by Python. InputError for other arrays, and for damaged archives.
    """
    with open_archive(path) as archive:
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

    start = io.BytesIO(data[: 1 << 16])
    try:
        version = np.lib.format.read_magic(start)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(start)
    except (ValueError, TypeError, KeyError, SyntaxError, TokenError, RecursionError) as error:
        raise InputError(f"{source}: is a damaged NumPy file; save the history again") from error
    rest = data[start.tell() :]
    if dtype.hasobject:
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
