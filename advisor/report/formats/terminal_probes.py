"""The probe trainings for people at a terminal: a table, a picture of doses, what it all took."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.report.charts.curves import ASCII, Marks
from advisor.report.charts.doses import draw_doses
from advisor.report.content import ReportContent
from advisor.report.page import Page
from advisor.report.probes import Probes
from advisor.report.wording.probes import (
    arm_rows,
    bar,
    cost_line,
    dose_title,
    reading_lines,
    table_note,
)
from advisor.report.wording.visible import visible

_BAR_COLUMNS = 10
_PICTURE_ROWS = 8
_WIDEST_PICTURE = 110


def probe_parts(report: ReportContent, page: Page) -> Iterator[RenderableType]:
    """The section's parts; none where nothing was trained."""
    probes = report.probes
    if probes is None:
        return
    yield Text(visible(cost_line(report, probes)))
    yield Text()
    yield from _arms(probes, page)
    for line in reading_lines(probes):
        yield Text(visible(line))
    marks = Marks() if page.has_unicode else ASCII
    width = min(page.width, _WIDEST_PICTURE)
    if picture := draw_doses(probes, width=width, height=_PICTURE_ROWS, marks=marks):
        yield Text()
        yield Text(visible(dose_title(probes, marks)))
        yield Text("\n".join(picture), no_wrap=True)
    if probes.notes:
        yield Text()
        yield from (Text(f"- {visible(note)}", style="dim") for note in probes.notes)


def _arms(probes: Probes, page: Page) -> Iterator[RenderableType]:
    rows, more = arm_rows(probes)
    better, worse = ("█", "░") if page.has_unicode else ("#", "-")
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("arm", overflow="fold")
    for title in ("runs", "stopped", "last", "change"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        drawn = bar(row, rows, _BAR_COLUMNS, better, worse)
        remark = f"{drawn:<{_BAR_COLUMNS}}  {row.remark}" if drawn else row.remark
        table.add_row(
            Text(visible(row.name)),
            row.runs,
            row.stopped,
            row.last,
            row.change,
            remark,
            style="bold" if row.is_pick else None,
        )
    yield table
    yield Padding(Text(visible(table_note(probes, more)), style="dim"), (0, 0, 1, 0))
