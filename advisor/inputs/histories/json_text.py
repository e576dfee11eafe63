"""JSON text: what `json.dump` wrote, JSON lines, and a Python dict as it is printed."""

import contextlib

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import RunLog
from advisor.inputs.histories.shapes import log_from_value


def is_json_text(file: HistoryFile) -> bool:
    """True if the text begins as a dict or a list, or is a string that holds one."""
    start = file.text.lstrip()[:1]
    return start in ("{", "[") or (start == '"' and _is_one_string(file.text))


def log_from_json_text(files: HistoryFiles) -> RunLog:
    """The log in a file of JSON, JSON lines or a printed Python dict; InputError for others."""
    file = files.only
    if file.text.lstrip().startswith('"'):
        return log_from_value(parse_json(file.data, files.source), files.source)
    return _log_from_braces(file.data, file.text, files.source)


def _is_one_string(text: str) -> bool:
    """True for JSON inside a JSON string, as `json.dump(json.dumps(...))` leaves it."""
    return text.lstrip()[1:].lstrip(" \\n")[:1] in ("{", "[") and text.rstrip()[-1:] == '"'


def _log_from_braces(data: bytes, text: str, source: str) -> RunLog:
    """The log in JSON; failing that, in JSON lines or in a printed Python dict."""
    if text.lstrip(" \n\r\t{[(").startswith("'"):
        return log_from_value(_literal(text, source), source)
    try:
        value = parse_json(data, source)
    except InputError:
        value = _other_than_json(text, source)
        if value is None:
            raise
    return log_from_value(value, source)


def _other_than_json(text: str, source: str) -> object | None:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and _is_closed(lines[0]) and lines[1].lstrip().startswith("{"):
        return parse_json(("[" + ",\n".join(lines) + "]").encode(), source)
    with contextlib.suppress(InputError):  # then it is meant as JSON, and its fault is told
        return _literal(text, source)
    return None


def _literal(text: str, source: str) -> object:
    from advisor.inputs.histories.python_literal import parse_literal

    return parse_literal(text, source)


def _is_closed(line: str) -> bool:
    return line.strip().startswith("{") and line.strip().endswith("}")
