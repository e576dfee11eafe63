"""The manifest: a TOML file that lists runs, each with its files and its own settings."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import tomli

from advisor.errors import InputError, SettingsError
from advisor.settings.settings import Settings
from advisor.settings.sources import with_table
from advisor.settings.table import SETTINGS
from advisor.values import dataclass

_OWN_KEYS = ("name", "model", "history")
MAX_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ManifestRun:
    """One `[[run]]`: `settings` are those below it with its own on top."""

    name: str
    model: Path | None
    history: Path | None
    settings: Settings


def read_manifest(path: Path, settings: Settings) -> tuple[ManifestRun, ...]:
    """The runs that the manifest at `path` lists; their paths are relative to it.

    Raises InputError where it can't be read, SettingsError for anything in it that has no place.
    """
    document = _document(path)
    for key in document:
        if key != "run":
            hint = "; did you mean 'run'?" if get_close_matches(key, ["run"], n=1) else ""
            raise SettingsError(f"{path}: {key}: unknown key{hint}; a manifest holds [[run]] only")
    tables = document.get("run")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{path}: holds no [[run]] table; write one for each run")
    return tuple(
        _run(path, f"run {number}", table, settings) for number, table in enumerate(tables, 1)
    )


def _document(path: Path) -> Mapping[str, object]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: is larger than 1 MB, too large for a manifest")
        return tomli.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise InputError(f"{path}: is no TOML: {error}") from error


def _run(path: Path, where: str, table: Mapping[str, object], settings: Settings) -> ManifestRun:
    texts = {key: _text(path, f"{where} {key}", table.get(key)) for key in _OWN_KEYS}
    if texts["model"] is None and texts["history"] is None:
        raise SettingsError(f"{path}: {where}: names neither a model nor a history")
    name = texts["name"] or texts["model"] or texts["history"] or where
    own = {key: value for key, value in table.items() if key not in _OWN_KEYS}
    for key in own:
        _refuse_misplaced(path, where, key)
    return ManifestRun(
        name=name,
        model=_beside(path, texts["model"]),
        history=_beside(path, texts["history"]),
        settings=with_table(settings, own, path, where),
    )


def _text(path: Path, where: str, value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise SettingsError(f"{path}: {where}: a text is expected, not {value!r}")
    return value


def _refuse_misplaced(path: Path, where: str, key: str) -> None:
    """Refuse settings that no single run can have; `with_table` refuses unknown ones."""
    setting = SETTINGS.get(key.replace("-", "_"))
    if setting is not None and setting.row.is_of_the_call:
        raise SettingsError(f"{path}: {where} {key}: is one for all runs; give it as --{key}")
    close = get_close_matches(key, _OWN_KEYS, n=1)
    if setting is None and close:
        raise SettingsError(f"{path}: {where} {key}: unknown key; did you mean {close[0]!r}?")


def _beside(path: Path, given: str | None) -> Path | None:
    return None if given is None else path.parent / given
