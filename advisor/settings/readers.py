"""Values of settings as they are written in files, variables and flags, checked."""

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Literal, cast

from advisor.errors import SettingsError
from advisor.inputs.histories.metric_names import Direction
from advisor.settings.row import Reader

SplitsSetting = Literal["resample", "fixed", "group"]
PolicySetting = Literal["stopped", "last"]


def count(value: object, where: str, _base: Path | None) -> int:
    """A whole number of at least 1. Raises SettingsError, as all of these do."""
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise SettingsError(f"{where}: a whole number of at least 1 is expected, not {value!r}")
    return number


def texts(value: object, where: str, _base: Path | None) -> tuple[str, ...]:
    """A list of names, or text with commas between them."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise SettingsError(f"{where}: a list of names is expected, not {value!r}")
    return tuple(name for part in parts for name in _names(part))


def _names(part: str) -> list[str]:
    return [name.strip() for name in part.split(",") if name.strip()]


def folders(value: object, where: str, base: Path | None) -> tuple[Path, ...]:
    """Folders, relative to the file that names them."""
    parts = [value] if isinstance(value, str | Path) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str | Path) for p in parts):
        raise SettingsError(f"{where}: a list of folders is expected, not {value!r}")
    return tuple(base / part if base else Path(part) for part in parts)


def directions(value: object, where: str, _base: Path | None) -> Mapping[str, Direction]:
    """Metrics with the direction in which each gets better: a table, or `NAME:max`."""
    if isinstance(value, Mapping):
        pairs = [(str(name), direction) for name, direction in value.items()]
    else:
        pairs = [_pair(part, where) for part in texts(value, where, None)]
    for name, direction in pairs:
        if direction not in ("min", "max"):
            raise SettingsError(
                f"{where}: {name}: the direction is 'max' or 'min', not {direction!r}; "
                f"write {name}:max where higher is better"
            )
    return {name: cast(Direction, direction) for name, direction in pairs}


def _pair(text: str, where: str) -> tuple[str, object]:
    name, colon, direction = text.rpartition(":")
    if not colon:
        raise SettingsError(
            f"{where}: {text!r} has no direction; write {text}:max where higher is better, "
            f"else {text}:min"
        )
    return name, direction


def one_of(choices: tuple[str, ...]) -> Reader:
    """The reader of a word out of `choices`."""

    def read(value: object, where: str, _base: Path | None) -> str:
        if value not in choices:
            raise SettingsError(f"{where}: one of {', '.join(choices)} is expected, not {value!r}")
        return str(value)

    return read


def text(value: object, where: str, _base: Path | None) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where}: a text is expected, not {value!r}")
    return value


def source(value: object, where: str, base: Path | None) -> str:
    """Where rows come from: a path relative to the file that names it, or `package.module:name`."""
    given = text(str(value) if isinstance(value, Path) else value, where, base)
    if base is not None and (base / given).exists():
        return str(base / given)
    return given


def truth(value: object, where: str, _base: Path | None) -> bool:
    """True or false; in a variable also 1, 0, yes and no."""
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    truth = known.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(truth, bool):
        raise SettingsError(f"{where}: true or false is expected, not {value!r}")
    return truth


def amount(value: object, where: str, _base: Path | None) -> float:
    """A finite number above 0."""
    try:
        number = float(value) if isinstance(value, str | int | float) else 0.0
    except ValueError:
        number = 0.0
    if isinstance(value, bool) or not isfinite(number) or number <= 0:
        raise SettingsError(f"{where}: a number above 0 is expected, not {value!r}")
    return number


def seed(value: object, where: str, _base: Path | None) -> int:
    """A whole number of at least 0, below 2**31."""
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31:
        raise SettingsError(
            f"{where}: a whole number from 0 to 2147483647 is expected, not {value!r}"
        )
    return number
