"""A table's columns as inputs, target, groups and weights; CSV and Parquet files are read so."""

from collections.abc import Mapping, Sequence

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Rows
from advisor.inputs.datasets.parts import Parts
from advisor.inputs.files.file_window import shown
from advisor.values import dataclass

Table = Mapping[str, Array]  # columns of equal length: float64, or text as it stood
WEIGHT_COLUMN = "sample_weight"
TIME_COLUMNS = frozenset({"date", "datetime", "time", "timestamp", "year"})


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What the columns are for. `features` are in the order of the table."""

    features: tuple[str, ...]
    targets: tuple[str, ...]
    group: str | None
    has_weights: bool
    dropped: tuple[str, ...]  # index columns


def parts_of_tables(
    train: Table, val: Table | None, source: str, *, target: str | None, group: str | None
) -> Parts:
    """The parts in one or two tables: all numeric columns but the target make one input.

    `target` is a column, or several parted by commas. Raises InputError where it is not named or
    not there, for features that aren't numbers, for empty cells, and for tables whose columns
    differ.
    """
    roles = _roles(train, source, target, group)
    if val is not None and set(val) != set(train):
        odd = sorted(set(val) ^ set(train))
        raise InputError(
            f"{source}: training and validation rows differ in the column {shown(odd[0])}; give"
            " both the same columns"
        )
    tables = [train] if val is None else [train, val]
    rows = [_rows(table, roles, source) for table in tables]
    groups = [table[roles.group] if roles.group else None for table in tables]
    notes = [f"Inputs: {len(roles.features)} columns. Target: {', '.join(roles.targets)}."]
    if roles.dropped:
        notes.append(f"Left out, as it only counts the rows: {', '.join(roles.dropped)}.")
    return Parts(
        train=rows[0],
        val=rows[1] if len(rows) > 1 else None,
        train_groups=groups[0],
        val_groups=groups[1] if len(groups) > 1 else None,
        column_names=roles.features,
        is_sequence=any(_is_time(name, train[name]) for name in roles.features),
        notes=tuple(notes),
    )


def _roles(table: Table, source: str, target: str | None, group: str | None) -> Roles:
    columns = ", ".join(shown(name, 30) for name in list(table)[:12])
    if target is None:
        raise InputError(f"{source}: say which column to predict with --target; it has {columns}")
    targets = (target,) if target in table else tuple(target.split(","))
    for name in (*targets, *((group,) if group else ())):
        if name not in table:
            raise InputError(f"{source}: has no column {shown(name)}; it has {columns}")
    taken = {*targets, group, WEIGHT_COLUMN}
    dropped = tuple(n for n in table if n not in taken and _counts_rows(n, table[n]))
    features = tuple(name for name in table if name not in taken and name not in dropped)
    if not features:
        raise InputError(f"{source}: has no column beside the target to predict it from")
    return Roles(
        features=features,
        targets=targets,
        group=group,
        has_weights=WEIGHT_COLUMN in table and WEIGHT_COLUMN not in targets,
        dropped=dropped,
    )


def _rows(table: Table, roles: Roles, source: str) -> Rows:
    features = [_numbers(table, name, source) for name in roles.features]
    if len(roles.targets) == 1:
        target = _complete(table, roles.targets[0], source)
    else:
        target = np.stack([_numbers(table, name, source) for name in roles.targets], axis=1)
    return Rows(
        inputs=(np.stack(features, axis=1).astype(np.float32),),
        targets=(_as_labels(target),),
        weights=_numbers(table, WEIGHT_COLUMN, source) if roles.has_weights else None,
    )


def _numbers(table: Table, name: str, source: str) -> Array:
    column = _complete(table, name, source)
    if column.dtype.kind == "U":
        examples = ", ".join(shown(str(text), 20) for text in np.unique(column)[:3])
        raise InputError(
            f"{source}: the column {shown(name)} holds text ({examples}); turn it into the numbers"
            " that the model takes, and give the rows by a function: --data pkg.mod:function"
        )
    return column


def _complete(table: Table, name: str, source: str) -> Array:
    column = table[name]
    empty = column == "" if column.dtype.kind == "U" else np.isnan(column)
    if count := int(np.count_nonzero(empty)):
        first = int(np.argmax(empty)) + 1
        raise InputError(
            f"{source}: the column {shown(name)} is empty in {count} of {len(column)} rows (first"
            f" in row {first}); fill or drop them as for the training"
        )
    return column


def _as_labels(target: Array) -> Array:
    """Whole numbers as integers, so that they can serve as class labels; others unchanged."""
    if (
        target.dtype.kind == "f"
        and np.all(target == np.round(target))
        and np.all(np.abs(target) < 2**31)
    ):
        return target.astype(np.int64)
    return target


def _counts_rows(name: str, column: Array) -> bool:
    """True for the unnamed column that pandas writes: the rows' numbers."""
    is_unnamed = name == "" or name.startswith("Unnamed: 0") or name == "__index_level_0__"
    return is_unnamed and column.dtype.kind != "U" and bool(np.all(np.diff(column) == 1))


def _is_time(name: str, column: Array) -> bool:
    """True for a column of times, as its name says, that never goes back."""
    is_named = name.strip().lower() in TIME_COLUMNS
    if not is_named or column.dtype.kind == "U" or len(column) < 3:
        return False
    steps = np.diff(column)
    return bool(np.all(steps >= 0) and np.any(steps > 0))


def column_of(cells: Sequence[str]) -> Array:
    """Cells of text as float64 if all are numbers, truths or empty (NaN), else as text."""
    try:
        return np.array([_number(cell) for cell in cells], dtype=np.float64)
    except ValueError:
        return np.array([cell.strip() for cell in cells], dtype=np.str_)


def _number(cell: str) -> float:
    text = cell.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if "_" in text:  # Python would take 1_000 for a number; no table means it
        raise ValueError(text)
    return float(text)


_NAN = float("nan")
_WORDS = {
    "": _NAN,
    "na": _NAN,
    "n/a": _NAN,
    "null": _NAN,
    "none": _NAN,
    "true": 1.0,
    "false": 0.0,
}
