"""The report as Markdown, for pull requests and notes."""

import re
from collections.abc import Iterator, Sequence

from advisor.report.outline import (
    checked_files,
    deciding_inputs,
    evidence_rows,
    grouped_findings,
    headline,
    notable_layers,
    recommendation_line,
    shown_change,
    stopping_line,
    untested_line,
)
from advisor.report.report import Report
from advisor.report.visible import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@$-])")


def render_markdown(reports: Sequence[Report]) -> str:
    """The reports one after the other, in GitHub's dialect."""
    return "\n".join("\n".join(_lines(report)) + "\n" for report in reports)


def literal(text: str) -> str:
    """Text that Markdown shows as it is: no emphasis, link, mention or HTML comes of it."""
    return _SPECIAL.sub(r"\\\1", visible(text))


def _lines(report: Report) -> Iterator[str]:
    yield f"## {headline(report)}"
    yield ""
    yield literal(report.reason)
    yield ""
    yield literal(checked_files(report))
    yield from _recommendation(report)
    yield from _section("Findings", _findings(report))
    yield from _section("Evidence", _evidence(report))
    yield from _section("Layers worth looking at", _layers(report))
    yield from _section("Read the figures with care", (f"- {literal(c)}" for c in report.caveats))
    yield from _section("Not decided", (f"- {literal(line)}" for line in deciding_inputs(report)))


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


def _recommendation(report: Report) -> Iterator[str]:
    advice = report.recommendation
    yield from ("", "### Recommendation", "", f"**{recommendation_line(report)}**", "")
    if untested := untested_line(report):
        yield from (untested, "")
    yield from (f"- {literal(why)}" for why in advice.why)
    if advice.early_stopping is not None:
        yield f"- {literal(stopping_line(report, advice.early_stopping))}"
    if advice.changes:
        yield ""
        titles = ("layer", "what", "now", "to", "worth trying")
        yield from _table(titles, [shown_change(change) for change in advice.changes])
    if advice.code:
        yield ""
        yield from ("```python", *map(visible, advice.code.rstrip("\n").split("\n")), "```")
    if advice.alternatives:
        yield from ("", "Alternatives, and why they came second:", "")
        yield from (f"- {other.strategy}: {literal(other.why)}" for other in advice.alternatives)


def _findings(report: Report) -> Iterator[str]:
    for finding in grouped_findings(report):
        severity = f"**{finding.severity}**: " if finding.severity != "none" else ""
        layers = f" ({literal(finding.layers)})" if finding.layers else ""
        yield f"- {severity}{literal(finding.title)}{layers} `{finding.rule}`"


def _evidence(report: Report) -> Iterator[str]:
    rows, assumptions = evidence_rows(report)
    cells = [(row.name, row.value, row.unit, row.basis) for row in rows]
    yield from _table(("measurement", "value", "unit", "basis"), cells)
    for assumption in assumptions:
        yield from ("", literal(assumption))


def _layers(report: Report) -> Iterator[str]:
    notable, more = notable_layers(report)
    rows = [
        (each.path, each.class_name, f"{each.parameters:,}", each.regularization, why)
        for each, why in notable
    ]
    yield from _table(("layer", "class", "weights", "regularization now", "why"), rows)
    if more:
        yield from ("", f"and {more} more")
