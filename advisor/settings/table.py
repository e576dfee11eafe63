"""The table of settings: what each is called as a flag, a variable, a key and a keyword."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields

from advisor.settings.row import ROW, Row
from advisor.settings.settings import GateSettings, Settings
from advisor.values import dataclass

PREFIX = "ADVISOR_"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A row with its name and default; a gate's setting has its key in `[tool.advisor.gate]`."""

    name: str
    default: object
    row: Row
    is_of_gate: bool

    @property
    def flags(self) -> tuple[str, ...]:
        """How the flag is spelled, with its short form; empty where there is none."""
        if self.row.value.flag is None:
            return ()
        flag = self.row.flag or flag_of(self.name)
        if self.default is True:
            flag = f"{flag}/--no-{key_of(self.name)}"
        return (flag, self.row.short) if self.row.short else (flag,)

    @property
    def keyword(self) -> str | None:
        """The type of its keyword as source text; None where it has none."""
        return None if self.row.is_of_the_call else self.row.value.keyword


def key_of(name: str) -> str:
    """The key of a setting in a file."""
    return name.replace("_", "-")


def flag_of(name: str) -> str:
    """The flag of a setting without a spelling in its row."""
    return f"--{key_of(name)}"


def variable_of(name: str) -> str:
    """The variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def _rows(settings: type, *, is_of_gate: bool) -> Iterator[Setting]:
    for field in fields(settings):
        if field.name == "gate":
            yield from _rows(GateSettings, is_of_gate=True)
        else:
            default = None if field.default is MISSING else field.default
            yield Setting(
                name=field.name, default=default, row=field.metadata[ROW], is_of_gate=is_of_gate
            )


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting for setting in _rows(Settings, is_of_gate=False)
}
OF_GATE = {name: setting for name, setting in SETTINGS.items() if setting.is_of_gate}
OWN = {name: setting for name, setting in SETTINGS.items() if not setting.is_of_gate}
WITH_FLAG = {name: setting for name, setting in SETTINGS.items() if setting.flags}
