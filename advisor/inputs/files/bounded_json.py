"""JSON from a file that nobody vouches for: bounded in depth and in number of values."""

import json
from collections import Counter

from advisor.errors import InputError
from advisor.inputs.files.file_window import shown

MAX_DEPTH = 200  # the deepest config of 33 architectures is 19 deep
MAX_VALUES = 4_000_000  # about 300 MB as Python objects; a large vocabulary is 1,000,000


def parse_json(text: bytes, source: str) -> object:
    """The value that `text` holds, in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    NaN and Infinity are read as floats, as Keras' histories hold them. InputError where the text
    is not JSON, repeats a key, nests deeper than 200 levels, or holds more than 4,000,000 values;
    `source` is the file's name for that message.
    """
    decoded = _decode(text, source)
    if decoded.count(",") + decoded.count("[") + decoded.count("{") > MAX_VALUES:
        raise InputError(f"{source}: holds more than {MAX_VALUES:,} JSON values; it is not read")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            key = Counter(name for name, _ in pairs).most_common(1)[0][0]
            raise InputError(f"{source}: the key {shown(key)} stands twice in one JSON object")
        return entries

    try:
        value: object = json.loads(decoded, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{source}: is not valid JSON: {error.msg} at {place}") from error
    except RecursionError as error:
        raise _too_deep(source) from error
    except ValueError as error:  # an integer of more than 4,300 digits
        raise InputError(f"{source}: holds a number that is too long to read") from error
    _check_depth(value, source)
    if "\\ud" in decoded or "\\uD" in decoded:
        _check_surrogates(value, source)
    return value


def _decode(text: bytes, source: str) -> str:
    if not text.strip():
        raise InputError(f"{source}: is empty; export it again")
    try:
        return text.decode(json.detect_encoding(text))
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: is not JSON text: {error.reason} at byte {error.start}") from (
            error
        )


def _check_depth(value: object, source: str) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _too_deep(source)


def _check_surrogates(value: object, source: str) -> None:
    """Refuse half of a surrogate pair: text that holds one cannot be written out again."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{source}: holds text that is not valid Unicode") from error


def _too_deep(source: str) -> InputError:
    return InputError(f"{source}: its JSON nests deeper than {MAX_DEPTH} levels; it is not read")
