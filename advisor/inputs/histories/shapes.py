"""History shapes: the dicts and lists in which histories are exported, as a run log."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import shown
from advisor.inputs.histories.logged_rows import log_from_columns, log_from_rows
from advisor.inputs.histories.metric_names import EPOCH_COLUMNS, metric_name, plain
from advisor.inputs.histories.recorded import recorded_in
from advisor.inputs.histories.run_log import (
    SIZE_KEYS,
    LoggedColumn,
    RunLog,
    check_shape,
    left_out,
    numbers,
    sizes_in,
    whole_numbers,
)

_WRAPPERS = ("history", "log_history", "logs")
_MAX_ENCODINGS = 3  # JSON in JSON in JSON
_MAX_NESTING = 4  # {"run": {"train": {"loss": [...]}}}
_ROW_KEY = re.compile(r"(?:epoch[_ ]?)?(\d{1,9})", re.IGNORECASE)


def log_from_value(value: object, source: str, encodings: int = 0) -> RunLog:
    """The log in a decoded value: a dict of lists, a list of rows, or one of pandas' layouts.

    InputError, with what was found, where the value is no history.
    """
    match value:
        case str() if encodings < _MAX_ENCODINGS:
            decoded = parse_json(value.encode(errors="replace"), source)
            return log_from_value(decoded, source, encodings + 1)
        case list() | tuple() if value:
            return log_from_rows(value, source, lambda row: f"row {row + 1}")
        case Mapping() if value:
            return _log_from_dict(value, source, encodings)
        case list() | tuple() | Mapping():
            raise InputError(f"{source}: holds no epochs; export the history after training")
        case _:
            raise InputError(
                f"{source}: holds {type(value).__name__}, not a history; export history.history"
            )


def log_from_history_object(history: object, source: str) -> RunLog | None:
    """The log of a live `keras.callbacks.History`; None where the object is something else."""
    curves = getattr(history, "history", None)
    epochs = getattr(history, "epoch", None)
    if not isinstance(curves, Mapping) or not isinstance(epochs, list | tuple):
        return None
    params = getattr(history, "params", None)
    return _wrapped_log(curves, {"epoch": epochs, "params": params or {}}, source, 0, is_keras=True)


def _log_from_dict(value: Mapping[object, object], source: str, encodings: int) -> RunLog:
    _refuse_other_files(value, source)
    named = {str(key): entry for key, entry in value.items()}
    for wrapper in _WRAPPERS:
        inner = named.get(wrapper)
        if isinstance(inner, str | list | tuple | Mapping):
            return _recorded_log(inner, named, source, encodings)
    if (table := _split_table(named, source)) is not None:
        return table
    if isinstance(named.get("data"), list) and "schema" in named:  # pandas, orient="table"
        return log_from_value(named["data"], source)
    sizes = sizes_in(named)
    if (rows := _keyed_rows(named)) is not None:
        return log_from_rows(rows, source, lambda row: f"row {row + 1}")
    if all(_is_scalar(entry) for entry in named.values()):
        if "step" in named and not {"epoch", "loss"} & named.keys():
            raise _only_last_values(source)
        return log_from_rows([named], source, lambda row: "its only row").with_sizes(sizes)
    return _log_of_lists(named, source).with_sizes(sizes)


def _refuse_other_files(value: Mapping[object, object], source: str) -> None:
    if "class_name" in value and "config" in value:
        raise InputError(
            f"{source}: is a model's configuration, not a history; give the history as the second"
            " argument"
        )
    if "schema_version" in value and "verdict" in value:
        raise InputError(f"{source}: is a report, not a history; give the training history")


def _recorded_log(
    inner: object, outer: Mapping[str, object], source: str, encodings: int
) -> RunLog:
    """A wrapped log, with what a Recorder noted beside it where one wrote it."""
    recorded = recorded_in(outer)
    log = _wrapped_log(inner, outer, source, encodings, is_keras=recorded is not None)
    if recorded is None:
        return log
    notes = (*log.notes, *recorded.notes)
    return replace(log, record=recorded.record, has_rows=recorded.has_rows, notes=notes)


def _wrapped_log(
    inner: object,
    outer: Mapping[str, object],
    source: str,
    encodings: int,
    is_keras: bool = False,
) -> RunLog:
    """The log in `inner`, with the epoch numbers and the sizes that stand beside it."""
    log = log_from_value(inner, source, encodings + 1 if isinstance(inner, str) else encodings)
    log = log.with_sizes(sizes_in(outer))
    epochs = whole_numbers(outer.get("epoch"))
    if epochs is None or log.epochs is not None:
        return log
    return replace(log, epochs=epochs, counts_from_zero=is_keras)


def _split_table(named: Mapping[str, object], source: str) -> RunLog | None:
    """pandas' `to_json(orient="split")`: columns, index and rows of cells apart."""
    columns, data = named.get("columns"), named.get("data")
    if not isinstance(columns, list) or not isinstance(data, list):
        return None
    if not all(isinstance(row, list) and len(row) == len(columns) for row in data):
        raise InputError(
            f"{source}: has rows that don't hold one cell for each of {len(columns)} columns"
        )
    rows = cast("list[list[object]]", data)
    table = {str(name): [row[at] for row in rows] for at, name in enumerate(columns)}
    index = named.get("index")
    if isinstance(index, list) and len(index) == len(rows) and "" not in table:
        table[""] = index
    return log_from_columns(table, source, lambda row: f"row {row + 1}")


