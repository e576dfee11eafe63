"""Where settings come from: `[tool.advisor]` in pyproject.toml, then `ADVISOR_*`, then flags."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli

from advisor.errors import SettingsError
from advisor.settings.settings import Settings
from advisor.settings.table import (
    OF_GATE,
    OWN,
    PREFIX,
    SETTINGS,
    WITH_FLAG,
    Setting,
    flag_of,
    key_of,
    variable_of,
)
from advisor.values import dataclass

_NOT_SETTINGS = frozenset({"ADVISOR_DEBUG"})  # the command line's own


def load_settings(folder: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the project around `folder`, overridden by `ADVISOR_*` variables.

    Raises SettingsError for an unknown key or a wrong value, naming its place.
    """
    settings = Settings()
    project = _project_file(folder)
    if project is not None:
        table = _table(project)
        gate = table.pop("gate", {})
        if not isinstance(gate, Mapping):
            raise SettingsError(
                f"{project}: [tool.advisor] gate: a table is expected, not {gate!r}"
            )
        settings = _with(settings, table, _in_file(f"{project}: [tool.advisor]", project, OWN))
        place = _in_file(f"{project}: [tool.advisor.gate]", project, OF_GATE)
        settings = _with(settings, _underscored(gate), place)
    variables = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS
    }
    return _with(
        settings, variables, _Place(name=variable_of, spelled=variable_of, takes=WITH_FLAG)
    )


def with_flags(settings: Settings, flags: Mapping[str, object]) -> Settings:
    """`settings` with the given flags on top; a flag that is None or empty was not given."""
    given = {name: value for name, value in flags.items() if value not in (None, (), [], {})}
    return _with(settings, given, _Place(name=flag_of, spelled=flag_of, takes=WITH_FLAG))


def with_table(settings: Settings, table: Mapping[str, object], file: Path, where: str) -> Settings:
    """`settings` with those of a table in `file` on top, such as one `[[run]]` of a manifest.

    All keys are in one table, those of the gate too, in either spelling; paths are relative to the
    file. `where` names the table in messages.
    """
    place = _in_file(f"{file}: {where}", file, SETTINGS)
    return _with(settings, _underscored(table), place)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where settings stand, for messages; relative paths in a file are relative to `base`.

    `takes` are the settings that may stand there.
    """

    name: Callable[[str], str]
    spelled: Callable[[str], str]
    takes: Mapping[str, Setting]
    base: Path | None = None


def _in_file(table: str, file: Path, takes: Mapping[str, Setting]) -> _Place:
    return _Place(
        name=lambda key: f"{table} {key_of(key)}",
        spelled=lambda key: repr(key_of(key)),
        base=file.parent,
        takes=takes,
    )


def _underscored(table: Mapping[str, object]) -> dict[str, object]:
    return {key.replace("-", "_"): value for key, value in table.items()}


def _project_file(folder: Path) -> Path | None:
    """The nearest pyproject.toml at or above `folder`."""
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / "pyproject.toml").is_file():
            return candidate / "pyproject.toml"
    return None


def _table(file: Path) -> dict[str, object]:
    try:
        document = tomli.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
    tool = document.get("tool", {})
    table = tool.get("advisor", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: [tool.advisor] is not a table")
    return _underscored(table)


def _with(settings: Settings, given: Mapping[str, object], place: _Place) -> Settings:
    own: dict[str, Any] = {}
    gate: dict[str, Any] = {}
    for name, value in given.items():
        if name not in place.takes:
            raise _unknown(name, place)
        setting = place.takes[name]
        read = setting.row.value.read(value, place.name(name), place.base)
        below, on_top = (settings.gate, gate) if setting.is_of_gate else (settings, own)
        is_merged = setting.row.value.is_merged
        on_top[name] = {**getattr(below, name), **_mapping(read)} if is_merged else read
    return replace(settings, **own, gate=replace(settings.gate, **gate)) if given else settings


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _unknown(key: str, place: _Place) -> SettingsError:
    from difflib import get_close_matches

    close = get_close_matches(key, place.takes, n=1)
    hint = f"; did you mean {place.spelled(close[0])}?" if close else ""
    if key in OF_GATE:
        hint = f"; it belongs in [tool.advisor.gate] as {key_of(key)!r}"
    elif key in OWN:
        hint = f"; it belongs in [tool.advisor] as {key_of(key)!r}"
    return SettingsError(f"{place.name(key)}: unknown setting{hint}")
