"""Pickles of plain values, read without running them.

A pickle is a program for a stack machine that may import and call anything. This is a machine of
our own: it knows only the instructions that build dicts, lists, tuples, text, numbers, and NumPy's
scalars and arrays of numbers. It imports and calls nothing, and refuses every other instruction.
"""

import pickletools
import struct
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import MAX_VALUES
from advisor.inputs.files.file_window import shown
from advisor.inputs.files.pickled_numpy import PickledArray, PickledType, scalar_of
from advisor.values import dataclass

MAX_DEPTH = 100  # of containers in containers
_LARGEST_INT = 2**63
_INSTEAD = "export it with json.dump(history.history, file)"

# NumPy 2 renamed `numpy.core`.
_NUMPY = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")
_FROM_BUFFER = ("numpy.core.numeric", "numpy._core.numeric")


class _Refused(Exception):
    """Something that is not built; the message says what."""


@dataclass(frozen=True, kw_only=True)
class _Name:
    """A class or function that the pickle would import: only its name."""

    module: str
    name: str


def parse_pickle(data: bytes, source: str) -> object:
    """The dicts, lists, tuples, texts and numbers in a pickle of protocol 0 to 5.

    Arrays of NumPy become lists, its scalars numbers. Nothing in the pickle is run. InputError for
    anything else in it, for damaged and for oversized pickles.
    """
    machine = _Machine()
    try:
        with warnings.catch_warnings():  # of odd escapes in old text
            warnings.simplefilter("ignore")
            return _plain(machine.run(data))
    except _Refused as error:
        raise InputError(
            f"{source}: is a pickle of {error}; only plain numbers are read from a pickle, as the"
            f" rest could run code; {_INSTEAD}"
        ) from error
    except (LookupError, TypeError, ValueError, AttributeError, struct.error) as error:
        raise InputError(f"{source}: is a damaged pickle; {_INSTEAD}") from error


