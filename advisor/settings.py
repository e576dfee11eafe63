"""What the user set: `[tool.advisor]` in pyproject.toml, then `ADVISOR_*`, then flags."""

from collections.abc import Callable, Mapping
from dataclasses import field, fields, replace
from pathlib import Path

import tomli

from advisor import setting_values
from advisor.errors import SettingsError
from advisor.inputs.history import Direction
from advisor.setting_values import PolicySetting, Reader, ReportFormat, SplitsSetting
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
    does `splits`.
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
    seed: int = 0


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


_READERS: Mapping[str, Reader] = {
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
    "seed": setting_values.seed,
}
