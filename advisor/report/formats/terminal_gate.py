"""The frame of each run for people at a terminal: titles, outcomes, a table of several runs."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from advisor.report.unchecked import Unchecked
from advisor.report.wording.runs import RunResult, Standing, counts_line, run_label, summary_rows
from advisor.report.wording.visible import visible

_STANDING_STYLES: dict[Standing, str] = {
    "unchecked": "bold red",
    "failed": "bold red",
    "inconclusive": "bold yellow",
    "ungated": "default",
    "passed": "green",
}
OUTCOME_STYLES = {"FAIL": "bold red", "INCONCLUSIVE": "bold yellow", "PASS": "bold green"}


def run_title(result: RunResult) -> Iterator[RenderableType]:
    """What sets a run off from the one before."""
    yield Rule(characters="━", style="dim")
    yield Text(visible(run_label(result)), style="bold")


def unchecked_parts(unchecked: Unchecked) -> Iterator[RenderableType]:
    """A run that could not be checked, in place of its report."""
    yield Text("NOT CHECKED", style="bold red")
    yield Text(visible(unchecked.message))


def summary_parts(results: Sequence[RunResult]) -> Iterator[RenderableType]:
    """All runs in one table, and how many came to what."""
    yield Rule(characters="━", style="dim")
    yield Text("Summary", style="bold")
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for title in ("run", "verdict", "gate", "worst check"):
        table.add_column(title, overflow="fold")
    for row in summary_rows(results):
        table.add_row(
            Text(visible(row.run)),
            row.verdict,
            Text(row.gate, style=_STANDING_STYLES[row.standing]),
            Text(visible(row.worst)),
        )
    yield table
    yield Text(counts_line(results), style="bold")
