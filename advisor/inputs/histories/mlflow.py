"""MLflow's `metrics`: lines of timestamp, value and, since version 1.0, step for each metric."""

import re

from advisor.errors import InputError
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.metric_files import log_from_metric_files
from advisor.inputs.histories.run_log import LoggedColumn, RunLog, numbers, whole_numbers

_LINE = re.compile(rb"\d{9,16} [-+.\w]{1,40}(?: -?\d{1,18}(?: [^\n]*)?)?\r?(?:\n|$)")


def is_mlflow_metric(file: HistoryFile) -> bool:
    """True if the file begins with a line as MLflow writes it."""
    return bool(_LINE.match(file.start))


def log_from_mlflow(files: HistoryFiles) -> RunLog:
    """The log of MLflow's metrics; InputError for several runs or a line that is none of its."""
    return log_from_metric_files(files, _column)


def _column(file: HistoryFile) -> LoggedColumn:
    source = file.source
    lines = file.data.decode(errors="replace").split("\n")
    rows = [line.split(" ") for line in lines if line.strip()]
    if not all(len(row) >= 2 for row in rows):
        raise InputError(f"{source}: has lines that are not 'timestamp value step'")
    values = numbers(source, [row[1] for row in rows], source, lambda row: f"line {row + 1}")
    steps = whole_numbers([row[2] if len(row) > 2 else at for at, row in enumerate(rows)])
    if values is None or steps is None:
        raise InputError(f"{source}: has lines that are not 'timestamp value step'")
    return LoggedColumn(values=values, positions=steps)
