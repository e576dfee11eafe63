"""Where reports go: stdout, files, and the build on GitHub Actions."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli import console
from advisor.errors import AdvisorError, UsageError
from advisor.settings.report_formats import FORMAT_NAMES, REPORT_FORMATS
from advisor.values import dataclass

if TYPE_CHECKING:
    from advisor.report.wording.runs import RunResult

ON_GITHUB = "github"  # without a file: annotations of the build, and its summary
_FOR_PEOPLE = tuple(row.name for row in REPORT_FORMATS if row.is_for_people)
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"  # names the file that GitHub shows as the step's summary


@dataclass(frozen=True, kw_only=True)
class Target:
    """A format and the file for it; without one, `--output`'s stdout or `--report`'s build."""

    format: str
    file: Path | None = None
    is_build: bool = False

    @property
    def is_for_people(self) -> bool:
        """True for stdout in a form that says the gate's decision in words."""
        return self.file is None and self.format in _FOR_PEOPLE


def report_targets(reports: Sequence[str]) -> list[Target]:
    """`--report F=FILE` as format and file, `--report github` as the build's own."""
    return [_target(given) for given in reports]


def _target(given: str) -> Target:
    name, equals, file = given.partition("=")
    is_known = name in FORMAT_NAMES
    if is_known and not equals and name == ON_GITHUB:
        return Target(format="github", is_build=True)
    if not is_known or not file:
        formats = ", ".join(FORMAT_NAMES)
        raise UsageError(
            f"--report {given}: F=FILE is expected, with F one of {formats}; or {ON_GITHUB} alone"
        )
    return Target(format=name, file=Path(file))


def keep_inputs(inputs: Iterable[Path], outputs: Iterable[Path | None]) -> None:
    """Refuse to write a report over a file that it is about, or over another report."""
    given = [path for path in inputs if path.exists()]
    taken: set[Path] = set()
    for file in outputs:
        if file is not None and (place := file.resolve()) in taken:
            raise UsageError(f"{file}: two reports are to be written there; give each its own file")
        taken.update([place] if file is not None else [])
        if file is not None and file.exists() and any(file.samefile(path) for path in given):
            raise UsageError(f"{file}: is an input of this check; write the report elsewhere")


def deliver(results: "Sequence[RunResult]", targets: Sequence[Target]) -> None:
    """Write every report, each whole or not at all; raises the first error once all were tried."""
    errors: list[AdvisorError] = []
    for target in targets:
        try:
            _deliver(results, target)
        except AdvisorError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _deliver(results: "Sequence[RunResult]", target: Target) -> None:
    if target.is_build:
        _tell_build(results)
        return
    from advisor.report.formats.formats import FORMATS

    text = FORMATS[target.format](results, console.page_for(target.file))
    console.deliver(text, target.file)


def _tell_build(results: "Sequence[RunResult]") -> None:
    """Annotations on stderr, which leaves stdout to the report, and the summary of the step."""
    from advisor.report.formats.github import SUMMARY_BYTES, render, step_summary

    console.remark(render(results))
    if not (given := os.environ.get(STEP_SUMMARY)):
        return
    file = Path(given)
    room = SUMMARY_BYTES - (file.stat().st_size if file.is_file() else 0)
    console.append(step_summary(results, limit=max(0, room)), file)
