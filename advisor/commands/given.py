"""What a command was given: settings, inputs told apart, and where reports go."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import UsageError
from advisor.setting_values import REPORT_FORMATS, ReportFormat
from advisor.settings import Settings, load_settings, with_flags

if TYPE_CHECKING:
    from advisor.inputs.kinds import Kind


def settings_with(**flags: object) -> Settings:
    """The project's settings and the environment's, with the flags on top."""
    return with_flags(load_settings(Path.cwd(), os.environ), flags)


def inputs_by_kind(*paths: Path | None) -> "dict[Kind, Path]":
    """The given files by kind, in whichever order they came."""
    from advisor.inputs.kinds import kind_of

    found: dict[Kind, Path] = {}
    for path in paths:
        if path is None:
            continue
        kind = kind_of(path)
        if kind in found:
            raise UsageError(
                f"{found[kind]} and {path} are both taken for a {kind}; give one model and one "
                "history"
            )
        found[kind] = path
    return found


def keep_inputs(inputs: Iterable[Path], outputs: Iterable[Path | None]) -> None:
    """Refuse to write a report over a file that it is about."""
    for file in outputs:
        if file is not None and file.exists() and any(file.samefile(path) for path in inputs):
            raise UsageError(f"{file}: is an input of this check; write the report elsewhere")


def report_targets(reports: list[str]) -> list[tuple[ReportFormat, Path | None]]:
    """`--report F=FILE` as format and file."""
    targets: list[tuple[ReportFormat, Path | None]] = []
    for given in reports:
        name, equals, file = given.partition("=")
        known = [each for each in REPORT_FORMATS if each == name]
        if not known or not equals or not file:
            formats = ", ".join(REPORT_FORMATS)
            raise UsageError(f"--report {given}: F=FILE is expected, with F one of {formats}")
        targets.append((known[0], Path(file)))
    return targets
