"""History tables: CSV as Keras, pandas, Lightning, Weights & Biases and DVCLive write it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import field, replace

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import MAX_VALUES
from advisor.inputs.files.file_window import shown
from advisor.inputs.histories.logged_rows import log_from_columns
from advisor.inputs.histories.metric_names import EPOCH_COLUMNS, plain
from advisor.inputs.histories.run_log import RunLog, check_shape, number
from advisor.values import dataclass

_DELIMITERS = (",", "\t", ";", "|")
# A chart that was exported from Weights & Biases: "Step","run - loss","run - loss__MIN", ...
_CHART_TITLE = re.compile(r"(?P<run>.+) - (?P<metric>\S+)")
_DECIMAL_COMMA = re.compile(r"\s*-?\d+,\d+(?:[eE][-+]?\d+)?\s*")


def log_from_table(text: str, source: str) -> RunLog:
    """The log in a table with a line of names, separated by comma, tab, semicolon or bar.

    A line of names that is repeated starts the next part of a resumed run. A last line that was
    cut short is left out, and a note says so.
    """
    lines = list(_lines(text, source))
    if not lines:
        raise InputError(f"{source}: is empty; export the history again")
    notes: tuple[str, ...] = ()
    parts = [_Part(titles=_titles(lines[0].cells, source))]
    for line in lines[1:]:
        titles = parts[-1].titles
        if _is_title_line(line.cells, titles):
            parts.append(_Part(titles=_titles(line.cells, source)))
            check_shape(len(parts), 1, source)
        elif len(line.cells) == len(titles):
            parts[-1].rows.append(line)
        elif line is lines[-1] and len(line.cells) < len(titles):
            notes = (f"line {line.number}, the last one, was cut short and is left out",)
        else:
            raise InputError(
                f"{source}: line {line.number} has {len(line.cells)} values for"
                f" {len(titles)} names; export the history again"
            )
    places = [row.number for part in parts for row in part.rows]
    columns = _charted(_joined(parts, len(places), source), source)
    log = log_from_columns(columns, source, lambda row: f"line {places[row]}")
    return replace(log, notes=log.notes + notes)


@dataclass(frozen=True, kw_only=True)
class _Line:
    number: int
    cells: list[str]


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The rows below one line of names."""

    titles: list[str]
    rows: list[_Line] = field(default_factory=list)


def _joined(parts: list[_Part], rows: int, source: str) -> dict[str, list[object]]:
    """The parts' columns as one table; a column that a part lacks is empty there."""
    titles = dict.fromkeys(title for part in parts for title in part.titles)
    check_shape(len(titles), rows + len(parts), source)
    columns: dict[str, list[object]] = {title: [] for title in titles}
    for part in parts:
        places = {title: place for place, title in enumerate(part.titles)}
        for title, cells in columns.items():
            place = places.get(title)
            cells.extend(None if place is None else row.cells[place] for row in part.rows)
    return columns


def _lines(text: str, source: str) -> Iterator[_Line]:
    """The lines that aren't blank."""
    first = re.search(r"\S[^\r\n]*", text)
    delimiter = max(_DELIMITERS, key=_outside_quotes(first[0] if first else "").count)
    if text.count(delimiter) + text.count("\n") > MAX_VALUES:
        raise InputError(f"{source}: holds more than {MAX_VALUES:,} values; it is not read")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _Line(number=reader.line_num, cells=_with_points(cells, delimiter))
    except csv.Error as error:
        raise InputError(
            f"{source}: is not a table of values: {error} in line {reader.line_num}"
        ) from error


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _with_points(cells: list[str], delimiter: str) -> list[str]:
    """Cells with decimal points, where a spreadsheet wrote decimal commas."""
    if delimiter == ",":
        return cells
    return [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]


def _titles(cells: list[str], source: str) -> list[str]:
    titles = [cell.strip().strip('"') for cell in cells]
    if all(_is_number(title) for title in titles):
        raise InputError(
            f"{source}: is no history that is known here: its first line holds no names; save it as"
            " JSON or as CSV with a line of names"
        )
    if len(set(titles)) < len(titles):
        twice = Counter(titles).most_common(1)[0][0]
        raise InputError(f"{source}: has two columns that are called {shown(twice)}")
    return titles


def _is_title_line(cells: list[str], titles: list[str]) -> bool:
    """True for a repeated line of names, which may name other columns than the first did."""
    names = [cell.strip().strip('"') for cell in cells]
    return names == titles or (
        plain(names[0]) in EPOCH_COLUMNS
        and plain(titles[0]) in EPOCH_COLUMNS
        and not any(_is_number(name) for name in names)
    )


def _is_number(cell: str) -> bool:
    try:
        return number(cell) is not None
    except ValueError:
        return False


def _charted(columns: dict[str, list[object]], source: str) -> dict[str, list[object]]:
    """The columns of an exported chart under their metrics' names; other tables as they are."""
    titles = [title for title in columns if plain(title) not in ("step", "epoch", "relative_time")]
    matches = {title: _CHART_TITLE.fullmatch(title) for title in titles}
    runs = {match["run"] for match in matches.values() if match}
    if not runs or not all(matches.values()):
        return columns
    if len(runs) > 1:
        raise InputError(
            f"{source}: holds {len(runs)} runs ({', '.join(sorted(map(shown, runs))[:3])});"
            " export one of them"
        )
    return {
        match["metric"] if (match := matches.get(title)) else title: entries
        for title, entries in columns.items()
    }
