"""Prints readings of the clock, and beside what they picked what the replay says of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, median

from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR, contests
from tests.benchmarks.advice.lineup import BUDGETS, KERAS_TUNER, OPTUNA
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import halves
from tests.benchmarks.advice.wall_clock.figures import (
    FIT,
    Kind,
    Reading,
    geometric_mean,
    load,
    seconds,
    shares,
    worth,
)

CUT_AT = BUDGETS[-1]
RIVALS = tuple(Row(title, budget) for budget in (CUT_AT, None) for title in (OPTUNA, KERAS_TUNER))
TARGET = 0.2
Replayed = Mapping[Row, Mapping[str, float]]  # row -> task -> worth
_KINDS: Mapping[Kind, str] = {"wall": "wall time", "cpu": "CPU time"}


def stored_lines(results: Path = RESULTS) -> list[str]:
    """All that is stored, to be printed; without replays where there is no truth of a task."""
    readings = load(results)
    if not readings:
        return ["nothing is stored yet"]
    half = halves()
    tasks = dict.fromkeys(each.task for each in readings)
    kept = [task for task in tasks if half[task] == "kept"]
    return [*lines(readings, replayed(tasks, results)), f"kept-back half: {', '.join(kept)}"]


def sentence(results: Path = RESULTS) -> str:
    """What the README says: the advisor's share of the tuners' wall time, where both are cut."""
    readings = load(results)
    said = []
    for title, name in ((OPTUNA, "Optuna"), (KERAS_TUNER, "KerasTuner")):
        each = [median(own) for own in shares(readings, Row(title, CUT_AT), "wall").values()]
        said.append(
            f"{geometric_mean(each):.0%} of {name}'s time ({min(each):.0%}-{max(each):.0%})"
        )
    tasks = len({each.task for each in readings})
    return (
        f"Run for real on {tasks} tasks, including imports, `check --data` takes "
        f"{' and '.join(said)} for ten trainings' worth of epochs."
    )


def replayed(tasks: Iterable[str], results: Path = RESULTS) -> Replayed:
    """The mean test loss of what a row picks in the replay, over that of the current recipe."""
    found: dict[Row, dict[str, float]] = {}
    for task, contest in contests(tasks, "stopped", results).items():
        current = float(contest.board.current.mean())
        for row in (ADVISOR, *RIVALS):
            if own := contest.choices.get(row):
                loss = mean(float(choice.losses.mean()) for choice in own)
                found.setdefault(row, {})[task] = loss / current
    return found


def lines(readings: Sequence[Reading], replay: Replayed) -> list[str]:
    """Seconds, the advisor's share of them, and the worth of what was picked."""
    rivals = [row for row in RIVALS if any(each.row == row for each in readings)]
    tasks = list(dict.fromkeys(each.task for each in readings))
    return [
        *_block(
            "wall seconds (CPU seconds)",
            (Row(FIT), ADVISOR, *rivals),
            tasks,
            lambda row, task: _seconds(readings, row, task),
        ),
        *(line for kind in _KINDS for line in _shares(readings, rivals, tasks, kind)),
        *_block(
            "test loss of the picks over that of the current recipe (in the replay)",
            (ADVISOR, *rivals),
            tasks,
            lambda row, task: _worth(worth(readings, row).get(task), replay.get(row, {}).get(task)),
        ),
        *_notes(readings),
    ]


def _shares(
    readings: Sequence[Reading], rivals: Sequence[Row], tasks: Sequence[str], kind: Kind
) -> list[str]:
    found = {row: shares(readings, row, kind) for row in rivals}
    medians = {row: [median(own) for own in found[row].values()] for row in rivals}
    block = _block(
        f"advisor's {_KINDS[kind]} as a share of theirs: median over repeats (range)",
        rivals,
        tasks,
        lambda row, task: _spread(found[row].get(task, []), median),
    )
    means = [_spread(medians[row], geometric_mean) for row in rivals]
    return [*block[:-1], _line("geometric mean over tasks (range)", means), ""]


def _block(
    title: str, rows: Sequence[Row], tasks: Sequence[str], cell: Callable[[Row, str], str]
) -> list[str]:
    head = _line("", [_title(row) for row in rows])
    return [title, head, *(_line(task, [cell(row, task) for row in rows]) for task in tasks), ""]


def _title(row: Row) -> str:
    return row.contender if row.budget is None else f"{row.contender}: {row.budget:g}"


def _line(name: str, cells: Iterable[str]) -> str:
    return f"{name:<34}" + "".join(f"{cell:>26}" for cell in cells)


def _seconds(readings: Sequence[Reading], row: Row, task: str) -> str:
    own = [each for each in readings if (each.task, each.row) == (task, row)]
    if not own:
        return "-"
    wall, cpu = (median(seconds(own, row, kind).values()) for kind in _KINDS)
    mark = "~" if any(each.measured for each in own) else ""
    return f"{mark}{wall:.1f} ({cpu:.1f})"


def _spread(values: Sequence[float], middle: Callable[[Sequence[float]], float]) -> str:
    if not values:
        return "-"
    return f"{middle(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _worth(real: float | None, in_replay: float | None) -> str:
    shown = ["-" if value is None else f"{value:.3f}" for value in (real, in_replay)]
    return f"{shown[0]} ({shown[1]})"


def _notes(readings: Sequence[Reading]) -> list[str]:
    busy = [each.busy for each in readings]
    repeats = len({each.repeat for each in readings})
    notes = [
        f"target: at most {TARGET:g} of their wall time; repeats: {repeats}",
        f"other work took {median(busy):.0%} of the cores on the median ({min(busy):.0%} to "
        f"{max(busy):.0%}), as seen just before each process",
    ]
    scaled = {(each.measured, each.trials) for each in readings if each.measured}
    notes += [f"~: {done} of {total} trials ran, the others are scaled" for done, total in scaled]
    return notes
