"""The report as Markdown, for pull requests and notes."""

import re
from collections.abc import Iterator, Sequence

from advisor.report.charts.curves import Marks
from advisor.report.content import ReportContent
from advisor.report.unchecked import Unchecked
from advisor.report.wording.advice import announcement, cut_short_line
from advisor.report.wording.blocks import (
    Block,
    CheckList,
    Code,
    Finding,
    FindingList,
    Line,
    Named,
    Picture,
    Points,
    Table,
)
from advisor.report.wording.findings import checked_files, headline
from advisor.report.wording.runs import RunResult, counts_line, run_label, summary_rows
from advisor.report.wording.sections import sections
from advisor.report.wording.visible import visible

_PICTURE_COLUMNS = 100
_LOUD = ("fail", "inconclusive")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@$-])")


def render(results: Sequence[RunResult], _page: object = None) -> str:
    """The runs one after the other, in GitHub's dialect; several end with a table of them all."""
    are_several = len(results) > 1
    parts = [markdown_of(result, is_titled=are_several) for result in results]
    return "\n".join([*parts, summary_markdown(results)] if are_several else parts)


def markdown_of(result: RunResult, *, is_titled: bool) -> str:
    """One run; a run with a name always has a title."""
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
    yield from ("", literal(report.reason), "", literal(checked_files(report)))
    for section in sections("page"):
        drawn = [lines for block in section.blocks(report) if (lines := list(_drawn(block)))]
        if drawn:
            outcome = section.outcome(report)
            yield from ("", f"### {section.title}{f': {outcome}' if outcome else ''}")
        for lines in drawn:
            yield from ("", *lines)


def _announcement(report: ReportContent) -> Iterator[str]:
    for index, line in enumerate(announcement(report)):
        yield from (f"**{literal(line)}**" if index == 0 else literal(line), "")
    if cut_short := cut_short_line(report):
        yield from (f"**{literal(cut_short)}**", "")


def _drawn(block: Block) -> Iterator[str]:
    match block:
        case Line():
            yield f"**{literal(block.text)}**" if block.is_strong else literal(block.text)
        case Points():
            yield from _titled(block.title)
            yield from (f"- {literal(text)}" for text in block.texts)
        case Named():
            yield from _titled(block.title)
            yield from (f"- {name}: {literal(text)}" for name, text in block.rows)
        case FindingList():
            yield from map(_finding, block.rows)
        case CheckList():
            yield from _checks(block)
        case Table():
            yield from _table(block.titles, block.rows)
            for note in (*block.notes, *block.footnotes):
                yield from ("", literal(note))
        case Picture():
            yield from _picture(block)
        case Code():
            yield from ("```python", *map(visible, block.text.rstrip("\n").split("\n")), "```")


def _titled(title: str) -> Iterator[str]:
    if title:
        yield from (f"{title}:", "")


def _finding(row: Finding) -> str:
    severity = f"**{row.severity}**: " if row.severity else ""
    layers = f" ({literal(row.layers)})" if row.layers else ""
    return f"- {severity}{literal(row.text)}{layers} `{row.rule}`"


def _checks(block: CheckList) -> Iterator[str]:
    for check in block.rows:
        outcome = check.outcome.upper() if check.outcome in _LOUD else check.outcome
        yield f"- **{outcome}** {literal(check.text)} `{_code(check.id)}`"
        yield from (f"  - {literal(detail)}" for detail in check.details)
    yield from (f"- {literal(note)}" for note in block.notes)


def _code(text: str) -> str:
    return visible(text).replace("`", "'")


def _picture(block: Picture) -> Iterator[str]:
    if picture := block.draw(_PICTURE_COLUMNS, Marks()):
        yield from (literal(block.title(Marks())), "", "```text", *picture, "```")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield _row(*titles)
        yield _row(*("---" for _ in titles))
        yield from (_row(*(literal(cell) for cell in row)) for row in rows)
