"""What the user set: `[tool.advisor]` in pyproject.toml, then `ADVISOR_*`, then flags."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import tomli

from advisor.errors import SettingsError
from advisor.inputs.histories.metric_names import Direction
from advisor.settings import gate as gate_settings
from advisor.settings import readers as setting_values
from advisor.settings.gate import GateSettings
from advisor.settings.readers import PolicySetting, Reader, ReportFormat, SplitsSetting
from advisor.values import dataclass

_PREFIX = "ADVISOR_"
_NOT_SETTINGS = frozenset({"ADVISOR_DEBUG"})  # the command line's own


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its default; the names are the flags' names with underscores.

    `train_size` and `val_size` count rows. `metric` maps a metric's name to the direction in
    which it gets better. `rules` are folders of further rules; `select` and `ignore` hold rule
    ids, `select` empty meaning all.

    `data` says where the rows are, `target` and `group` which columns of a table hold the label
    and the group. `imports` are modules that register the user's own classes. `budget` counts
    trainings of the user's model, `time_limit` seconds; None leaves both to the advisor, as it
    does `splits`. `journal` keeps finished probes for a run that is started again. `gate` is what
    a run is held to; its settings stand in `[tool.advisor.gate]`, and as variables and flags among
    the others.
    """

    train_size: int | None = None
    val_size: int | None = None
    batch_size: int | None = None
    metric: Mapping[str, Direction] = field(default_factory=dict)
    rules: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    format: ReportFormat = "rich"
    data: str | None = None
    target: str | None = None
    group: str | None = None
    epochs: int | None = None
    loss: str | None = None
    optimizer: str | None = None
    imports: tuple[str, ...] = ()
    trust: bool = False
    use_test: bool = False
    probe: bool = True
    splits: SplitsSetting | None = None
    policy: PolicySetting = "stopped"
    objective: str = "val_loss"
    arms: str | None = None
    budget: float | None = None
    time_limit: float | None = None
    journal: bool = True
    seed: int = 0
    gate: GateSettings = field(default_factory=GateSettings)


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
        settings = _with(settings, table, _in_file(f"{project}: [tool.advisor]", project, _OWN))
        place = _in_file(f"{project}: [tool.advisor.gate]", project, gate_settings.READERS)
        settings = _with(settings, _underscored(gate), place)
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


def with_table(settings: Settings, table: Mapping[str, object], file: Path, where: str) -> Settings:
    """`settings` with those of a table in `file` on top, such as one `[[run]]` of a manifest.

    All stand side by side, those of the gate too, in either spelling; paths are relative to the
    file. `where` names the table in messages.
    """
    place = _in_file(f"{file}: {where}", file, {**_OWN, **gate_settings.READERS})
    return _with(settings, _underscored(table), place)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where settings stand, for messages; relative paths in a file are relative to `base`.

    `takes` are the settings that may stand there, None meaning all but those too large for a flag.
    """

    name: Callable[[str], str]
    spelled: Callable[[str], str]
    base: Path | None = None
    takes: Mapping[str, Reader] | None = None

    @property
    def readers(self) -> Mapping[str, Reader]:
        """The settings that may stand there, each with what reads its value."""
        if self.takes is not None:
            return self.takes
        every = {**_OWN, **gate_settings.READERS}
        return {name: reader for name, reader in every.items() if name != "waivers"}


def _in_file(table: str, file: Path, takes: Mapping[str, Reader]) -> _Place:
    return _Place(
        name=lambda key: f"{table} {_dashed(key)}",
        spelled=lambda key: repr(_dashed(key)),
        base=file.parent,
        takes=takes,
    )


def _variable(key: str) -> str:
    return f"{_PREFIX}{key.upper()}"


def _flag(key: str) -> str:
    return f"--{_dashed(key)}"


def _dashed(key: str) -> str:
    return key.replace("_", "-")


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
    for key, value in given.items():
        if key not in place.readers:
            raise _unknown(key, place)
        read = place.readers[key](value, place.name(key), place.base)
        if key in gate_settings.MERGED:
            gate[key] = {**getattr(settings.gate, key), **_mapping(read)}
        elif key in gate_settings.READERS:
            gate[key] = read
        else:
            own[key] = read
    return replace(settings, **own, gate=replace(settings.gate, **gate)) if given else settings


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _unknown(key: str, place: _Place) -> SettingsError:
    from difflib import get_close_matches

    close = get_close_matches(key, place.readers, n=1)
    hint = f"; did you mean {place.spelled(close[0])}?" if close else ""
    if key in gate_settings.READERS:
        hint = f"; it belongs into [tool.advisor.gate] as {_dashed(key)!r}"
    elif key in _OWN:
        hint = f"; it belongs into [tool.advisor] as {_dashed(key)!r}"
    return SettingsError(f"{place.name(key)}: unknown setting{hint}")


_OWN: Mapping[str, Reader] = {
    "train_size": setting_values.count,
    "val_size": setting_values.count,
    "batch_size": setting_values.count,
    "metric": setting_values.directions,
    "rules": setting_values.folders,
    "select": setting_values.texts,
    "ignore": setting_values.texts,
    "format": setting_values.report_format,
    "data": setting_values.source,
    "target": setting_values.text,
    "group": setting_values.text,
    "epochs": setting_values.count,
    "loss": setting_values.text,
    "optimizer": setting_values.text,
    "imports": setting_values.texts,
    "trust": setting_values.truth,
    "use_test": setting_values.truth,
    "probe": setting_values.truth,
    "splits": setting_values.splits,
    "policy": setting_values.policy,
    "objective": setting_values.text,
    "arms": setting_values.text,
    "budget": setting_values.amount,
    "time_limit": setting_values.amount,
    "journal": setting_values.truth,
    "seed": setting_values.seed,
}
