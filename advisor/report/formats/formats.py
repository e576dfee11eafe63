"""The formats by name: each takes the runs' results and a page, and returns text."""

from collections.abc import Callable, Mapping, Sequence

from advisor.report.page import Page
from advisor.report.report import Report
from advisor.report.unchecked import Unchecked
from advisor.settings.readers import ReportFormat

Render = Callable[[Sequence[Report | Unchecked], Page], str]


def _rich(results: Sequence[Report | Unchecked], page: Page) -> str:
    from advisor.report.formats.terminal import render_terminal

    return render_terminal(results, page)


def _json(results: Sequence[Report | Unchecked], _page: Page) -> str:
    from advisor.report.formats.json import render_json

    return render_json(results)


def _markdown(results: Sequence[Report | Unchecked], _page: Page) -> str:
    from advisor.report.formats.markdown import render_markdown

    return render_markdown(results)


def _junit(results: Sequence[Report | Unchecked], _page: Page) -> str:
    from advisor.report.formats.junit import render_junit

    return render_junit(results)


def _gitlab(results: Sequence[Report | Unchecked], _page: Page) -> str:
    from advisor.report.formats.gitlab import render_gitlab

    return render_gitlab(results)


def _github(results: Sequence[Report | Unchecked], _page: Page) -> str:
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