def _keyed_rows(named: Mapping[str, object]) -> list[dict[str, object]] | None:
    """Rows under their epochs' numbers, `{"0": {"loss": ...}, ...}`, as a list of rows."""
    keys = [_ROW_KEY.fullmatch(key) for key in named]
    rows = list(named.values())
    if not all(keys) or not all(isinstance(row, Mapping) for row in rows):
        return None
    return [
        {"epoch": int(key[1])} | {str(name): cell for name, cell in row.items()}
        for key, row in zip(keys, rows, strict=True)
        if key is not None and isinstance(row, Mapping)
    ]


def _log_of_lists(named: Mapping[str, object], source: str) -> RunLog:
    flat = _flattened(named)
    epochs = next(
        (whole_numbers(entry) for name, entry in flat.items() if plain(name) in EPOCH_COLUMNS),
        None,
    )
    check_shape(len(flat), 1, source)
    columns: dict[str, LoggedColumn] = {}
    odd: list[str] = []
    for name, entry in flat.items():
        if name in SIZE_KEYS or metric_name(name).role == "bookkeeping":
            continue
        column = _column(name, entry, source)
        if column is None:
            odd.append(name)
        elif not column.values or any(value is not None for value in column.values):
            columns[name] = column
    if not columns and "step" in named:
        raise _only_last_values(source)
    return RunLog(
        columns=columns, epochs=epochs, notes=left_out(odd, "not one number for each epoch")
    )


def _flattened(
    named: Mapping[str, object], prefix: str = "", nesting: int = 0
) -> dict[str, object]:
    """Nested dicts as one, `{"train": {"loss": [...]}}` -> `train/loss`; params are left away."""
    flat: dict[str, object] = {}
    for name, entry in named.items():
        if not isinstance(entry, Mapping) or nesting == _MAX_NESTING or _is_pandas_column(entry):
            flat[f"{prefix}{name}"] = entry
        elif prefix or name != "params":
            group = {str(key): value for key, value in entry.items()}
            flat |= _flattened(group, f"{prefix}{name}/", nesting + 1)
    return flat


def _is_pandas_column(entry: Mapping[object, object]) -> bool:
    return all(_ROW_KEY.fullmatch(str(key)) for key in entry)


def _column(name: str, entry: object, source: str) -> LoggedColumn | None:
    """One column's numbers: a list, or pandas' `{"0": ..., "1": ...}`; None for anything else."""
    raws: Sequence[object]
    positions: tuple[int, ...] | None = None
    if isinstance(entry, Mapping):
        matches = [_ROW_KEY.fullmatch(str(key)) for key in entry]
        positions = tuple(int(match[1]) for match in matches if match)
        raws = list(entry.values())
        if len(positions) != len(raws):
            return None
    elif hasattr(entry, "tolist"):  # a numpy array
        raws = entry.tolist()
    elif isinstance(entry, list | tuple):
        raws = entry
    else:
        return None
    if not isinstance(raws, list | tuple):
        return None
    values = numbers(name, raws, source, lambda index: f"epoch {index + 1}")
    return None if values is None else LoggedColumn(values=values, positions=positions)


def _is_scalar(entry: object) -> bool:
    return isinstance(entry, str) or not hasattr(entry, "__len__")


def _only_last_values(source: str) -> InputError:
    return InputError(
        f"{source}: holds only the last values of the run; give the folder or the file with all"
        f" epochs (DVCLive: the folder that {shown(source)} is in)"
    )
