"""History folders: what DVCLive, MLflow and TensorBoard write, one file for each metric."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.file_window import sha256_of, shown_name, whole_file
from advisor.inputs.histories.history_text import log_from_text
from advisor.inputs.histories.run_log import LoggedColumn, RunLog, numbers, whole_numbers
from advisor.inputs.histories.tensorboard_events import is_event_file, log_from_events
from advisor.values import dataclass

MAX_FILES = 4_096
MAX_METRIC_BYTES = 64 * 2**20  # of one metric's file
_MAX_DEPTH = 8
_DVC_HEADER = re.compile(rb"(?:timestamp\t)?step\t[^\t\r\n]+\r?\n")
_MLFLOW_LINE = re.compile(rb"\d{9,16} [-+.\w]{1,40}(?: -?\d{1,18}(?: [^\n]*)?)?\r?(?:\n|$)")


@dataclass(frozen=True, kw_only=True)
class FolderLog:
    """The log of a folder, and the SHA-256 over the names and contents of the files it is from."""

    log: RunLog
    sha256: str


def read_folder(folder: Path, source: str) -> FolderLog:
    """The log in a folder of TensorBoard events, of DVCLive's or of MLflow's metrics.

    InputError where it holds none of them, or several runs; MissingExtraError for events without
    the package `tensorboard`.
    """
    files = tuple(_files(folder, source))
    if events := tuple(file for file in files if is_event_file(file)):
        return FolderLog(
            log=log_from_events(folder, events, source), sha256=_sha256(folder, events)
        )
    starts = {file: _start(file) for file in files}
    for pattern, read in ((_DVC_HEADER, _dvclive_column), (_MLFLOW_LINE, _mlflow_column)):
        found = tuple(file for file, start in starts.items() if pattern.match(start))
        if found:
            root = _metrics_folder(folder, found)
            columns = {_metric(root, file): read(file) for file in found}
            log = RunLog(columns=columns, axis="step")
            return FolderLog(log=log, sha256=_sha256(folder, found))
    if any(file.name == "config.json" for file in files):
        raise InputError(f"{source}: is a model's folder, not a history; give the history")
    raise InputError(
        f"{source}: is a folder without a history that is known here (TensorBoard events, DVCLive's"
        " plots/metrics, MLflow's metrics); give the history's file"
    )


def _files(folder: Path, source: str, depth: int = 0) -> Iterator[Path]:
    """The regular files below `folder`, sorted; links are not followed."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {error.strerror}") from error
    if len(entries) > MAX_FILES:
        raise InputError(f"{source}: holds more than {MAX_FILES} files; give one run's folder")
    for entry in entries:
        if entry.is_symlink():
            continue
        if entry.is_dir() and depth < _MAX_DEPTH:
            yield from _files(entry, source, depth + 1)
        elif entry.is_file():
            yield entry


def _start(file: Path) -> bytes:
    window = whole_file(file)
    return window.read(0, min(window.length, 512))


def _content(file: Path) -> bytes:
    window = whole_file(file)
    if window.length > MAX_METRIC_BYTES:
        raise InputError(f"{shown_name(file)}: is larger than 64 MB; it is not read")
    return window.read(0, window.length)


def _metrics_folder(folder: Path, found: tuple[Path, ...]) -> Path:
    """The folder that metric names count from: the `metrics` or `scalars` folder, else `folder`."""
    roots = {root for file in found if (root := _outermost_root(folder, file)) is not None}
    if len(roots) > 1:
        names = ", ".join(sorted(str(root.relative_to(folder).parent) for root in roots)[:3])
        raise InputError(
            f"{shown_name(folder)}: holds {len(roots)} runs ({names}); give one run's folder"
        )
    return roots.pop() if roots else folder


def _outermost_root(folder: Path, file: Path) -> Path | None:
    inside = [parent for parent in file.parents if parent.is_relative_to(folder)]
    named = [parent for parent in inside if parent.name in ("metrics", "scalars")]
    return named[-1] if named else None


def _metric(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix().removesuffix(".tsv")


def _dvclive_column(file: Path) -> LoggedColumn:
    """One metric of DVCLive: a table of timestamp, step and value."""
    log = log_from_text(_content(file), shown_name(file))
    return next(iter(log.columns.values()), LoggedColumn(values=(), positions=()))


def _mlflow_column(file: Path) -> LoggedColumn:
    """One metric of MLflow: lines of timestamp, value and, since version 1.0, step."""
    source = shown_name(file)
    lines = _content(file).decode(errors="replace").split("\n")
    rows = [line.split(" ") for line in lines if line.strip()]
    if not all(len(row) >= 2 for row in rows):
        raise InputError(f"{source}: has lines that are not 'timestamp value step'")
    values = numbers(source, [row[1] for row in rows], source, lambda row: f"line {row + 1}")
    steps = whole_numbers([row[2] if len(row) > 2 else at for at, row in enumerate(rows)])
    if values is None or steps is None:
        raise InputError(f"{source}: has lines that are not 'timestamp value step'")
    return LoggedColumn(values=values, positions=steps)


def _sha256(folder: Path, files: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        name = file.relative_to(folder).as_posix()
        digest.update(f"{name}\0{sha256_of(file)}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
