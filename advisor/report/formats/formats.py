"""The formats by name: each takes the runs' results and a page, and returns text."""

from collections.abc import Callable, Mapping, Sequence

from advisor.report.content import ReportContent
from advisor.report.page import Page
from advisor.report.unchecked import Unchecked
from advisor.settings.readers import ReportFormat

Render = Callable[[Sequence[ReportContent | Unchecked], Page], str]


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


FORMATS: Mapping[ReportFormat, Render] = {
    "rich": _rich,
    "json": _json,
    "markdown": _markdown,
    "junit": _junit,
    "gitlab": _gitlab,
    "github": _github,
}
