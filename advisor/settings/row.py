"""The row of a setting: all that is said of it beside its name and the type of its value."""

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TypeVar, cast

from advisor.values import dataclass

Value = TypeVar("Value")

# A value as given, where it stands (for messages), and the folder that paths are relative to.
Reader = Callable[[object, str, Path | None], object]

ROW = "row"  # the key of a field's metadata


@dataclass(frozen=True, kw_only=True)
class ValueType:
    """What a setting's value may be, and how a flag and a keyword take it.

    `read` checks a value, wherever it is set. `flag` is the type that the command line parses, None
    if a value is too large for a flag or a variable; `least` is its lower limit. `keyword` is the
    type of `diagnose`'s keyword as source text, None if it has none. `words` are the possible
    values, if they are few. A mapping that `is_merged` adds to one set with lower priority.
    """

    read: Reader
    flag: object = None
    least: int | None = None
    keyword: str | None = None
    words: tuple[str, ...] = ()
    is_merged: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One setting. `help` is what `--help` and the README say, under the heading `panel`.

    `flag` is its spelling if it isn't the setting's name, `short` a second one of one letter. A
    setting that `is_of_the_call` holds for all runs, so no run of a manifest has its own.
    """

    value: ValueType
    help: str
    metavar: str | None
    panel: str | None
    flag: str | None
    short: str | None
    is_of_the_call: bool


def setting(
    default: Value,
    value: ValueType,
    *,
    help: str,
    metavar: str | None = None,
    panel: str | None = None,
    flag: str | None = None,
    short: str | None = None,
    is_of_the_call: bool = False,
) -> Value:
    """The field of a setting in `Settings` or `GateSettings`; see `Row`."""
    row = Row(
        value=value,
        help=help,
        metavar=metavar,
        panel=panel,
        flag=flag,
        short=short,
        is_of_the_call=is_of_the_call,
    )
    if isinstance(default, dict):
        return cast(Value, field(default_factory=default.copy, metadata={ROW: row}))
    return field(default=default, metadata={ROW: row})
