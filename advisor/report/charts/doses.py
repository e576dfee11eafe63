"""Dose against loss, drawn with characters: one panel a family, side by side on one loss axis."""

from collections.abc import Sequence
from math import log10
from statistics import median

from advisor.recommend.wording import figure
from advisor.regularization import SPECS, Family
from advisor.report.charts.curves import Marks
from advisor.report.probes import Probes
from advisor.values import dataclass

_MARGIN = 9  # columns for the labels of the value axis, and that axis
_GAP = 3  # columns from one panel to the next
_WIDEST_PANEL = 30
_LEAST_PANEL = 16
_ORIGIN_COLUMNS = 5  # from no dose to the weakest one on a logarithmic axis
_EDGE_COLUMNS = 2  # beside the outer doses, so that their labels stand below them
# The axis ends half as far again from the best as the median does: a dose that ruins the network
# would else press all others into one line.
_REACH = 1.5
_LEAST_SPAN = 0.05  # of the best value: differences within noise fill no picture
_BEYOND = ("^", "v")


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """One family's doses, with their values and whether they are the pick."""

    family: Family
    doses: tuple[float, ...]
    values: tuple[float, ...]
    is_pick: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """The value axis, drawn in `rows` lines, 0 on top."""

    low: float
    high: float
    rows: int

    def row(self, value: float) -> int:
        """The row of a value, or one above or below the axis."""
        share = (self.high - value) / (self.high - self.low)
        return round(min(max(share, -1.0), 2.0) * (self.rows - 1))  # one far off may be infinite


def draw_doses(probes: Probes, *, width: int, height: int, marks: Marks) -> list[str]:
    """Lines of at most `width` characters; none where no family was tried in two doses.

    A dotted line marks the current recipe, `^` or `v` what lies beyond the axis.
    """
    panels = _panels(probes)
    if not panels:
        return []
    recipe = probes.current()
    current = None if recipe is None else probes.reading(recipe)
    axis = _axis(panels, current, height, is_lower_better=not probes.is_maximized)
    in_a_row = max(1, (width - _MARGIN + _GAP) // (_LEAST_PANEL + _GAP))
    lines: list[str] = []
    for start in range(0, len(panels), in_a_row):
        lines += _side_by_side(panels[start : start + in_a_row], axis, current, width, marks)
    return lines


def _panels(probes: Probes) -> list[_Panel]:
    pick = {arm.name for arm in probes.arms if arm.is_pick}
    panels = []
    for family, points in probes.dose_response.items():
        known = [(point, value) for point in points if (value := probes.reading(point)) is not None]
        doses = {point.dose for point, _ in known}
        if len(doses) > 1 and min(doses) >= 0:
            panels.append(
                _Panel(
                    family=family,
                    doses=tuple(point.dose for point, _ in known),
                    values=tuple(value for _, value in known),
                    is_pick=tuple(point.arm in pick for point, _ in known),
                )
            )
    return panels


def _axis(
    panels: Sequence[_Panel], current: float | None, rows: int, *, is_lower_better: bool
) -> _Axis:
    """An axis from the best value to the worst within reach; the current one is always on it."""
    values = [value for panel in panels for value in panel.values]
    values += [] if current is None else [current]
    best = min(values) if is_lower_better else max(values)
    distances = [abs(value - best) for value in values]
    reach = _REACH * median(distances)
    if current is not None:
        reach = max(reach, abs(current - best))
    span = min(max(reach, _LEAST_SPAN * abs(best)), max(distances)) or abs(best) / 100 or 1.0
    low, high = (best, best + span) if is_lower_better else (best - span, best)
    return _Axis(low=low, high=high, rows=rows)


def _side_by_side(
    panels: Sequence[_Panel], axis: _Axis, current: float | None, width: int, marks: Marks
) -> list[str]:
    room = (width - _MARGIN + _GAP) // len(panels) - _GAP
    columns = max(_LEAST_PANEL, min(_WIDEST_PANEL, room))
    between = " " * (_GAP - 1)
    grids = [_grid(panel, axis, current, columns, marks) for panel in panels]
    labels = _labels(axis, current)
    lines = [_joined("", [SPECS[panel.family].label for panel in panels], columns, between, " ")]
    for row in range(axis.rows):
        cells = ["".join(grid[row]) for grid in grids]
        lines.append(_joined(labels.get(row, ""), cells, columns, between, marks.side))
    lines.append(_joined("", [marks.floor * columns] * len(panels), columns, between, marks.corner))
    ticks = [_ticks(panel, columns) for panel in panels]
    return [*lines, _joined("", ticks, columns, between, " ")]


def _joined(label: str, cells: Sequence[str], columns: int, between: str, side: str) -> str:
    line = between.join(f"{side}{cell:<{columns}}" for cell in cells)
    return f"{label:>{_MARGIN - 2}} {line}".rstrip()


def _labels(axis: _Axis, current: float | None) -> dict[int, str]:
    """The figures at the ends of the axis and at the current recipe's line."""
    labels = {0: figure(axis.high), axis.rows - 1: figure(axis.low)}
    if current is not None:
        labels[axis.row(current)] = figure(current)
    return labels


def _grid(
    panel: _Panel, axis: _Axis, current: float | None, columns: int, marks: Marks
) -> list[list[str]]:
    grid = [[" "] * columns for _ in range(axis.rows)]
    if current is not None:
        grid[axis.row(current)] = [marks.train] * columns
    places = _columns(panel, columns)
    for column, value, is_pick in zip(places, panel.values, panel.is_pick, strict=True):
        row = axis.row(value)
        inside = min(max(row, 0), axis.rows - 1)
        mark = marks.both if is_pick else marks.validation
        grid[inside][column] = mark if row == inside else _BEYOND[row > inside]
    return grid


def _columns(panel: _Panel, columns: int) -> list[int]:
    """The column of each dose: rates evenly from 0, penalties by their logarithm."""
    first, last = _EDGE_COLUMNS, columns - 1 - _EDGE_COLUMNS
    if not SPECS[panel.family].scale.is_logarithmic:
        return [first + round(dose / max(panel.doses) * (last - first)) for dose in panel.doses]
    logs = [log10(dose) for dose in panel.doses if dose > 0]
    if len(logs) < len(panel.doses):
        first += _ORIGIN_COLUMNS
    span = max(logs) - min(logs)
    shares = [(log10(dose) - min(logs)) / span if span else 0.5 for dose in panel.doses if dose > 0]
    placed = iter(first + round(share * (last - first)) for share in shares)
    return [next(placed) if dose > 0 else _EDGE_COLUMNS for dose in panel.doses]


def _ticks(panel: _Panel, columns: int) -> str:
    """The doses below their columns, as far as there is room; the pick's and the ends first."""
    line = [" "] * columns
    places = _columns(panel, columns)
    count = len(places)
    order = sorted(range(count), key=lambda i: (not panel.is_pick[i], i not in (0, count - 1), i))
    for index in order:
        label = f"{panel.doses[index]:.3g}" if panel.doses[index] > 0 else "none"
        start = min(max(places[index] - len(label) // 2, 0), columns - len(label))
        if not "".join(line[max(start - 1, 0) : start + len(label) + 1]).strip():
            line[start : start + len(label)] = label
    return "".join(line)
