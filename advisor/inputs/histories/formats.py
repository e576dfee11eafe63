"""The formats of histories: one table, a row for each, in the order in which they are tried."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.file_window import sha256_of
from advisor.inputs.histories.dvclive import is_dvclive_metric, log_from_dvclive
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.json_text import is_json_text, log_from_json_text
from advisor.inputs.histories.mlflow import is_mlflow_metric, log_from_mlflow
from advisor.inputs.histories.notebook import is_notebook, log_from_notebook
from advisor.inputs.histories.numpy_history import is_npy, is_zip, log_from_npy, log_from_npz
from advisor.inputs.histories.pickled_history import is_pickle, log_from_pickle
from advisor.inputs.histories.run_log import RunLog
from advisor.inputs.histories.tensorboard_events import is_event_file, log_from_events
from advisor.values import dataclass

MAX_FILES = 4_096  # in one folder
_MAX_DEPTH = 8


@dataclass(frozen=True, kw_only=True)
class HistoryFormat:
    """One format: how its files are known, and how they are read.

    As one file it is tried in the order of the table. As a folder it gets all files below that are
    its own; other files may lie between them.
    """

    name: str  # as the command's help and the README call it
    is_file: bool  # it may come as one file
    folder: str = ""  # what a folder of it holds, in words; empty where it never comes as one
    knows: Callable[[HistoryFile], bool]  # True for a file of this format
    read: Callable[[HistoryFiles], RunLog]


def _is_printed_log(file: HistoryFile) -> bool:
    if "/" not in file.text:  # of `Epoch 1/5` or a progress bar; few other histories have one
        return False
    from advisor.inputs.histories.printed_log import is_printed_log

    return is_printed_log(file)


def _log_from_printed(files: HistoryFiles) -> RunLog:
    from advisor.inputs.histories.printed_log import log_from_printed

    return log_from_printed(files)


def _log_from_table(files: HistoryFiles) -> RunLog:
    from advisor.inputs.histories.tables import log_from_table  # most histories are none

    return log_from_table(files.only.text, files.source)


FORMATS: tuple[HistoryFormat, ...] = (
    HistoryFormat(name=".npz", is_file=True, knows=is_zip, read=log_from_npz),
    HistoryFormat(
        name="TensorBoard",
        is_file=True,
        folder="TensorBoard events",
        knows=is_event_file,
        read=log_from_events,
    ),
    HistoryFormat(
        name="DVCLive",
        is_file=False,  # one metric alone is a table, and is read as one
        folder="DVCLive's plots/metrics",
        knows=is_dvclive_metric,
        read=log_from_dvclive,
    ),
    HistoryFormat(
        name="MLflow",
        is_file=False,
        folder="MLflow's metrics",
        knows=is_mlflow_metric,
        read=log_from_mlflow,
    ),
    HistoryFormat(name=".npy", is_file=True, knows=is_npy, read=log_from_npy),
    HistoryFormat(name="pickle", is_file=True, knows=is_pickle, read=log_from_pickle),
    HistoryFormat(name="notebook", is_file=True, knows=is_notebook, read=log_from_notebook),
    HistoryFormat(
        name="printed output of fit", is_file=True, knows=_is_printed_log, read=_log_from_printed
    ),
    HistoryFormat(name="JSON", is_file=True, knows=is_json_text, read=log_from_json_text),
    HistoryFormat(  # the last one: whatever else is text
        name="CSV", is_file=True, knows=lambda _: True, read=_log_from_table
    ),
)


@dataclass(frozen=True, kw_only=True)
class FoundLog:
    """The log at a path, and the SHA-256 of the file, or of a folder's files and their names."""

    log: RunLog
    sha256: str


def read_log(path: Path, source: str) -> FoundLog:
    """The log in the file or folder at `path`, by the first format that knows it.

    InputError where none does, where a folder holds several runs, or what its format refuses;
    MissingExtraError where reading it needs an extra.
    """
    if path.is_dir():
        return _read_folder(path, source)
    file = HistoryFile(path)
    form = next(form for form in FORMATS if form.is_file and form.knows(file))
    log = form.read(HistoryFiles(source=source, folder=path.parent, files=(file,)))
    return FoundLog(log=log, sha256=sha256_of(path))


def _read_folder(folder: Path, source: str) -> FoundLog:
    files = tuple(HistoryFile(path) for path in _paths(folder, source))
    for form in FORMATS:
        own = tuple(file for file in files if form.folder and form.knows(file))
        if own:
            log = form.read(HistoryFiles(source=source, folder=folder, files=own))
            return FoundLog(log=log, sha256=_sha256(folder, own))
    if any(file.path.name == "config.json" for file in files):
        raise InputError(f"{source}: is a model's folder, not a history; give the history")
    known = ", ".join(form.folder for form in FORMATS if form.folder)
    raise InputError(
        f"{source}: is a folder without a history that is known here ({known}); give the history's"
        " file"
    )


def _paths(folder: Path, source: str, depth: int = 0) -> Iterator[Path]:
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
            yield from _paths(entry, source, depth + 1)
        elif entry.is_file():
            yield entry


def _sha256(folder: Path, files: tuple[HistoryFile, ...]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        name = file.path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{sha256_of(file.path)}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
