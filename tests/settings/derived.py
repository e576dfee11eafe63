"""What is written in the README and in `keywords.py` of each setting, from its row."""

from collections.abc import Iterator

from advisor.settings.table import SETTINGS, Setting, key_of

ESCAPED = r"\|"  # a bar within a cell


def readme_table() -> str:
    """The README's table of settings."""
    head = "| key | flag | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(f"{_readme_row(each)}\n" for each in SETTINGS.values())


def _readme_row(setting: Setting) -> str:
    key = f"gate.{key_of(setting.name)}" if setting.is_of_gate else key_of(setting.name)
    flags = [*setting.flags]
    if flags and setting.row.metavar is not None:
        flags[0] += f" {setting.row.metavar}"
    cells = (
        f"`{key}`",
        ", ".join(f"`{flag}`" for flag in flags),
        f"`{shown}`" if (shown := _default(setting.default)) else "",
        _meaning(setting),
    )
    return f"| {' | '.join(cell.replace('|', ESCAPED) for cell in cells)} |"


def _meaning(setting: Setting) -> str:
    notes = {"In files only.": not setting.flags, "One for all runs.": setting.row.is_of_the_call}
    return " ".join([setting.row.help, *(note for note, holds in notes.items() if holds)])


def _default(value: object) -> str:
    """The default as a file would say it; empty where nothing is set."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value in (None, ()) else str(value)


def keywords() -> str:
    """The lines of `Keywords`, with an empty one where `--help` has a new heading."""
    return "\n".join(_keyword_lines())


def _keyword_lines() -> Iterator[str]:
    panel = None
    for setting in SETTINGS.values():
        if setting.keyword is None:
            continue
        if setting.row.panel != panel:
            yield ""
        panel = setting.row.panel
        yield f"    {setting.name}: {setting.keyword}"
    yield ""
