"""A Parquet file, read by pyarrow where that is installed."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from advisor.errors import InputError, MissingExtraError
from advisor.inputs.dataset import Array
from advisor.inputs.datasets.parts import MAX_BYTES
from advisor.inputs.datasets.table import Table
from advisor.inputs.files.file_window import shown, shown_name, whole_file

MAGIC = b"PAR1"


def read_parquet(path: Path) -> Table:
    """The columns of a Parquet file; empty cells are NaN, or empty text.

    Raises MissingExtraError where nothing installed reads Parquet, InputError for a damaged file,
    for more than 2 GiB, and for columns that hold neither numbers nor text.
    """
    source = shown_name(path)
    whole_file(path)
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError(
            f"{source}: reading Parquet takes pyarrow: pip install pyarrow"
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            groups = range(file.metadata.num_row_groups)
            size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
            if size > MAX_BYTES:
                raise InputError(
                    f"{source}: takes {size / 2**30:.1f} GiB in memory; give the rows as tf.data,"
                    " by a function: --data pkg.mod:function"
                )
            table = file.read()
        return {
            str(name): _column(str(name), table.column(index), source)
            for index, name in enumerate(table.column_names)
        }
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        reason = " ".join(str(error).split())
        raise InputError(f"{source}: is no readable Parquet file ({reason})") from error


def _column(name: str, column: Any, source: str) -> Array:
    """A column as float64 or text."""
    values: Array = column.to_numpy()
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    plain = values.tolist()
    if all(cell is None or isinstance(cell, str) for cell in plain):
        return np.array(["" if cell is None else cell.strip() for cell in plain], dtype=np.str_)
    if all(cell is None or isinstance(cell, bool | int | float) for cell in plain):
        return np.array([np.nan if cell is None else cell for cell in plain], dtype=np.float64)
    raise InputError(
        f"{source}: the column {shown(name)} holds {column.type}, neither numbers nor text; drop or"
        " convert it"
    )
