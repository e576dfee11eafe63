"""TensorBoard's event files: the scalars that Keras' callback logs once an epoch."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor.errors import InputError, MissingExtraError
from advisor.inputs.files.file_window import shown, shown_name, whole_file
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import LoggedColumn, RunLog

_HEADER = 12  # bytes before a record: its length and the length's checksum
_FIRST_RECORD = 64  # bytes, and more
_FOOTER = 4  # bytes after it: its checksum
MAX_SCALAR_RECORD = 65_536  # bytes; larger records are graphs, images and histograms
_SPLITS = frozenset({"train", "training", "validation", "val", "valid", "eval", "test"})


def is_event_file(file: HistoryFile) -> bool:
    """True if the file's first record names the version of TensorBoard's event format."""
    start = file.start[:_FIRST_RECORD]
    return start[8:9] != b"" and b"brain.Event:" in start[_HEADER:]


def log_from_events(files: HistoryFiles) -> RunLog:
    """The scalars of one run's event files, in the order they were written.

    A file's folder below the run (`train`, `validation`) tells its split. InputError for several
    runs or a damaged file, MissingExtraError where the package `tensorboard` is not installed.
    """
    event_type = _event_type()
    paths = tuple(file.path for file in files.files)
    _refuse_several_runs(files.folder, paths, files.source)
    values: dict[str, list[float]] = {}
    steps: dict[str, list[int]] = {}
    notes: list[str] = []
    for file in sorted(paths, key=_writing_order):
        split = file.parent.name if file.parent.name in _SPLITS else ""
        for record in _records(file, notes):
            for tag, step, value in _scalars(event_type, record, file):
                name = f"{split}/{tag}" if split else tag
                values.setdefault(name, []).append(value)
                steps.setdefault(name, []).append(step)
    columns = {
        name: LoggedColumn(values=tuple(values[name]), positions=tuple(steps[name]))
        for name in sorted(values)
    }
    return RunLog(columns=columns, axis="step", notes=tuple(notes))


def _writing_order(file: Path) -> list[tuple[int, str]]:
    """What sorts names such as `events.out.tfevents.1795421578.vm.27677.10.v2` by their numbers."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in file.name.split(".")]


def _event_type() -> Any:
    try:
        from tensorboard.compat.proto.event_pb2 import Event
    except ImportError as error:
        raise MissingExtraError(
            "TensorBoard's event files need an extra:"
            ' pip install "regularization-advisor[tensorboard]"'
        ) from error
    return Event


def _refuse_several_runs(folder: Path, files: tuple[Path, ...], source: str) -> None:
    runs = {file.parent.parent if file.parent.name in _SPLITS else file.parent for file in files}
    if len(runs) > 1:
        names = ", ".join(
            sorted(shown(str(run.relative_to(folder))) for run in runs if run != folder)[:3]
        )
        raise InputError(f"{source}: holds {len(runs)} runs ({names}); give one run's folder")


def _records(file: Path, notes: list[str]) -> Iterator[bytes]:
    """The small records of a file; a note where the last one was cut short."""
    window = whole_file(file)
    offset = 0
    while offset < window.length:
        if offset + _HEADER > window.length:
            notes.append(f"{shown_name(file)} was cut short: its last record is left out")
            return
        (size,) = struct.unpack("<Q", window.read(offset, 8))
        end = offset + _HEADER + size + _FOOTER
        if end > window.length:
            notes.append(f"{shown_name(file)} was cut short: its last record is left out")
            return
        if size <= MAX_SCALAR_RECORD:
            yield window.read(offset + _HEADER, size)
        offset = end


def _scalars(event_type: Any, record: bytes, file: Path) -> Iterator[tuple[str, int, float]]:
    """The (tag, step, value) of one record; histograms, images and text have none."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        event = event_type.FromString(record)
    except DecodeError as error:
        raise InputError(
            f"{shown_name(file)}: is damaged: a record of it is no event; copy it again"
        ) from error
    for value in event.summary.value:
        kind = value.WhichOneof("value")
        if kind == "simple_value":
            yield value.tag, event.step, float(value.simple_value)
        elif kind == "tensor" and (figure := _tensor_figure(value.tensor)) is not None:
            yield value.tag, event.step, figure


_PACKED = {1: "<f", 2: "<d"}  # the tensor types DT_FLOAT and DT_DOUBLE


def _tensor_figure(tensor: Any) -> float | None:
    """The number in a tensor of one float; None for any other tensor."""
    layout = _PACKED.get(tensor.dtype)
    if layout is None or any(axis.size != 1 for axis in tensor.tensor_shape.dim):
        return None
    listed = tensor.float_val if tensor.dtype == 1 else tensor.double_val
    if len(listed) == 1:
        return float(listed[0])
    if len(tensor.tensor_content) == struct.calcsize(layout):
        (figure,) = struct.unpack(layout, tensor.tensor_content)
        return float(figure)
    return None
