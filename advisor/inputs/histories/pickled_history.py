"""Pickled histories: `pickle.dump(history.history, file)`, read without running anything."""

import re

from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import RunLog
from advisor.inputs.histories.shapes import log_from_value

# Protocols 2 to 5 start with their number; 0 and 1 with a dict, a list or a class by name.
_START = re.compile(rb"\x80[\x02-\x05]|\((?:dp|lp|i)\d*\r?\n|\}q|\]q|c[A-Za-z_][\w.]*\r?\n\w+\r?\n")


def is_pickle(file: HistoryFile) -> bool:
    """True if the file begins as a pickle of a dict, a list or an object does."""
    return bool(_START.match(file.start))


def log_from_pickle(files: HistoryFiles) -> RunLog:
    """The log in a pickle of plain values; InputError for any other pickle."""
    from advisor.inputs.files.plain_pickle import parse_pickle  # most histories are none

    return log_from_value(parse_pickle(files.only.data, files.source), files.source)
