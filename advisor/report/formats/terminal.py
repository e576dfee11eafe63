"""The report for people at a terminal, or in a log."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from advisor.report.content import ReportContent
from advisor.report.formats.terminal_blocks import drawn
from advisor.report.formats.terminal_gate import (
    OUTCOME_STYLES,
    run_title,
    summary_parts,
    unchecked_parts,
)
from advisor.report.page import Page
from advisor.report.unchecked import Unchecked
from advisor.report.wording.advice import announcement, cut_short_line
from advisor.report.wording.findings import checked_files, headline
from advisor.report.wording.runs import RunResult
from advisor.report.wording.sections import sections
from advisor.report.wording.visible import visible

_COLORS = {
    "healthy": "green",
    "overfitting": "red",
    "diverged": "red",
    "over-regularized": "yellow",
    "underfitting": "yellow",
    "undecided": "cyan",
}
_LABEL_COLORS = {"confirmed": "green", "tentative": "yellow", "keep": "cyan"}


def render(results: Sequence[RunResult], page: Page) -> str:
    """The runs one after the other; several end with a table of them all."""
    return as_text(_runs(results, page), page)


def _runs(results: Sequence[RunResult], page: Page) -> Iterator[RenderableType]:
    are_several = len(results) > 1
    for result in results:
        if are_several or result.name is not None:
            yield from run_title(result)
        if isinstance(result, Unchecked):
            yield from unchecked_parts(result)
        else:
            yield from _sections(result, page)
        if are_several:
            yield Text()
    if are_several:
        yield from summary_parts(results)


def as_text(parts: Iterable[RenderableType], page: Page) -> str:
    """Rich's own drawing as text, without trailing blanks and, if so wished, colour."""
    out = StringIO()
    console = Console(
        file=out,
        width=page.width,
        force_terminal=page.has_color,
        color_system="standard" if page.has_color else None,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    console.print(Group(*parts))
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text if page.has_unicode else text.translate(_PLAIN)


# What the report itself draws, in ASCII; texts from files are left as they are.
_PLAIN = str.maketrans({"─": "-", "━": "=", "→": ">", "·": "."})


def _sections(report: ReportContent, page: Page) -> Iterator[RenderableType]:
    yield from _announcement(report)
    yield Text(headline(report), style=f"bold {_COLORS[report.verdict]}")
    yield Text(visible(report.reason))
    yield Text(visible(checked_files(report)), style="dim")
    for section in sections("screen"):
        parts = list(drawn(section.blocks(report), page))
        if parts:
            yield Text()
            yield Rule(_title(section.title, section.outcome(report)), align="left", style="dim")
            yield from parts


def _title(title: str, outcome: str) -> Text:
    if not outcome:
        return Text(title, style="bold")
    return Text(f"{title}: ", style="bold").append(outcome, style=OUTCOME_STYLES[outcome])


def _announcement(report: ReportContent) -> Iterator[RenderableType]:
    style = _LABEL_COLORS.get(report.recommendation.label or "", "default")
    lines = [Text(visible(line), style=f"bold {style}") for line in announcement(report)]
    if cut_short := cut_short_line(report):
        lines.append(Text(cut_short, style="bold yellow"))
    yield from [*lines, Text()] if lines else ()
