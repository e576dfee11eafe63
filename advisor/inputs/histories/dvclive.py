"""DVCLive's `plots/metrics`: a table of timestamp, step and value for each metric."""

import re

from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.metric_files import log_from_metric_files
from advisor.inputs.histories.run_log import LoggedColumn, RunLog

_HEADER = re.compile(rb"(?:timestamp\t)?step\t[^\t\r\n]+\r?\n")


def is_dvclive_metric(file: HistoryFile) -> bool:
    """True if the file begins with the line of names that DVCLive writes."""
    return bool(_HEADER.match(file.start))


def log_from_dvclive(files: HistoryFiles) -> RunLog:
    """The log of DVCLive's metrics; InputError for several runs."""
    return log_from_metric_files(files, _column)


def _column(file: HistoryFile) -> LoggedColumn:
    from advisor.inputs.histories.tables import log_from_table

    log = log_from_table(file.text, file.source)
    return next(iter(log.columns.values()), LoggedColumn(values=(), positions=()))
