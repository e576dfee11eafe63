"""Values in an untrusted config, read only if they have the expected type."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence

MAX_NAME = 200  # characters; the longest layer name in keras.applications has 34


def mapping_of(value: object) -> Mapping[str, object]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> Sequence[object]:
    """The value if it is a JSON list, else an empty one."""
    return value if isinstance(value, list | tuple) else ()


def text_of(value: object) -> str | None:
    """The value if it is text, cut to 200 characters."""
    return value[:MAX_NAME] if isinstance(value, str) else None


def integer_of(value: object) -> int | None:
    """The value if it is a whole number that fits 63 bits."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < 1 << 63 else None


def number_of(value: object) -> float | None:
    """The value if it is a finite number; what was a float32 gets its shortest decimal back.

    Keras stores some strengths as float32: 9.999999747378752e-05 is the 0.0001 that was meant.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
        if not math.isfinite(number):
            return None
        single = struct.unpack("f", struct.pack("f", number))[0]
        shortest = float(f"{number:.7g}")
        if single == number and struct.pack("f", shortest) == struct.pack("f", number):
            return shortest
    except OverflowError:  # more than a float, or a float32, can hold
        return None if isinstance(value, int) and abs(value) >= 1 << 1023 else float(value)
    return number


def objects_in(value: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every JSON object inside `value`, itself included, with the key that it stands under.

    An element of a list stands under the list's key. Outer objects come before inner ones, in
    the order of the file.
    """
    pending: list[tuple[str, object]] = [("", value)]
    while pending:
        key, node = pending.pop()
        if isinstance(node, dict):
            yield key, node
            pending.extend((str(name), node[name]) for name in reversed(node))
        elif isinstance(node, list | tuple):
            pending.extend((key, item) for item in reversed(node))
