"""Two pictures of the comparison, as SVG: regret against cost, and what was gained task by task.

The same figures give the same bytes by the same version of matplotlib, which comes with
`pip install "regularization-advisor[bench]"`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR, STOPPED
from tests.benchmarks.advice.lineup import GRID, KERAS_TUNER, OPTUNA, RANDOM
from tests.benchmarks.advice.readings import bootstrap
from tests.benchmarks.advice.standings import ByTask, Standings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REGRET_BY_COST = "regret_by_cost.svg"
GAIN_BY_TASK = "gain_by_task.svg"

_WITHOUT_A_DATE = {"Date": None, "Creator": None}
_GREY, _FAINT = "#595959", "#E5E5E5"
_CURRENT = "current recipe, stopped early"
_BEST = "best of the grid"


class Look(NamedTuple):
    """A series' name and colour, told apart by the colour-blind, and where the name stands.

    `beside` is from the series' last point, in points to the right and up.
    """

    name: str
    colour: str
    marker: str
    beside: tuple[int, int]


_LOOKS: Mapping[Row, Look] = {
    Row(RANDOM): Look("random search", "#6A6A6A", "v", (2, 13)),
    Row(KERAS_TUNER): Look("KerasTuner", "#117733", "^", (-52, -20)),
    Row(OPTUNA): Look("Optuna", "#D55E00", "s", (-14, 10)),
    Row(GRID): Look("grid", "black", "D", (7, -12)),
    ADVISOR: Look("advisor", "#0072B2", "o", (7, 7)),
}
_REGRET_TICKS = (-5, -2, 0, 2, 5, 10, 20, 50, 100)
_COST_TICKS = (1, 2, 3, 5, 10, 20, 50)


class Point(NamedTuple):
    """A row of the table: mean cost, and mean relative regret with its interval, in percent."""

    cost: float
    regret: float
    low: float
    high: float


def point(by_task: ByTask) -> Point:
    """Means over tasks."""
    relative = {task: 100 * each.relative for task, each in by_task.items()}
    cost = float(np.mean([each.cost for each in by_task.values()]))
    return Point(cost, float(np.mean(list(relative.values()))), *bootstrap(relative))


def points(found: Standings, contender: str) -> list[Point]:
    """The rows of a contender by rising cost, that at its own default among them.

    A row that lacks one of the advisor's tasks is left out, as its mean would be of others.
    """
    rows = [own for row, own in found.items() if row.contender == contender]
    return sorted(point(own) for own in rows if own.keys() >= found[ADVISOR].keys())


def draw(halves: Mapping[str, Standings], folder: Path) -> list[Path]:
    """Write both pictures, a panel a half by its title."""
    import matplotlib as mpl

    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(
        {
            "svg.hashsalt": "advisor",
            "svg.fonttype": "none",  # text as text: a third of the bytes of drawn letters
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 10,
        }
    ):
        for name, drawn in _PICTURES.items():
            drawn(halves).savefig(folder / name, metadata=_WITHOUT_A_DATE)
    return [folder / name for name in _PICTURES]


def _regret_by_cost(halves: Mapping[str, Standings]) -> "Figure":
    """What is lost against the best of the grid, by what choosing costs."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.4), layout="constrained")
    panels = figure.subplots(1, len(halves), sharey=True, squeeze=False)[0]
    for panel, (title, found) in zip(panels, halves.items(), strict=True):
        _curves(panel, found)
        panel.set_title(title)
    panels[0].set_ylabel("test loss above the best of the grid (%), stopped early")
    return figure


def _curves(panel: "Axes", found: Standings) -> None:
    panel.set_xscale("log")
    panel.set_yscale("symlog", linthresh=2, linscale=0.6)
    panel.axhline(0, color=_GREY, linewidth=0.8)
    _note(panel, "better than the best of the grid", 0, above=-11)
    if STOPPED in found:
        panel.axhline(current := point(found[STOPPED]).regret, color=_GREY, linestyle=":")
        _note(panel, _CURRENT, current, above=4)
    for row, look in _LOOKS.items():
        if own := points(found, row.contender):
            _series(panel, own, look)
    panel.set_yticks(_REGRET_TICKS, [str(tick) for tick in _REGRET_TICKS])
    panel.set_xticks(_COST_TICKS, [str(tick) for tick in _COST_TICKS])
    panel.minorticks_off()
    panel.set_xlabel("cost of choosing, in full trainings of the model")
    panel.grid(axis="y", color=_FAINT, linewidth=0.6)


def _note(panel: "Axes", text: str, regret: float, above: int) -> None:
    """Grey words at the right end of a line, by some points above it."""
    panel.annotate(
        text,
        (_COST_TICKS[-1], regret),
        (0, above),
        textcoords="offset points",
        color=_GREY,
        ha="right",
    )


def _series(panel: "Axes", own: Sequence[Point], look: Look) -> None:
    """A line with its band, or one point with a bar."""
    costs, regrets, lows, highs = np.array(own).T
    if len(own) == 1:
        panel.vlines(costs, lows, highs, color=look.colour, linewidth=1.5)
    panel.fill_between(costs, lows, highs, color=look.colour, alpha=0.13, linewidth=0)
    panel.plot(costs, regrets, color=look.colour, marker=look.marker, markersize=5, linewidth=1.5)
    panel.annotate(
        look.name,
        (costs[-1], regrets[-1]),
        look.beside,
        textcoords="offset points",
        color=look.colour,
        weight="bold",
    )


def _gain_by_task(halves: Mapping[str, Standings]) -> "Figure":
    """Where the loss went from the current recipe's, a line a task, most gained on top."""
    from matplotlib.figure import Figure

    most = max(len(found[ADVISOR]) for found in halves.values())
    figure = Figure(figsize=(9, 1.3 + 0.19 * most), layout="constrained")
    panels = figure.subplots(1, len(halves), sharex=True, squeeze=False)[0]
    for panel, (title, found) in zip(panels, halves.items(), strict=True):
        _dumbbells(panel, found)
        panel.set_title(title)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure


def left(found: Standings, task: str, row: Row) -> float:
    """The loss of a row on one task in percent of the current recipe's, stopped early."""
    return 100 * (1 + found[row][task].relative) / (1 + found[STOPPED][task].relative)


def _dumbbells(panel: "Axes", found: Standings) -> None:
    current = found[STOPPED]
    best = {task: 100 / (1 + current[task].relative) for task in found[ADVISOR]}
    tasks = sorted(best, key=best.__getitem__, reverse=True)
    advisor = [left(found, task, ADVISOR) for task in tasks]
    lines = np.arange(len(tasks))
    panel.hlines(lines, advisor, 100, color="#9CC7E0", linewidth=2, zorder=1)
    panel.scatter(
        [100] * len(tasks), lines, s=22, facecolor="white", edgecolor=_GREY, label=_CURRENT
    )
    panel.scatter(
        [best[task] for task in tasks], lines, s=60, marker="|", color="black", label=_BEST
    )
    own = _LOOKS[ADVISOR]
    panel.scatter(advisor, lines, s=26, color=own.colour, marker=own.marker, label=own.name)
    panel.set_yticks(lines, tasks, fontsize=7.5)
    panel.tick_params(axis="y", length=0)
    panel.set_xlabel("test loss, in % of the current recipe's")
    panel.grid(axis="x", color=_FAINT, linewidth=0.6)


_PICTURES = {REGRET_BY_COST: _regret_by_cost, GAIN_BY_TASK: _gain_by_task}
