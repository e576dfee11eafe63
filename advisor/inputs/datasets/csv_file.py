"""A CSV file with a header line, read by the standard library."""

import csv
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.datasets.table import Table, column_of
from advisor.inputs.files.file_window import shown, shown_name, whole_file

MAX_BYTES = 256 << 20  # cells are Python text while they are read, ten times as large
MAX_COLUMNS = 10_000
DELIMITERS = ",;\t|"


def read_csv(path: Path) -> Table:
    """The columns of a CSV file; the delimiter is that of `,;|` and tab most seen in its header.

    Raises InputError for a file without rows, for rows of another length than the header, and for
    a header that names a column twice.
    """
    source = shown_name(path)
    if whole_file(path).length > MAX_BYTES:
        raise InputError(
            f"{source}: is larger than {MAX_BYTES >> 20} MB; save it as .npz or Parquet, or give"
            " the rows by a function: --data pkg.mod:function"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _delimiter(file.readline())
            file.seek(0)
            lines = [row for row in csv.reader(file, delimiter=delimiter) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source}: is no CSV file in UTF-8 ({error}); export it again") from error
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {error.strerror}") from error
    if len(lines) < 2:
        raise InputError(f"{source}: has no rows under a header line")
    header, rows = [name.strip() for name in lines[0]], lines[1:]
    _check_header(header, source)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise InputError(
                f"{source}: row {number} has {len(row)} cells, but the header {len(header)}; quote"
                " cells that hold the delimiter"
            )
    return {name: column_of([row[index] for row in rows]) for index, name in enumerate(header)}


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _check_header(header: list[str], source: str) -> None:
    if len(header) > MAX_COLUMNS:
        raise InputError(f"{source}: has {len(header):,} columns; save so wide a table as .npz")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{source}: has two columns called {shown(twice)}; rename one")
    counted = [str(index) for index in range(len(header))]  # the names that pandas gives
    if all(_is_number(name) for name in header) and header != counted:
        raise InputError(
            f"{source}: its first line holds numbers, not the columns' names; add a header line"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
