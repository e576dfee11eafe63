"""The formats, one row each: a renderer takes the runs' results and a page, and returns text."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from advisor.errors import UsageError
from advisor.report.content import ReportContent
from advisor.report.page import Page
from advisor.report.unchecked import Unchecked
from advisor.settings.readers import ReportFormat
from advisor.values import dataclass

Render = Callable[[Sequence[ReportContent | Unchecked], Page], str]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format: its word, the suffixes of files that stand for it, in lower case, and its text."""

    name: ReportFormat
    suffixes: tuple[str, ...]
    render: Render


def _rich(results: Sequence[ReportContent | Unchecked], page: Page) -> str:
    from advisor.report.formats.terminal import render_terminal

    return render_terminal(results, page)


def _json(results: Sequence[ReportContent | Unchecked], _page: Page) -> str:
    from advisor.report.formats.json import render_json

    return render_json(results)


def _markdown(results: Sequence[ReportContent | Unchecked], _page: Page) -> str:
    from advisor.report.formats.markdown import render_markdown

    return render_markdown(results)


def _junit(results: Sequence[ReportContent | Unchecked], _page: Page) -> str:
    from advisor.report.formats.junit import render_junit

    return render_junit(results)


def _gitlab(results: Sequence[ReportContent | Unchecked], _page: Page) -> str:
    from advisor.report.formats.gitlab import render_gitlab

    return render_gitlab(results)


def _github(results: Sequence[ReportContent | Unchecked], _page: Page) -> str:
    from advisor.report.formats.github import annotations

    return annotations(results)


TABLE = (
    Format(name="rich", suffixes=(".txt",), render=_rich),
    Format(name="json", suffixes=(".json",), render=_json),
    Format(name="markdown", suffixes=(".md", ".markdown"), render=_markdown),
    Format(name="junit", suffixes=(".xml",), render=_junit),
    Format(name="gitlab", suffixes=(), render=_gitlab),  # JSON too: the name has to be given
    Format(name="github", suffixes=(), render=_github),
)
FORMATS: Mapping[ReportFormat, Render] = {row.name: row.render for row in TABLE}


def renderer_for(path: Path, name: str | None = None) -> Render:
    """What writes the format called `name`, or the one that the file's suffix stands for.

    Raises UsageError where there is none.
    """
    if name is not None:
        for row in TABLE:
            if row.name == name:
                return row.render
        raise UsageError(f"no report format is called {name!r}: {', '.join(FORMATS)}")
    for row in TABLE:
        if path.suffix.lower() in row.suffixes:
            return row.render
    suffixes = ", ".join(suffix for row in TABLE for suffix in row.suffixes)
    raise UsageError(
        f"{path}: which format? Name the file {suffixes}, or give one of {', '.join(FORMATS)}"
    )
