"""The formats by name: each takes reports and a page, and returns text."""

from collections.abc import Callable, Mapping, Sequence

from advisor.report.page import Page
from advisor.report.report import Report
from advisor.setting_values import ReportFormat

Render = Callable[[Sequence[Report], Page], str]


def _rich(reports: Sequence[Report], page: Page) -> str:
    from advisor.report.terminal import render_terminal

    return render_terminal(reports, page)


def _json(reports: Sequence[Report], _page: Page) -> str:
    from advisor.report.json import render_json

    return render_json(reports)


def _markdown(reports: Sequence[Report], _page: Page) -> str:
    from advisor.report.markdown import render_markdown

    return render_markdown(reports)


FORMATS: Mapping[ReportFormat, Render] = {"rich": _rich, "json": _json, "markdown": _markdown}
