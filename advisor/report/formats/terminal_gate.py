"""The gate for people at a terminal: a line a check, and a table of several runs."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from advisor.gate.result import CheckOutcome
from advisor.report.unchecked import Unchecked
from advisor.report.wording.blocks import CheckList
from advisor.report.wording.runs import RunResult, Standing, counts_line, run_label, summary_rows
from advisor.report.wording.visible import visible

# What fails or could not be told stands out without colour too.
_MARKS: dict[CheckOutcome, tuple[str, str]] = {
    "fail": ("FAIL", "bold red"),
    "inconclusive": ("INCONCLUSIVE", "bold yellow"),
    "waived": ("waived", "cyan"),
    "pass": ("pass", "green"),
}
_STANDING_STYLES: dict[Standing, str] = {
    "unchecked": "bold red",
    "failed": "bold red",
    "inconclusive": "bold yellow",
    "ungated": "default",
    "passed": "green",
}
OUTCOME_STYLES = {"FAIL": "bold red", "INCONCLUSIVE": "bold yellow", "PASS": "bold green"}


def check_parts(block: CheckList) -> Iterator[RenderableType]:
    """A line for each check, details below it, and the notes below all."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check in block.rows:
        mark, style = _MARKS[check.outcome]
        sentence = Text(visible(check.text))
        sentence.append(f"  [{visible(check.id)}]", style="dim")
        grid.add_row(Text(mark, style=style), sentence)
        for detail in check.details:
            grid.add_row("", Text(visible(detail), style="dim"))
    if grid.row_count:
        yield grid
    notes = Table.grid(padding=0)
    notes.add_column(width=2)
    notes.add_column(overflow="fold")
    for note in block.notes:
        notes.add_row("-", Text(visible(note)))
    if notes.row_count:
        yield notes


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
