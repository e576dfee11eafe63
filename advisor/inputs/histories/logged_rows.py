"""Logged rows: a table with one row for each epoch, or several, and one column for each name."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from advisor.errors import InputError
from advisor.inputs.histories.metric_names import (
    EPOCH_COLUMNS,
    INDEX_COLUMNS,
    STEP_COLUMNS,
    metric_name,
    plain,
)
from advisor.inputs.histories.run_log import (
    Axis,
    LoggedColumn,
    RunLog,
    check_shape,
    left_out,
    numbers,
    whole_numbers,
)


def log_from_columns(
    columns: Mapping[str, Sequence[object]], source: str, place: Callable[[int], str]
) -> RunLog:
    """The log of a table's columns, all of one length; the rows' epochs are found among them.

    `place(i)` says where row `i` stands, for messages. InputError where a column of numbers holds
    something else.
    """
    check_shape(len(columns), max(map(len, columns.values()), default=0), source)
    axis, positions = _row_positions(columns)
    logged: dict[str, LoggedColumn] = {}
    text: list[str] = []
    for name, raws in columns.items():
        if metric_name(name).role == "bookkeeping":
            continue
        values = numbers(name, raws, source, place)
        if values is None:
            text.append(name)
        elif any(value is not None for value in values):  # CSVLogger's NA columns hold nothing
            logged[name] = LoggedColumn(values=values, positions=positions)
    return RunLog(columns=logged, axis=axis, notes=left_out(text, "not numbers"))


def log_from_rows(rows: Sequence[object], source: str, place: Callable[[int], str]) -> RunLog:
    """The log of a list of dicts; a name that a row lacks has no value there."""
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(
            f"{source}: is a list without names; export the history as a dict of lists or as a"
            ' list of {"loss": ..., "val_loss": ...}'
        )
    table = cast("Sequence[dict[str, object]]", rows)
    runs = [name for name, cell in table[0].items() if isinstance(cell, list) and len(cell) > 1]
    if "loss" in runs and len(table) > 1:
        raise InputError(f"{source}: holds {len(table)} runs; give the history of one of them")
    names = dict.fromkeys(str(name) for row in table for name in row)
    check_shape(len(names), len(table), source)
    return log_from_columns(
        {name: [row.get(name) for row in table] for name in names}, source, place
    )


def _row_positions(columns: Mapping[str, Sequence[object]]) -> tuple[Axis, tuple[int, ...]]:
    """What numbers the rows: an epoch column, an unnamed index, a step column, or their order."""
    titles = {plain(name): name for name in columns}
    axes: tuple[tuple[Axis, tuple[str, ...]], ...] = (
        ("epoch", EPOCH_COLUMNS),
        ("step", STEP_COLUMNS),
        ("epoch", INDEX_COLUMNS),
    )
    for axis, candidates in axes:
        for title in candidates:
            places = whole_numbers(columns[titles[title]]) if title in titles else None
            if places is not None:
                return axis, places
    rows = max((len(raws) for raws in columns.values()), default=0)
    return "step", tuple(range(rows))
