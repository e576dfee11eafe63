"""A report's JSON read back: the inverse of `json.py`, led by the types of the fields."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from advisor.errors import InputError
from advisor.evidence.catalog import CATALOG
from advisor.evidence.measurement import Value
from advisor.inputs.files.file_window import shown
from advisor.inputs.files.json_value import integer_of
from advisor.inputs.report_file import change_of
from advisor.recommend.stopping_code import takes_class
from advisor.regularization import Change
from advisor.report.content import ReportContent
from advisor.report.formats.json import KEYS, LEFT_OUT, UNPACKED

Made = TypeVar("Made", bound=ReportContent)
_Fields = dict[str, Any]

# What the JSON leaves out, worked out from the fields that it has.
_DERIVED: Mapping[str, Callable[[_Fields], object]] = {
    "is_by_data_loss": lambda values: takes_class(values["code"])
}
_KINDS = {"number": float, "truth": bool, "text": str}
_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def report_from(document: object, source: str, kind: type[Made]) -> Made:
    """The report of `kind` that a JSON document stands for.

    `source` is the file's name for messages. InputError where a key is missing, is not known, or
    holds something else than its field does.
    """
    values = _fields(document, kind, source)
    for name, reading in values["evidence"].items():
        measured = _KINDS[CATALOG[name].kind] if name in CATALOG else Value
        _read(reading.value, measured, f"{source}: evidence: {shown(name)}: value")
    return kind(**values)


def _fields(value: object, kind: type, where: str) -> _Fields:
    """The fields of a dataclass in a JSON object; each key has to be one of them."""
    if not isinstance(value, dict):
        raise _wrong(value, where, "an object")
    rest = dict(value)
    values: _Fields = {}
    for field in _fields_of(kind):
        key = KEYS.get(field.name, field.name)
        hint = _hints(kind)[field.name]
        if field.name in UNPACKED:
            values[field.name] = _unpacked(rest, hint, where)
        elif key in rest:
            values[field.name] = _read(rest.pop(key), hint, f"{where}: {key}")
        elif field.name in LEFT_OUT:
            values[field.name] = _DERIVED[field.name](values)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{where}: has no {key!r}; make the report again")
    if rest:
        raise InputError(f"{where}: {shown(next(iter(rest)))} is no key of a report's")
    return values


def _fields_of(kind: Any) -> tuple[Field[Any], ...]:
    return fields(kind)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _unpacked(rest: dict[str, object], hint: object, where: str) -> Mapping[str, object]:
    """A mapping whose keys, all of them, stand among those of the object around it."""
    names, inner = get_args(hint)
    entries = {
        key: _read(rest.pop(key), inner, f"{where}: {key}")
        for key in list(rest)
        if key in get_args(names)
    }
    for name in get_args(names):
        if name not in entries:
            raise InputError(f"{where}: has no {name!r}; make the report again")
    return entries


def _read(value: object, hint: Any, where: str) -> object:
    """The value as the type says; InputError where it is none of that type."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _one_of(value, get_args(hint), where)
    if origin is Literal:
        return _word(value, get_args(hint), where)
    if origin is tuple:
        return _tuple(value, get_args(hint), where)
    if origin is Mapping:
        return _mapping(value, get_args(hint), where)
    if is_dataclass(hint):
        return _object(value, hint, where)
    if not _is_plain(value, hint):
        raise _wrong(value, where, _WORDS[hint])
    return value


def _is_plain(value: object, hint: type) -> bool:
    """True for text, truth and finite numbers; a whole number may stand for a float."""
    if hint is float and isinstance(value, float):
        return isfinite(value)
    if hint in (float, int):
        return integer_of(value) is not None
    return isinstance(value, hint)


def _one_of(value: object, hints: tuple[Any, ...], where: str) -> object:
    """A value of one of several types: nothing, or a plain one, or else the one that is left."""
    if value is None and type(None) in hints:
        return None
    left = [hint for hint in hints if hint is not type(None)]
    if len(left) == 1:
        return _read(value, left[0], where)
    if any(_is_plain(value, hint) for hint in left):
        return value
    raise _wrong(value, where, " or ".join(_WORDS[hint] for hint in left))


def _word(value: object, words: tuple[object, ...], where: str) -> object:
    if not isinstance(value, str) or value not in words:
        raise _wrong(value, where, f"one of {', '.join(map(str, words))}")
    return value


def _tuple(value: object, hints: tuple[Any, ...], where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _wrong(value, where, "a list")
    if hints[-1] is Ellipsis:
        return tuple(_read(entry, hints[0], f"{where} {n}") for n, entry in enumerate(value, 1))
    if len(value) != len(hints):
        raise _wrong(value, where, f"a list of {len(hints)}")
    pairs = zip(value, hints, strict=True)
    return tuple(_read(entry, hint, f"{where} {n}") for n, (entry, hint) in enumerate(pairs, 1))


def _mapping(value: object, hints: tuple[Any, ...], where: str) -> Mapping[object, object]:
    if not isinstance(value, dict):
        raise _wrong(value, where, "an object")
    return {
        _read(key, hints[0], f"{where}: key"): _read(entry, hints[1], f"{where}: {shown(key)}")
        for key, entry in value.items()
    }


def _object(value: object, kind: Any, where: str) -> object:
    if kind is Change:
        change_of(value, where)
    return kind(**_fields(value, kind, where))


def _wrong(value: object, where: str, expected: str) -> InputError:
    match value:
        case None:
            shown_as = "null"
        case dict():
            shown_as = "an object"
        case list():
            shown_as = "a list"
        case str():
            shown_as = shown(value, 40)
        case _:
            shown_as = f"{value!r:.40}"
    return InputError(f"{where}: {expected} is expected, not {shown_as}")
