"""What a section of the report is made of, in any format that people read.

Texts are as they come from files: each format makes them safe for itself.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from advisor.gate.result import CheckOutcome
from advisor.report.charts.curves import Marks
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Line:
    """A separate sentence; `is_strong` for the most important one."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Points:
    """A list of sentences, with bullets unless they `are_bare` and the format can do without.

    `title` says what follows. Points that `are_aside` are for few readers.
    """

    texts: Sequence[str]
    title: str = ""
    are_indented: bool = False
    are_aside: bool = False
    are_bare: bool = False


@dataclass(frozen=True, kw_only=True)
class Named:
    """A list of sentences, each with a name in front."""

    rows: Sequence[tuple[str, str]]
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding: how bad ("" for not at all), what, the layers ("" for the model), the rule."""

    severity: str
    text: str
    layers: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class FindingList:
    """Findings, one below the other."""

    rows: Sequence[Finding]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check of the gate: what came of it, the sentence, its id, and details below."""

    outcome: CheckOutcome
    text: str
    id: str
    details: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class CheckList:
    """The gate's checks, and what is to be said below all of them."""

    rows: Sequence[Check]
    notes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells below `titles`; those in `numeric` hold numbers.

    `bars` are shares in [-1, 1], one for each row, drawn before its last cell if the format can.
    `strong` is the most important row. `notes` go below, and `footnotes`, which begin with a
    number.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[str] = frozenset()
    bars: Sequence[float] | None = None
    strong: int | None = None
    are_indented: bool = False
    notes: Sequence[str] = ()
    footnotes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Lines drawn with characters for a width and marks, below a title with the same marks.

    No lines, no picture. `widest` is the most columns that it makes use of.
    """

    title: Callable[[Marks], str]
    draw: Callable[[int, Marks], Sequence[str]]
    widest: int = 100


@dataclass(frozen=True, kw_only=True)
class Code:
    """Python to copy."""

    text: str


Block = Line | Points | Named | FindingList | CheckList | Table | Picture | Code
Medium = Literal["screen", "page"]
"""A screen is read from its end, where the cursor is; a page from its head."""
