"""Metric files: a folder with one file for each metric, as DVCLive and MLflow leave it."""

from collections.abc import Callable
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.file_window import shown_name
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import LoggedColumn, RunLog


def log_from_metric_files(
    files: HistoryFiles, column_of: Callable[[HistoryFile], LoggedColumn]
) -> RunLog:
    """The log of files with a metric each, called by their paths; InputError for several runs."""
    root = _metrics_folder(files.folder, tuple(file.path for file in files.files))
    columns = {_metric(root, file.path): column_of(file) for file in files.files}
    return RunLog(columns=columns, axis="step")


def _metrics_folder(folder: Path, paths: tuple[Path, ...]) -> Path:
    """The folder that metric names count from: the `metrics` or `scalars` folder, else `folder`."""
    roots = {root for path in paths if (root := _outermost_root(folder, path)) is not None}
    if len(roots) > 1:
        names = ", ".join(sorted(str(root.relative_to(folder).parent) for root in roots)[:3])
        raise InputError(
            f"{shown_name(folder)}: holds {len(roots)} runs ({names}); give one run's folder"
        )
    return roots.pop() if roots else folder


def _outermost_root(folder: Path, path: Path) -> Path | None:
    inside = [parent for parent in path.parents if parent.is_relative_to(folder)]
    named = [parent for parent in inside if parent.name in ("metrics", "scalars")]
    return named[-1] if named else None


def _metric(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix().removesuffix(".tsv")
