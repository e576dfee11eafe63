"""NumPy's data types, scalars and arrays as pickles describe them, read without NumPy."""

import struct
from math import prod
from typing import Any

_FORMATS = {"f2": "e", "f4": "f", "f8": "d", "b1": "?"} | {
    f"{kind}{size}": code.upper() if kind == "u" else code
    for kind in "iu"
    for size, code in ((1, "b"), (2, "h"), (4, "i"), (8, "q"))
}
_MOST_AXES = 64  # NumPy's own limit


class PickledType:
    """A data type such as `f4`; `O8` stands for Python objects. `order` is `<` or `>`."""

    def __init__(self, code: str) -> None:
        self.code, self.order = code.lstrip("<>|="), ">" if code[:1] == ">" else "<"

    @property
    def is_of_objects(self) -> bool:
        """True for a type whose entries are any objects."""
        return self.code.startswith("O")

    @property
    def form(self) -> struct.Struct:
        """How one entry is packed. LookupError for a type that is no plain number."""
        return struct.Struct(self.order + _FORMATS[self.code])


class PickledArray:
    """An array, which a pickle makes first and fills later."""

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = (0,)
        self._type: PickledType | None = None
        self._data: Any = []

    def fill(self, shape: tuple[int, ...], kind: PickledType, data: Any) -> None:
        """Set the entries: bytes, or a list where the array is one of objects.

        ValueError where there are more or fewer than the shape says; LookupError as `form`.
        """
        if len(shape) > _MOST_AXES:
            raise ValueError("the array has too many axes")
        if not kind.is_of_objects:
            data = in_bytes(data)
        held = len(data) if kind.is_of_objects else len(data) / kind.form.size
        if not isinstance(data, list if kind.is_of_objects else bytes) or held != prod(shape):
            raise ValueError("the array's shape is not that of its entries")
        self.shape, self._type, self._data = shape, kind, data

    def __len__(self) -> int:
        return prod(self.shape)

    def entries(self) -> list[Any]:
        """The entries, in the order of the file."""
        if self._type is None or self._type.is_of_objects:
            return list(self._data)
        return [value for (value,) in self._type.form.iter_unpack(self._data)]


def scalar_of(kind: PickledType, data: Any) -> Any:
    """The number in the bytes of one entry."""
    return kind.form.unpack(in_bytes(data))[0]


def in_bytes(data: Any) -> bytes:
    """Bytes, which Python 2 pickled as text."""
    return data.encode("latin-1") if isinstance(data, str) else bytes(data)
