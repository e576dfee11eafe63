"""The formats by name: each takes the runs' results and a page, and returns text."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from advisor.errors import UsageError
from advisor.report.content import ReportContent
from advisor.report.page import Page
from advisor.report.unchecked import Unchecked
from advisor.settings.report_formats import REPORT_FORMATS, ReportFormat

Render = Callable[[Sequence[ReportContent | Unchecked], Page], str]


def _renderer(row: ReportFormat) -> Render:
    def render(results: Sequence[ReportContent | Unchecked], page: Page) -> str:
        module = import_module(f"advisor.report.formats.{row.module}")  # when it is asked for
        return str(module.render(results, page))

    return render


FORMATS: Mapping[str, Render] = {row.name: _renderer(row) for row in REPORT_FORMATS}


def renderer_for(path: Path, name: str | None = None) -> Render:
    """What writes the format called `name`, or the one that the file's suffix stands for.

    Raises UsageError where there is none.
    """
    if name is not None and name not in FORMATS:
        raise UsageError(f"no report format is called {name!r}: {', '.join(FORMATS)}")
    for row in REPORT_FORMATS:
        if row.name == name or (name is None and path.suffix.lower() in row.suffixes):
            return FORMATS[row.name]
    suffixes = ", ".join(suffix for row in REPORT_FORMATS for suffix in row.suffixes)
    raise UsageError(
        f"{path}: which format? Name the file {suffixes}, or give one of {', '.join(FORMATS)}"
    )