class _Machine:
    """The stack, the stacks below each mark, and what was memorized."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """What is on the stack at the end."""
        for count, (instruction, argument, _) in enumerate(pickletools.genops(data)):
            if count > 4 * MAX_VALUES:
                raise _Refused(f"more than {MAX_VALUES:,} values")
            if instruction.name == "STOP":
                return self.stack.pop()
            action = _ACTIONS.get(instruction.name)
            if action is None:
                raise _Refused(f"more than plain values (instruction {instruction.name})")
            action(self, argument)
        raise ValueError("no end")

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def mark(self) -> None:
        self._below.append(self.stack)
        self.stack = []

    def to_mark(self) -> list[Any]:
        """Everything above the last mark, which is taken off."""
        above, self.stack = self.stack, self._below.pop()
        return above

    def pop(self, count: int) -> list[Any]:
        """The uppermost `count` values, the last one last."""
        values = self.stack[len(self.stack) - count :]
        if len(values) < count:
            raise IndexError("the stack is empty")
        del self.stack[len(self.stack) - count :]
        return values


def _append(machine: _Machine, values: list[Any]) -> None:
    _of(list, machine.stack[-1]).extend(values)


def _set_items(machine: _Machine, values: list[Any]) -> None:
    _of(dict, machine.stack[-1]).update(_pairs(values))


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} is no {kind.__name__}")
    return value


def _pairs(values: list[Any]) -> dict[Any, Any]:
    """Keys and values by turns, as a dict."""
    keys = values[::2]
    if len(values) % 2 or not all(isinstance(key, str | int | float) for key in keys):
        raise _Refused("a dict with keys that are no text")
    return dict(zip(keys, values[1::2], strict=True))


def _number(machine: _Machine, value: Any) -> None:
    if isinstance(value, int) and abs(value) >= _LARGEST_INT:
        raise _Refused("a number beyond 64 bits")
    machine.push(value)


def _name(machine: _Machine, module: str, name: str) -> None:
    if module.startswith("keras") and name in ("History", "Sequential", "Functional", "Model"):
        kind = "history" if name == "History" else "model"
        raise _Refused(f"Keras' {kind} object {name}, not of its `history.history`")
    machine.push(_Name(module=_of(str, module), name=_of(str, name)))


def _reduce(machine: _Machine) -> None:
    """What the call of a known name gives; nothing is called."""
    called, arguments = machine.pop(2)
    called = _of(_Name, called)
    arguments = _of(tuple, arguments)
    for modules, name, made in _CALLS:
        if called.module in modules and called.name == name:
            machine.push(made(*arguments))
            return
    raise _Refused(f"{shown(called.module, 40)}.{shown(called.name, 40)}")


def _build(machine: _Machine) -> None:
    """Fill the array, or complete the data type, below the state."""
    made, state = machine.pop(2)
    match made, state:
        case PickledType(), (_, str(order), None, None, None, *_):
            made.order = ">" if order == ">" else "<"
        case PickledArray(), (_, tuple(shape), PickledType() as kind, _, data):
            made.fill(shape, kind, data)
        case _:
            raise _Refused("objects")
    machine.push(made)


def _from_buffer(data: Any, kind: PickledType, shape: tuple[int, ...], _order: str) -> PickledArray:
    array = PickledArray()
    array.fill(shape, kind, bytes(data))
    return array


def _type(code: str, *_: Any) -> PickledType:
    return PickledType(_of(str, code))


def _encoded(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise _Refused("bytes")
    return _of(str, text).encode("latin-1")  # type: ignore[no-any-return]


def _dict(*arguments: Any) -> dict[Any, Any]:
    """An OrderedDict of pairs, or a defaultdict, whose factory is left out."""
    pairs = [x for x in arguments if isinstance(x, list)]
    return _pairs([part for pair in pairs[:1] for entry in pair for part in entry])


_CALLS: tuple[tuple[tuple[str, ...], str, Callable[..., Any]], ...] = (
    (_NUMPY, "_reconstruct", lambda *_: PickledArray()),
    (_NUMPY, "scalar", scalar_of),
    (_NUMPY, "dtype", _type),
    (_FROM_BUFFER, "_frombuffer", _from_buffer),
    (("_codecs",), "encode", _encoded),
    (("collections",), "OrderedDict", _dict),
    (("collections",), "defaultdict", _dict),
)

_Action = Callable[[_Machine, Any], None]


def _pushing(*names: str) -> dict[str, _Action]:
    return dict.fromkeys(names, lambda machine, value: machine.push(value))


def _drop(machine: _Machine, _: Any) -> None:
    machine.pop(1)


def _drop_to_mark(machine: _Machine, _: Any) -> None:
    machine.to_mark()


_ACTIONS: Mapping[str, _Action] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), _number),
    **_pushing("FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    **_pushing("STRING", "BINSTRING", "SHORT_BINSTRING"),
    **_pushing("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": lambda machine, _: machine.mark(),
    "POP": _drop,
    "POP_MARK": _drop_to_mark,
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "DICT": lambda machine, _: machine.push(_pairs(machine.to_mark())),
    "LIST": lambda machine, _: machine.push(machine.to_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.to_mark())),
    "TUPLE1": lambda machine, _: machine.push(tuple(machine.pop(1))),
    "TUPLE2": lambda machine, _: machine.push(tuple(machine.pop(2))),
    "TUPLE3": lambda machine, _: machine.push(tuple(machine.pop(3))),
    "APPEND": lambda machine, _: _append(machine, machine.pop(1)),
    "APPENDS": lambda machine, _: _append(machine, machine.to_mark()),
    "SETITEM": lambda machine, _: _set_items(machine, machine.pop(2)),
    "SETITEMS": lambda machine, _: _set_items(machine, machine.to_mark()),
    **dict.fromkeys(
        ("PUT", "BINPUT", "LONG_BINPUT"),
        lambda machine, place: machine.memo.__setitem__(place, machine.stack[-1]),
    ),
    "MEMOIZE": lambda machine, _: machine.memo.__setitem__(len(machine.memo), machine.stack[-1]),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"), lambda machine, place: machine.push(machine.memo[place])
    ),
    "GLOBAL": lambda machine, both: _name(machine, *both.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: _name(machine, *machine.pop(2)),
    "REDUCE": lambda machine, _: _reduce(machine),
    "BUILD": lambda machine, _: _build(machine),
}


class _Counter:
    """Counts the values of a result, one that is used twice as two: a pickle may share them."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, depth: int, count: int = 1) -> None:
        """Count a value, or the entries of an array before they are unpacked."""
        self._count += count
        if self._count > MAX_VALUES or depth > MAX_DEPTH:
            what = f"more than {MAX_VALUES:,} values" if depth <= MAX_DEPTH else "nested containers"
            raise _Refused(what)


def _plain(value: Any, depth: int = 0, counter: _Counter | None = None) -> Any:
    """The same with arrays as lists; refuses what is no plain value, or contains itself."""
    counter = counter or _Counter()
    counter.add(depth)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_plain(entry, depth + 1, counter) for entry in value]
        case dict():
            return {key: _plain(entry, depth + 1, counter) for key, entry in value.items()}
        case PickledArray():
            if len(value.shape) > 1:
                raise _Refused(f"an array of shape {value.shape}")
            counter.add(depth, len(value))
            entries = [_plain(entry, depth + 1, counter) for entry in value.entries()]
            return entries if value.shape else entries[0]
    raise _Refused("bytes" if isinstance(value, bytes | bytearray) else "objects")
