"""Whether numbers are finite, before a model gets them."""

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array


def check_finite(array: Array, label: str, columns: tuple[str, ...] = ()) -> None:
    """Raise InputError, with the rows and the column, for values that are NaN or infinite.

    `label` says what the array is; `columns` are names for its last axis.
    """
    if array.dtype.kind != "f" or not array.size:
        return
    flat = array.reshape(len(array), -1)
    with np.errstate(over="ignore"):
        sums = flat.sum(axis=1, dtype=np.float64)
    if np.all(np.isfinite(sums)):  # a sum keeps NaN, and is small
        return
    bad = ~np.isfinite(flat)
    rows = bad.any(axis=1)
    if not np.any(rows):  # only the sum overflowed
        return
    where = f" in the column {columns[int(np.argmax(bad.any(axis=0)))]!r}" if columns else ""
    raise InputError(
        f"{label} are NaN or infinite in {np.count_nonzero(rows)} rows (first: row"
        f" {np.argmax(rows)}){where}; fill or drop them as for the training"
    )
