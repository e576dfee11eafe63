"""The sidecar of a recorded history: the loss of every validation row after every epoch.

A baseline's report has such a file beside it too, named in the same way.
"""

from math import isfinite
from pathlib import Path

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array
from advisor.inputs.datasets.npz import read_arrays
from advisor.inputs.files.file_window import shown_name, whole_file
from advisor.inputs.record import RowLosses

# 100 epochs of 50,000 rows take 20 MB. Beyond, the Recorder writes no further epochs.
MAX_ROW_BYTES = 2**29
_HEADERS = 2**16  # bytes of the file that are no losses
_NAMES = ("epochs", "losses", "val_sha256")


def rows_beside(path: Path) -> Path:
    """Where the losses per row of the history or report at `path` lie: `run.json` ->
    `run.rows.npz`.
    """
    return path.parent / f"{path.stem}.rows.npz"  # a path without a name, as `.`, has one too


def read_row_losses(path: Path, val_sha256: str | None) -> RowLosses:
    """The sidecar at `path`, of the validation rows that `val_sha256` identifies.

    Nothing is unpickled, and no more than 512 MB are read. Raises InputError for a file that is
    damaged, is not a sidecar, or is of other rows.
    """
    source = shown_name(path)
    size = whole_file(path).length
    if size > MAX_ROW_BYTES + _HEADERS:
        raise InputError(f"{source}: has {size:,} bytes, too many for losses per row")
    arrays = read_arrays(path, _NAMES)
    epochs, losses, of_rows = (arrays.get(name) for name in _NAMES)
    if epochs is None or losses is None or epochs.dtype.kind not in "iu":
        raise InputError(f"{source}: is not a Recorder's file of losses per row")
    if epochs.ndim != 1 or losses.ndim != 2 or losses.dtype != np.float32:
        raise InputError(f"{source}: is not a Recorder's file of losses per row")
    if losses.shape[0] != len(epochs) or losses.shape[1] == 0:
        raise InputError(f"{source}: has losses of shape {losses.shape} for {len(epochs)} epochs")
    numbers = tuple(int(epoch) for epoch in epochs)
    if any(later <= earlier for earlier, later in zip((0, *numbers), numbers, strict=False)):
        raise InputError(f"{source}: its epochs do not rise")
    if val_sha256 is not None and _text(of_rows) != val_sha256:
        raise InputError(f"{source}: is of other validation rows than the history")
    return RowLosses(epochs=numbers, losses=losses)


def _text(array: Array | None) -> str | None:
    if array is None or array.dtype.kind != "S" or array.shape != ():
        return None
    return bytes(array.item()).decode("ascii", "replace")


def matching_epochs(rows: RowLosses, data_losses: dict[int, float], tolerance: float) -> RowLosses:
    """The epochs of `rows` whose mean is the data loss that was logged for them.

    `tolerance` is a share of that loss. Epochs of which no loss was logged are left out.
    """
    kept = [
        place
        for place, epoch in enumerate(rows.epochs)
        if epoch in data_losses
        and isfinite(data_losses[epoch])
        and abs(float(rows.losses[place].mean(dtype=np.float64)) - data_losses[epoch])
        <= tolerance * abs(data_losses[epoch]) + 1e-6
    ]
    if len(kept) == len(rows.epochs):
        return rows
    return RowLosses(epochs=tuple(rows.epochs[place] for place in kept), losses=rows.losses[kept])
