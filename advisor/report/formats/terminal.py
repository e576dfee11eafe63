"""The report for people at a terminal, or in a log."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from advisor.recommend import Recommendation
from advisor.regularization import Change
from advisor.report.charts.curves import ASCII, Marks, draw
from advisor.report.content import ReportContent, ReportedCurve
from advisor.report.formats.terminal_gate import (
    gate_parts,
    gate_title,
    run_title,
    summary_parts,
    unchecked_parts,
)
from advisor.report.formats.terminal_probes import probe_parts
from advisor.report.page import Page
from advisor.report.unchecked import Unchecked
from advisor.report.wording.advice import (
    announcement,
    cut_short_line,
    recommendation_line,
    shown_change,
    stopping_block,
    stopping_line,
    untested_line,
)
from advisor.report.wording.findings import (
    checked_files,
    deciding_inputs,
    evidence_rows,
    grouped_findings,
    headline,
    notable_layers,
)
from advisor.report.wording.runs import RunResult
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
_CURVE_ROWS = 10


def render_terminal(results: Sequence[RunResult], page: Page) -> str:
    """The runs one after the other; several end with a table of them all."""
    return render(_runs(results, page), page)


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


def render(parts: Iterable[RenderableType], page: Page) -> str:
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
    for title, body in (
        (gate_title(report.gate), gate_parts(report.gate)),
        ("Learning curves", _curves(report, page)),
        ("Findings", _findings(report)),
        ("Evidence", _evidence(report)),
        ("Layers worth looking at", _layers(report)),
        ("Probes", probe_parts(report, page)),
        ("Recommendation", _recommendation(report)),
        ("Read the figures with care", _caveats(report)),
        ("Not decided", _undecided(report)),
    ):
        parts = list(body)
        if parts:
            yield Text()
            titled = title if isinstance(title, Text) else Text(title, style="bold")
            yield Rule(titled, align="left", style="dim")
            yield from parts


def _announcement(report: ReportContent) -> Iterator[RenderableType]:
    style = _LABEL_COLORS.get(report.recommendation.label or "", "default")
    lines = [Text(visible(line), style=f"bold {style}") for line in announcement(report)]
    if cut_short := cut_short_line(report):
        lines.append(Text(cut_short, style="bold yellow"))
    yield from [*lines, Text()] if lines else ()


def _curves(report: ReportContent, page: Page) -> Iterator[RenderableType]:
    marks = Marks() if page.has_unicode else ASCII
    for curve in _worth_drawing(report.curves):
        lines = draw(curve, width=min(page.width, 100), height=_CURVE_ROWS, marks=marks)
        if not lines:
            continue
        legend = f"{curve.metric}: {marks.train} train"
        if curve.validation:
            legend += f"  {marks.validation} validation"
        yield Text(visible(legend))
        yield Text("\n".join(lines), no_wrap=True)


def _worth_drawing(curves: Sequence[ReportedCurve]) -> Sequence[ReportedCurve]:
    """The loss and the first metric that was logged for both parts."""
    others = [each for each in curves if each.metric != "loss" and each.train and each.validation]
    return [*(each for each in curves if each.metric == "loss"), *others[:1]]


def _findings(report: ReportContent) -> Iterator[RenderableType]:
    yield from _hanging(_finding_lines(report), 9)


def _finding_lines(report: ReportContent) -> Iterator[Text]:
    for finding in grouped_findings(report):
        mark = f"{finding.severity:<9}" if finding.severity != "none" else " " * 9
        line = Text()
        line.append(mark, style=_severity_style(finding.severity))
        line.append(visible(finding.title))
        if finding.layers:
            line.append(f" ({visible(finding.layers)})")
        line.append(f"  [{finding.rule}]", style="dim")
        yield line


def _severity_style(severity: str) -> str:
    return {"severe": "bold red", "moderate": "red", "mild": "yellow"}.get(severity, "default")


def _hanging(lines: Iterable[Text], indent: int) -> Iterator[RenderableType]:
    """Lines whose continuations are indented, so that marks stand alone in their column."""
    grid = Table.grid(padding=0)
    grid.add_column(width=indent, no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(line[:indent], line[indent:])
    if grid.row_count:
        yield grid


def _evidence(report: ReportContent) -> Iterator[RenderableType]:
    rows, assumptions = evidence_rows(report)
    if not rows:
        return
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("measurement", overflow="fold")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    table.add_column("basis", overflow="fold")
    for row in rows:
        table.add_row(row.name, row.value, row.unit, row.basis)
    yield table
    yield from _hanging((Text(visible(each), style="dim") for each in assumptions), 4)


def _layers(report: ReportContent) -> Iterator[RenderableType]:
    rows, more = notable_layers(report)
    if not rows:
        return
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for title in ("layer", "class", "weights", "regularization now", "why"):
        table.add_column(title, overflow="fold", justify="right" if title == "weights" else "left")
    for layer, why in rows:
        table.add_row(
            Text(visible(layer.path)),
            Text(visible(layer.class_name)),
            f"{layer.parameters:,}",
            Text(visible(layer.regularization)),
            Text(visible(why)),
        )
    yield table
    if more:
        yield Text(f"and {more} more", style="dim")


def _recommendation(report: ReportContent) -> Iterator[RenderableType]:
    advice = report.recommendation
    yield Text(visible(recommendation_line(report)), style="bold")
    if untested := untested_line(report):
        yield Text(untested)
    yield from _hanging((Text(f"  - {visible(why)}") for why in advice.why), 4)
    if advice.changes:
        yield Text()
        yield _changes(advice.changes)
    if advice.early_stopping is not None:
        yield Text(stopping_line(report, advice.early_stopping))
        yield from _code(stopping_block(advice.early_stopping))
    yield from _code(advice.code)
    if advice.alternatives:
        yield Text("\nAlternatives, and why they came second", style="dim")
        yield from _alternatives(advice)


def _code(code: str) -> Iterator[RenderableType]:
    if code:
        yield Text()
        yield Padding(Text(visible_code(code), style="cyan"), (0, 0, 0, 2))


def _alternatives(advice: Recommendation) -> Iterator[RenderableType]:
    """One a line, by the families; those of probes name their arm themselves."""
    if advice.basis == "probes":
        yield from _hanging((Text(f"  - {visible(each.why)}") for each in advice.alternatives), 4)
        return
    others = (f"  {each.strategy:<14}{visible(each.why)}" for each in advice.alternatives)
    yield from _hanging(map(Text, others), 16)


def visible_code(code: str) -> str:
    """Code line by line, so that its line breaks survive being made visible."""
    return "\n".join(visible(line) for line in code.rstrip("\n").split("\n"))


def _changes(changes: Sequence[Change]) -> RenderableType:
    table = Table(
        box=None, pad_edge=False, show_header=True, header_style="dim", padding=(0, 2, 0, 0)
    )
    for title in ("layer", "what", "now", "to", "worth trying"):
        table.add_column(title, overflow="fold")
    for change in changes:
        layer, what, now, to, span = shown_change(change)
        table.add_row(Text(visible(layer)), Text(visible(what)), now, to, span)
    return Padding(table, (0, 0, 1, 2))


def _caveats(report: ReportContent) -> Iterator[RenderableType]:
    yield from _hanging((Text(f"- {visible(caveat)}") for caveat in report.caveats), 2)


def _undecided(report: ReportContent) -> Iterator[RenderableType]:
    yield from _hanging((Text(f"- {visible(line)}") for line in deciding_inputs(report)), 2)
