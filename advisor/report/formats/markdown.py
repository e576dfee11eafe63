"""The report as Markdown, for pull requests and notes."""

import re
from collections.abc import Iterator, Sequence

from advisor.report.charts.curves import Marks
from advisor.report.charts.doses import draw_doses
from advisor.report.content import ReportContent
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
from advisor.report.wording.gate import check_details, gate_notes, gate_word, ordered_checks
from advisor.report.wording.probes import (
    arm_rows,
    cost_line,
    dose_title,
    reading_lines,
    table_note,
)
from advisor.report.wording.runs import RunResult, counts_line, run_label, summary_rows
from advisor.report.wording.visible import visible

_PICTURE_COLUMNS = 100
_PICTURE_ROWS = 8
_LOUD = ("fail", "inconclusive")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@$-])")


def render_markdown(results: Sequence[RunResult]) -> str:
    """The runs one after the other, in GitHub's dialect; several end with a table of them all."""
    are_several = len(results) > 1
    parts = [markdown_of(result, is_titled=are_several) for result in results]
    return "\n".join([*parts, summary_markdown(results)] if are_several else parts)


def markdown_of(result: RunResult, *, is_titled: bool) -> str:
    """One run; a run with a name of its own is titled anyway."""
    title = (f"# {literal(run_label(result))}", "") if is_titled or result.name is not None else ()
    lines = _unchecked(result) if isinstance(result, Unchecked) else _lines(result)
    return "\n".join((*title, *lines)) + "\n"


def summary_markdown(results: Sequence[RunResult], *, rows: int | None = None) -> str:
    """How many runs came to what, below a table of them: the first `rows`, or all."""
    shown = results[:rows]
    cells = [(row.run, row.verdict, row.gate, row.worst) for row in summary_rows(shown)]
    table = _table(("run", "verdict", "gate", "worst check"), cells)
    more = ("", f"and {len(results) - len(shown)} more") if len(shown) < len(results) else ()
    return "\n".join(("# Summary", "", *table, *more, "", counts_line(results))) + "\n"


def _unchecked(unchecked: Unchecked) -> Iterator[str]:
    yield from ("## NOT CHECKED", "", literal(unchecked.message))


def literal(text: str) -> str:
    """Text that Markdown shows as it is: no emphasis, link, mention or HTML comes of it."""
    return _SPECIAL.sub(r"\\\1", visible(text))


def _lines(report: ReportContent) -> Iterator[str]:
    yield from _announcement(report)
    yield f"## {headline(report)}"
    yield ""
    yield literal(report.reason)
    yield ""
    yield literal(checked_files(report))
    yield from _gate(report)
    yield from _recommendation(report)
    yield from _section("Probes", _probes(report))
    yield from _section("Findings", _findings(report))
    yield from _section("Evidence", _evidence(report))
    yield from _section("Layers worth looking at", _layers(report))
    yield from _section("Read the figures with care", (f"- {literal(c)}" for c in report.caveats))
    yield from _section("Not decided", (f"- {literal(line)}" for line in deciding_inputs(report)))


def _announcement(report: ReportContent) -> Iterator[str]:
    for index, line in enumerate(announcement(report)):
        yield from (f"**{literal(line)}**" if index == 0 else literal(line), "")
    if cut_short := cut_short_line(report):
        yield from (f"**{literal(cut_short)}**", "")


def _section(title: str, body: Iterator[str]) -> Iterator[str]:
    lines = list(body)
    if lines:
        yield from ("", f"### {title}", "", *lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield _row(*titles)
        yield _row(*("---" for _ in titles))
        yield from (_row(*(literal(cell) for cell in row)) for row in rows)


def _gate(report: ReportContent) -> Iterator[str]:
    gate = report.gate
    if gate is None:
        return
    yield from ("", f"### Gate: {gate_word(gate)}", "")
    for check in ordered_checks(gate):
        outcome = check.outcome.upper() if check.outcome in _LOUD else check.outcome
        yield f"- **{outcome}** {literal(check.message)} `{_code(check.id)}`"
        yield from (f"  - {literal(detail)}" for detail in check_details(check))
    yield from (f"- {literal(note)}" for note in gate_notes(gate))


def _code(text: str) -> str:
    return visible(text).replace("`", "'")


def _recommendation(report: ReportContent) -> Iterator[str]:
    advice = report.recommendation
    yield from ("", "### Recommendation", "", f"**{literal(recommendation_line(report))}**", "")
    if untested := untested_line(report):
        yield from (untested, "")
    yield from (f"- {literal(why)}" for why in advice.why)
    if advice.early_stopping is not None:
        yield f"- {literal(stopping_line(report, advice.early_stopping))}"
        yield from _code_block(stopping_block(advice.early_stopping))
    if advice.changes:
        yield ""
        titles = ("layer", "what", "now", "to", "worth trying")
        yield from _table(titles, [shown_change(change) for change in advice.changes])
    yield from _code_block(advice.code)
    if advice.alternatives:
        yield from ("", "Alternatives, and why they came second:", "")
        for other in advice.alternatives:
            strategy = f"{other.strategy}: " if advice.basis == "rules" else ""
            yield f"- {strategy}{literal(other.why)}"


def _code_block(code: str) -> Iterator[str]:
    if code:
        yield from ("", "```python", *map(visible, code.rstrip("\n").split("\n")), "```")


def _probes(report: ReportContent) -> Iterator[str]:
    probes = report.probes
    if probes is None:
        return
    yield from (literal(cost_line(report, probes)), "")
    rows, more = arm_rows(probes)
    titles = ("arm", "", "runs", "stopped", "last", "change")
    cells = [(r.name, r.remark, r.runs, r.stopped, r.last, r.change) for r in rows]
    yield from _table(titles, cells)
    yield from ("", literal(table_note(probes, more)), "")
    yield from (f"- {literal(line)}" for line in reading_lines(probes))
    if picture := draw_doses(probes, width=_PICTURE_COLUMNS, height=_PICTURE_ROWS, marks=Marks()):
        yield from ("", f"{literal(dose_title(probes, Marks()))}", "", "```text", *picture, "```")
    if probes.notes:
        yield ""
        yield from (f"- {literal(note)}" for note in probes.notes)


def _findings(report: ReportContent) -> Iterator[str]:
    for finding in grouped_findings(report):
        severity = f"**{finding.severity}**: " if finding.severity != "none" else ""
        layers = f" ({literal(finding.layers)})" if finding.layers else ""
        yield f"- {severity}{literal(finding.title)}{layers} `{finding.rule}`"


def _evidence(report: ReportContent) -> Iterator[str]:
    rows, assumptions = evidence_rows(report)
    cells = [(row.name, row.value, row.unit, row.basis) for row in rows]
    yield from _table(("measurement", "value", "unit", "basis"), cells)
    for assumption in assumptions:
        yield from ("", literal(assumption))


def _layers(report: ReportContent) -> Iterator[str]:
    notable, more = notable_layers(report)
    rows = [
        (each.path, each.class_name, f"{each.parameters:,}", each.regularization, why)
        for each, why in notable
    ]
    yield from _table(("layer", "class", "weights", "regularization now", "why"), rows)
    if more:
        yield from ("", f"and {more} more")
