"""The losses per row beside a baseline: a separate file that names the report it belongs to.

A report and its rows are two files. Whoever commits only one of them leaves the rows of another
model beside the report. Their number and order may well be right, so the file itself says which
report it belongs to.
"""

import io
import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from advisor.errors import InputError
from advisor.inputs.datasets.npz import read_arrays
from advisor.inputs.files.file_window import shown_name

_IDENTIFYING = ("inputs", "curves")  # all that distinguishes runs; the rest follows
_NAMES = ("losses", "report_sha256")


def rows_file(losses: npt.NDArray[np.float32], report: object) -> bytes:
    """The file's content: the data loss of each validation row [rows], and its report's identity.

    `report` is the report as in its JSON.
    """
    if not isinstance(report, Mapping):
        raise TypeError(f"{type(report).__name__} is not a report")
    buffer = io.BytesIO()
    of_report = np.array(_identity(report))
    np.savez(buffer, losses=np.asarray(losses, np.float32), report_sha256=of_report)
    return buffer.getvalue()


def read_rows(path: Path, report: Mapping[str, object]) -> npt.NDArray[np.float32] | None:
    """The losses in the file at `path`; None if they belong to another report.

    Raises InputError for a file without such losses.
    """
    source = shown_name(path)
    arrays = read_arrays(path, _NAMES)
    if len(arrays) < len(_NAMES):
        raise InputError(
            f"{source}: lacks 'losses' or 'report_sha256'; write the baseline again, or remove"
            " this file to compare without pairing"
        )
    losses, of_report = (np.asarray(arrays[name]) for name in _NAMES)
    if losses.ndim != 1 or losses.dtype != np.float32 or not len(losses):
        raise InputError(
            f"{source}: 'losses' is {losses.dtype} {losses.shape}; float32 (rows,) is expected"
        )
    return losses if str(of_report) == _identity(report) else None


def _identity(report: Mapping[str, object]) -> str:
    """The SHA-256 of what identifies the run, however the JSON is laid out; without times."""
    telling = {key: report.get(key) for key in _IDENTIFYING}
    return sha256(json.dumps(telling, sort_keys=True).encode()).hexdigest()
