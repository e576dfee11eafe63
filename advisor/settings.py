"""What the user set: `[tool.advisor]` in pyproject.toml, then `ADVISOR_*`, then flags."""

from collections.abc import Callable, Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Literal, cast

import tomli

from advisor.errors import SettingsError
from advisor.inputs.history import Direction
from advisor.values import dataclass

ReportFormat = Literal["rich", "json", "markdown"]
REPORT_FORMATS: tuple[ReportFormat, ...] = ("rich", "json", "markdown")
_PREFIX = "ADVISOR_"
_NOT_SETTINGS = frozenset({"ADVISOR_DEBUG"})  # the command line's own


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its default; the names are the flags' names with underscores.

    `train_size` and `val_size` count rows. `metric` maps a metric's name to the direction in
    which it gets better. `rules` are folders of further rules; `select` and `ignore` hold rule
    ids, `select` empty meaning all.
    """

    train_size: int | None = None
    val_size: int | None = None
    batch_size: int | None = None
    metric: Mapping[str, Direction] = field(default_factory=dict)
    rules: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    format: ReportFormat = "rich"


def load_settings(folder: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the project around `folder`, overridden by `ADVISOR_*` variables.

    Raises SettingsError for an unknown key or a wrong value, naming its place.
    """
    settings = Settings()
    project = _project_file(folder)
    if project is not None:
        table = _table(project)
        settings = _with(
            settings,
            table,
            _Place(
                spelled=lambda key: repr(_dashed(key)),
                name=lambda key: f"{project}: [tool.advisor] {_dashed(key)}",
                base=project.parent,
            ),
        )
    variables = {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS
    }
    return _with(settings, variables, _Place(name=_variable, spelled=_variable))


def with_flags(settings: Settings, flags: Mapping[str, object]) -> Settings:
    """`settings` with the given flags on top; a flag that is None or empty was not given."""
    given = {name: value for name, value in flags.items() if value not in (None, (), [], {})}
    return _with(settings, given, _Place(name=_flag, spelled=_flag))


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where settings stand, for messages; relative folders in a file are relative to `base`."""

    name: Callable[[str], str]
    spelled: Callable[[str], str]
    base: Path | None = None


def _variable(key: str) -> str:
    return f"{_PREFIX}{key.upper()}"


def _flag(key: str) -> str:
    return f"--{_dashed(key)}"


def _dashed(key: str) -> str:
    return key.replace("_", "-")


def _project_file(folder: Path) -> Path | None:
    """The nearest pyproject.toml at or above `folder`."""
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / "pyproject.toml").is_file():
            return candidate / "pyproject.toml"
    return None


def _table(file: Path) -> Mapping[str, object]:
    try:
        document = tomli.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
    tool = document.get("tool", {})
    table = tool.get("advisor", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: [tool.advisor] is not a table")
    return {key.replace("-", "_"): value for key, value in table.items()}


def _with(settings: Settings, given: Mapping[str, object], place: _Place) -> Settings:
    known = [each.name for each in fields(Settings)]
    changes: dict[str, object] = {}
    for key, value in given.items():
        if key not in known:
            from difflib import get_close_matches

            close = get_close_matches(key, known, n=1)
            hint = f"; did you mean {place.spelled(close[0])}?" if close else ""
            raise SettingsError(f"{place.name(key)}: unknown setting{hint}")
        changes[key] = _READERS[key](value, place.name(key), place.base)
    return replace(settings, **changes)  # type: ignore[arg-type]


def _count(value: object, where: str, _base: Path | None) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise SettingsError(f"{where}: a whole number of at least 1 is expected, not {value!r}")
    return number


def _texts(value: object, where: str, _base: Path | None) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise SettingsError(f"{where}: a list of names is expected, not {value!r}")
    return tuple(name for part in parts for name in _names(part))


def _names(part: str) -> list[str]:
    return [name.strip() for name in part.split(",") if name.strip()]


def _folders(value: object, where: str, base: Path | None) -> tuple[Path, ...]:
    parts = [value] if isinstance(value, str | Path) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str | Path) for p in parts):
        raise SettingsError(f"{where}: a list of folders is expected, not {value!r}")
    return tuple(base / part if base else Path(part) for part in parts)


def _directions(value: object, where: str, _base: Path | None) -> Mapping[str, Direction]:
    if isinstance(value, Mapping):
        pairs = [(str(name), direction) for name, direction in value.items()]
    else:
        pairs = [_pair(part, where) for part in _texts(value, where, None)]
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


def _format(value: object, where: str, _base: Path | None) -> ReportFormat:
    if value not in REPORT_FORMATS:
        known = ", ".join(REPORT_FORMATS)
        raise SettingsError(f"{where}: one of {known} is expected, not {value!r}")
    return value


_READERS: Mapping[str, Callable[[object, str, Path | None], object]] = {
    "train_size": _count,
    "val_size": _count,
    "batch_size": _count,
    "metric": _directions,
    "rules": _folders,
    "select": _texts,
    "ignore": _texts,
    "format": _format,
}
