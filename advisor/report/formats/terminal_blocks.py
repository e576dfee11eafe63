"""The blocks of a section for people at a terminal, drawn by Rich."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from advisor.gate.result import CheckOutcome
from advisor.report.charts.curves import ASCII, Marks
from advisor.report.page import Page
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
from advisor.report.wording.visible import visible

_BAR_COLUMNS = 10
_NAME_COLUMNS = 14
_MARK_COLUMNS = 9
_SPACED = (Table, Picture, Code)  # with an empty line before and after
# What fails or could not be told stands out without colour too.
_MARKS: dict[CheckOutcome, tuple[str, str]] = {
    "fail": ("FAIL", "bold red"),
    "inconclusive": ("INCONCLUSIVE", "bold yellow"),
    "waived": ("waived", "cyan"),
    "pass": ("pass", "green"),
}
_SEVERITY_STYLES = {"severe": "bold red", "moderate": "red", "mild": "yellow"}


def drawn(blocks: Iterable[Block], page: Page) -> Iterator[RenderableType]:
    """The blocks one below the other, tables, pictures and code set off by empty lines."""
    before: Block | None = None
    for block in blocks:
        parts = list(_parts(block, page))
        if parts and before is not None and (isinstance(before, _SPACED) or _is_set_off(block)):
            yield Text()
        yield from parts
        before = block if parts else before


def _is_set_off(block: Block) -> bool:
    return isinstance(block, _SPACED) or (isinstance(block, Points | Named) and bool(block.title))


def _parts(block: Block, page: Page) -> Iterator[RenderableType]:
    match block:
        case Line():
            yield Text(visible(block.text), style="bold" if block.is_strong else "")
        case Points():
            yield from _points(block)
        case Named():
            yield from _titled(block.title)
            rows = (f"  {name:<{_NAME_COLUMNS}}{visible(text)}" for name, text in block.rows)
            yield from hanging(map(Text, rows), 2 + _NAME_COLUMNS)
        case FindingList():
            yield from hanging(map(_finding, block.rows), _MARK_COLUMNS)
        case CheckList():
            yield from _checks(block)
        case Table():
            yield from _table(block, page)
        case Picture():
            yield from _picture(block, page)
        case Code():
            yield Padding(Text(visible_code(block.text), style="cyan"), (0, 0, 0, 2))


def _titled(title: str) -> Iterator[RenderableType]:
    if title:
        yield Text(title, style="dim")


def _points(block: Points) -> Iterator[RenderableType]:
    yield from _titled(block.title)
    if block.are_bare:
        yield from (Text(visible(text)) for text in block.texts)
        return
    indent = 2 if block.are_indented else 0
    style = "dim" if block.are_aside else ""
    texts = (Text(f"{' ' * indent}- {visible(text)}", style=style) for text in block.texts)
    yield from hanging(texts, indent + 2)


def _finding(row: Finding) -> Text:
    line = Text()
    line.append(f"{row.severity:<{_MARK_COLUMNS}}", _SEVERITY_STYLES.get(row.severity, "default"))
    line.append(visible(row.text))
    if row.layers:
        line.append(f" ({visible(row.layers)})")
    line.append(f"  [{row.rule}]", style="dim")
    return line


def hanging(lines: Iterable[Text], indent: int) -> Iterator[RenderableType]:
    """Lines whose continuations are indented, so that marks stand alone in their column."""
    grid = RichTable.grid(padding=0)
    grid.add_column(width=indent, no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(line[:indent], line[indent:])
    if grid.row_count:
        yield grid


def _checks(block: CheckList) -> Iterator[RenderableType]:
    """A line for each check, details below it, and the notes below all."""
    grid = RichTable.grid(padding=(0, 2, 0, 0))
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
    yield from hanging((Text(f"- {visible(note)}") for note in block.notes), 2)


def _table(block: Table, page: Page) -> Iterator[RenderableType]:
    padding = (0, 2, 0, 0) if block.are_indented else (0, 1)
    table = RichTable(
        box=None, pad_edge=False, show_header=True, header_style="dim", padding=padding
    )
    for title in block.titles:
        if title in block.numeric:
            table.add_column(title, justify="right", no_wrap=True)
        else:
            table.add_column(title, overflow="fold", no_wrap=not title)
    bars = _bars(block.bars, page)
    for place, row in enumerate(block.rows):
        *cells, last = row
        if bars and bars[place].strip():
            last = f"{bars[place]}  {last}"
        texts = [Text(visible(cell)) for cell in (*cells, last)]
        table.add_row(*texts, style="bold" if place == block.strong else None)
    yield Padding(table, (0, 0, 0, 2)) if block.are_indented else table
    yield from (Text(visible(note), style="dim") for note in block.notes)
    yield from hanging((Text(visible(note), style="dim") for note in block.footnotes), 4)


def _bars(shares: Sequence[float] | None, page: Page) -> list[str]:
    """A bar for each share: one mark for better, another for worse."""
    better, worse = ("█", "░") if page.has_unicode else ("#", "-")
    return [
        f"{(better if share > 0 else worse) * round(abs(share) * _BAR_COLUMNS):<{_BAR_COLUMNS}}"
        for share in shares or ()
    ]


def _picture(block: Picture, page: Page) -> Iterator[RenderableType]:
    marks = Marks() if page.has_unicode else ASCII
    lines = block.draw(min(page.width, block.widest), marks)
    if lines:
        yield Text(visible(block.title(marks)))
        yield Text("\n".join(lines), no_wrap=True)


def visible_code(code: str) -> str:
    """Code line by line, so that its line breaks survive being made visible."""
    return "\n".join(visible(line) for line in code.rstrip("\n").split("\n"))
