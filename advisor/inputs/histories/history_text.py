"""History text: the bytes of one history file, told apart by their content."""

import contextlib
import re

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.plain_pickle import parse_pickle
from advisor.inputs.histories.history_shapes import log_from_value
from advisor.inputs.histories.numpy_history import NPY, log_from_npy
from advisor.inputs.histories.printed_log import is_printed_log, log_from_printed
from advisor.inputs.histories.run_log import RunLog

_EXPORT = "export it with json.dump(history.history, file)"
_NOT_A_HISTORY = (
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, as a model is, not a history; give the history"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it first"),
    (b"BZh", "is compressed with bzip2; unpack it first"),
    (b"PAR1", "is a Parquet file; save the table with to_csv"),
    (b"x\x9c", f"is compressed with zlib, as joblib does on request; {_EXPORT}"),
)
# Protocols 2 to 5 start with their number; 0 and 1 with a dict, a list or a class by name.
_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|\((?:dp|lp|i)\d*\r?\n|\}q|\]q|c[A-Za-z_][\w.]*\r?\n\w+\r?\n"
)
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))


def log_from_text(data: bytes, source: str) -> RunLog:
    """The log in a file of JSON, JSON lines, CSV, a printed Python dict or log, a pickle or array.

    InputError for anything else; models and archives are named.
    """
    _refuse_binary(data, source)
    if data.startswith(NPY):
        return log_from_npy(data, source)
    if _PICKLE.match(data):
        return log_from_value(parse_pickle(data, source), source)
    text = _decoded(data, source)
    if is_printed_log(text):
        return log_from_printed(text, source)
    match text.lstrip()[:1]:
        case "":
            raise InputError(f"{source}: is empty; {_EXPORT}")
        case "{" | "[":
            return _log_from_braces(data, text, source)
        case '"' if _is_one_string(text):
            return log_from_value(parse_json(data, source), source)
        case _:
            from advisor.inputs.histories.history_tables import log_from_table

            return log_from_table(text, source)


def _refuse_binary(data: bytes, source: str) -> None:
    for magic, meaning in _NOT_A_HISTORY:
        if data.startswith(magic):
            raise InputError(f"{source}: {meaning}")


def _decoded(data: bytes, source: str) -> str:
    encoding = next(name for magic, name in _ENCODINGS if data.startswith(magic))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: is not text: {error.reason} at byte {error.start}; {_EXPORT}"
        ) from error
    if "\0" in text:
        raise InputError(f"{source}: is not text, it holds zero bytes; {_EXPORT}")
    return text


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
