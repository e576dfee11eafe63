"""Frozen, keyword-only dataclasses that are quick to make.

`dataclasses.dataclass` writes six methods for each class as text and compiles them, which takes
half a millisecond: for the hundred classes behind `advisor check` a tenth of all its time. Here
the classes share their methods, which go by a class's fields when they run. Everything else of
`dataclasses` (`fields`, `replace`, `asdict`, ...) works on these classes as on any.
"""

import dataclasses
import inspect  # which `dataclasses` imports anyway
from collections.abc import Callable, Mapping, Set
from dataclasses import MISSING, FrozenInstanceError
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # so that checkers and editors know these classes for what they are
    from dataclasses import dataclass

__all__ = ["dataclass"]

_LONGEST = 80  # characters of a value in a representation
_SHOWN = 3  # items of a longer collection
_DEEPEST = 2  # levels of values within values
_BRACKETS: Mapping[type, tuple[str, str]] = {tuple: ("(", ")"), list: ("[", "]")}

Made = TypeVar("Made")


def _dataclass(*, frozen: bool, kw_only: bool) -> Callable[[type[Made]], type[Made]]:
    """`dataclasses.dataclass(frozen=True, kw_only=True)`, and no other kind."""
    if not (frozen and kw_only):
        raise TypeError("only frozen, keyword-only dataclasses are made here")

    def made(cls: type[Made]) -> type[Made]:
        own = vars(cls).keys() & _OVERRIDABLE
        bare: Any = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
        methods = {
            **_SHARED,
            "__init__": _initializer(dataclasses.fields(bare)),
            "__signature__": _SIGNATURE,
        }
        for name, method in methods.items():
            if name not in own:
                setattr(cls, name, method)
        return cls

    return made


if not TYPE_CHECKING:
    dataclass = _dataclass


def _initializer(fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    names = {field.name for field in fields}
    defaults = {field.name: field.default for field in fields if field.default is not MISSING}
    factories = {
        field.name: field.default_factory
        for field in fields
        if field.default_factory is not MISSING
    }

    def __init__(self: object, /, **given: object) -> None:
        values = self.__dict__  # where a frozen object may still be written
        values.update(defaults)
        values.update(given)
        for name in factories.keys() - given.keys() if factories else ():
            values[name] = factories[name]()
        if values.keys() != names:
            raise _wrong_arguments(type(self), names, values.keys())

    __init__.__annotations__ = {**{field.name: field.type for field in fields}, "return": None}
    return __init__


class _Signature:
    """What `inspect.signature` and `help` read of a class, worked out when they ask for it."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        fields: Any = owner
        return inspect.Signature(
            [
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=_default_of(field),
                    annotation=field.type,
                )
                for field in dataclasses.fields(fields)
            ],
            return_annotation=None,
        )


_SIGNATURE = _Signature()


class _Factory:
    """Stands in a signature for a default that is made for each object."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _default_of(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not MISSING:
        return _FACTORY
    return inspect.Parameter.empty if field.default is MISSING else field.default


def _wrong_arguments(cls: type, names: Set[str], given: Set[str]) -> TypeError:
    if unknown := given - names:
        return TypeError(f"{cls.__qualname__} has no field {', '.join(sorted(unknown))}")
    return TypeError(f"{cls.__qualname__} needs {', '.join(sorted(names - given))}")


def _repr(self: Any, depth: int = 0) -> str:
    shown = [
        f"{f.name}={_brief(getattr(self, f.name), depth + 1)}"
        for f in dataclasses.fields(self)
        if f.repr
    ]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _brief(value: Any, depth: int) -> str:
    """The value's own representation where it is short, else its start and what it holds."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _LONGEST else f"{value[:_LONGEST]!r}..."
    text = "" if _is_large(value) else repr(value)
    if text and len(text) <= _LONGEST:
        return text
    match value:
        case tuple() | list() | set() | frozenset():
            parts = [_brief(each, depth + 1) for each in islice(value, _SHOWN)]
        case Mapping():
            items = islice(value.items(), _SHOWN)
            parts = [f"{key!r}: {_brief(each, depth + 1)}" for key, each in items]
        case _ if _is_deep(value):
            return _repr(value, depth) if depth < _DEEPEST else f"{type(value).__qualname__}(...)"
        case _ if hasattr(value, "shape"):
            return f"<{type(value).__name__} of shape {value.shape}>"
        case _:
            return f"{text[:_LONGEST]}..."
    if len(value) > _SHOWN:
        parts.append(f"... {len(value) - _SHOWN} more")
    start, end = _BRACKETS.get(type(value), ("{", "}"))
    return f"{start}{', '.join(parts)}{end}"


def _is_large(value: Any) -> bool:
    """True for what is not written out first, to see how long it is."""
    if _is_deep(value) or hasattr(value, "shape"):
        return True
    return hasattr(value, "__len__") and len(value) > _LONGEST


def _is_deep(value: object) -> bool:
    return type(value).__repr__ is _repr


def _compared(self: Any) -> tuple[object, ...]:
    return tuple(getattr(self, f.name) for f in dataclasses.fields(self) if f.compare)


def _eq(self: object, other: object) -> bool:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: object) -> int:
    return hash(_compared(self))


def _refuse_assignment(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED: dict[str, Callable[..., Any]] = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse_assignment,
    "__delattr__": _refuse_deletion,
}
_OVERRIDABLE = {"__repr__"}  # what a class may say in its own words
