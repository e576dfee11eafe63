"""Learning curves drawn with characters, readable without colour."""

from collections.abc import Sequence
from math import isfinite

from advisor.report.content import ReportedCurve
from advisor.values import dataclass

Points = Sequence[tuple[int, float | None]]

_MARGIN = 9  # columns for the labels of the y axis
_LEAST_COLUMNS = 9


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The characters of a drawing: `train` and `validation` differ in shape, not only colour."""

    train: str = "·"
    validation: str = "●"
    both: str = "◉"
    corner: str = "└"
    side: str = "│"
    floor: str = "─"


ASCII = Marks(train=".", validation="o", both="@", corner="+", side="|", floor="-")


def draw(curve: ReportedCurve, *, width: int, height: int, marks: Marks) -> list[str]:
    """Lines of at most `width` characters; no lines where fewer than two values are finite."""
    values = [v for _, v in (*curve.train, *curve.validation) if v is not None]
    epochs = [epoch for epoch, _ in (*curve.train, *curve.validation)]
    if len(values) < 2 or max(epochs) == min(epochs):
        return []
    low, high = min(values), max(values)
    if high == low:
        low, high = low - 0.5, high + 0.5
    columns = max(_LEAST_COLUMNS, min(width - _MARGIN - 2, 2 * (max(epochs) - min(epochs)) + 1))
    grid = [[" "] * columns for _ in range(height)]
    frame = _Frame(
        first=min(epochs), last=max(epochs), low=low, high=high, columns=columns, rows=height
    )
    for points, mark in ((curve.train, marks.train), (curve.validation, marks.validation)):
        for column, row in frame.cells(points):
            taken = grid[row][column] not in (" ", mark)
            grid[row][column] = marks.both if taken else mark
    lines = [
        f"{_label(row, height, low, high):>{_MARGIN}} {marks.side}{''.join(cells)}".rstrip()
        for row, cells in enumerate(grid)
    ]
    lines.append(f"{'':>{_MARGIN}} {marks.corner}{marks.floor * columns}")
    last = str(max(epochs))
    first = str(min(epochs))
    lines.append(f"{'epoch':>{_MARGIN}}  {first}{last:>{columns - len(first)}}")
    return lines


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """The window on the curves: which epoch and value each cell of the grid stands for."""

    first: int
    last: int
    low: float
    high: float
    columns: int
    rows: int

    def cells(self, points: Points) -> list[tuple[int, int]]:
        """The column and row (0 on top) of every finite point."""
        return [
            (
                round((epoch - self.first) / (self.last - self.first) * (self.columns - 1)),
                round(self._share_below_top(value) * (self.rows - 1)),
            )
            for epoch, value in points
            if value is not None
        ]

    def _share_below_top(self, value: float) -> float:
        if isfinite(self.high - self.low):
            return (self.high - value) / (self.high - self.low)
        return (self.high / 2 - value / 2) / (self.high / 2 - self.low / 2)


def _label(row: int, height: int, low: float, high: float) -> str:
    """A y label at the top, the middle and the bottom."""
    if row in (0, height // 2, height - 1):
        return f"{high - (high - low) * row / (height - 1):.3g}"
    return ""
