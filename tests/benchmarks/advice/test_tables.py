"""Tables, sentences and pictures of made-up standings."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.advice import plots, readme_table, tables
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR, STOPPED
from tests.benchmarks.advice.coverage import coverage, covered
from tests.benchmarks.advice.lineup import GRID, OPTUNA
from tests.benchmarks.advice.made_up import made_up_race
from tests.benchmarks.advice.races import Announced
from tests.benchmarks.advice.standings import Standing


def stands(relative: float, floored: float = 0.5, cost: float = 2.0) -> Standing:
    return Standing(
        relative=relative, floored=floored, harm=0.0, cost=cost, family=1.0, spread=None
    )


OPEN = {
    Row(OPTUNA, 10): {"a": stands(0.05, cost=9.0), "b": stands(0.11, cost=10.0)},
    Row(OPTUNA, 2): {"a": stands(0.2), "b": stands(0.3)},
    Row(OPTUNA): {"a": stands(0.04, cost=50.0), "b": stands(0.1, cost=60.0)},
    STOPPED: {"a": stands(0.25, cost=0.0), "b": stands(1.0, cost=0.0)},
    Row("dropout .5"): {"a": stands(0.4), "b": stands(0.5)},
    Row("L2 1e-3"): {"a": stands(0.2), "b": stands(0.6)},
    ADVISOR: {"a": stands(0.0, 0.1), "b": stands(0.02, 0.2)},
    Row(GRID): {"a": stands(0.03, 0.4, cost=35.0), "b": stands(0.01, 0.2, cost=35.0)},
}


def test_rows_stand_by_what_they_may_cost() -> None:
    lines = tables.table(OPEN).split("\n")
    groups = [line for line in lines if line.startswith("--")]
    assert groups == [
        "-- at their own defaults",
        "-- at most 2 full trainings",
        "-- at most 10 full trainings",
    ]
    (ten,) = [line for line in lines if line.startswith(OPTUNA) and " 9.5 " in line]
    # Means 8 % and .5; the median is the mean of two.
    assert ten.split()[3:6] == ["2", "9.5", "8.0%"]
    assert "2/0/0" in ten


def test_small_p_is_never_called_nothing() -> None:
    assert [tables.p_value(p) for p in (None, 0.0004, 0.0012)] == ["-", "<0.001", "0.001"]


def test_the_advisor_is_paired_with_the_grid_by_task() -> None:
    # Relative: -.03 and +.01, in the mean -.01; floored: -.3 and 0.
    said = tables.less_the_grid(OPEN)
    assert "2 tasks: relative regret -1.0% [-3.0%, +1.0%], floored -0.15 [-0.30, +0.00]" in said
    assert tables.less_the_grid({ADVISOR: OPEN[ADVISOR]}) == ""


def test_readme_shows_the_fixed_advice_that_does_best_on_the_open_half() -> None:
    assert readme_table.best_fixed(OPEN) == Row("L2 1e-3")  # .4 on the average, against .45
    found = readme_table.Shown(kept=OPEN, open=OPEN, races=[])
    rows = readme_table.rows(found)
    assert len(rows) == 2 + 6
    assert all(row.count("|") == rows[0].count("|") for row in rows)
    (own,) = [row for row in rows if "--data" in row]
    cells = "1.0% [0.0%, 2.0%] | 0.15 | 0%"
    assert own == f"| **`advisor check --data`** | 2.0 | {cells} | {cells} |"


def test_readme_counts_duels_and_cases() -> None:
    announced = Announced(
        arm="L2 0.01", change=-0.5, low=-0.5, high=-0.3, runs=2, losses=[1.5, 1.7]
    )
    found = readme_table.Shown(
        kept=OPEN,
        open=OPEN,
        races=[
            made_up_race("L2 0.01", [1.6], [2.0], announced=announced),
            made_up_race("L2 0.01", [1.6], [2.0], announced=announced, data_seed=1),
        ],
    )
    tasks, trainings, duels, grid, intervals = readme_table.sentences(found)
    assert tasks == "2 tasks are held back (the kept half), 2 are open."
    assert trainings == "`check --data` ran 20 trainings on the average of 1 races."
    # Two differences of one sign: both signs alike come up in 2 of 4 ways.
    assert "On the open half: Optuna with two 2/0/0 (p 0.500), with ten 2/0/0" in duels
    assert "is -1.0% [-3.0%, +1.0%], floored -0.15 [-0.30, +0.00] on the kept" in grid
    assert "in 100.0% of 2 cases" in intervals


def test_intervals_hold_by_the_change_that_retraining_shows() -> None:
    def announced(low: float, high: float) -> Announced:
        return Announced(arm="L2 0.01", change=-0.5, low=low, high=high, runs=2, losses=[1.5, 1.7])

    # The change is 1.6 - 2 = -.4.
    found = [
        made_up_race("L2 0.01", [1.6], [2.0], announced=announced(-0.5, -0.3)),
        made_up_race("L2 0.01", [1.6], [2.0], announced=announced(-0.9, -0.5), budget=8.0),
        made_up_race("L2 0.01", [1.6], [2.0], announced=announced(-0.3, 0.0), task="u"),
        made_up_race("current", [2.0], [2.0]),
    ]
    assert covered(found).cases == 3
    assert covered(found).share == pytest.approx(1 / 3)
    assert covered(found[-1:]).cases == 0
    lines = coverage(found).split("\n")
    assert lines[1].split()[:3] == ["stopped", "2", "50.0%"]
    assert lines[2].split()[:5] == ["stopped,", "other", "budgets", "1", "0.0%"]
    assert lines[3] == "labels: confirmed 3, keep 1"


def test_points_of_a_picture_are_means_by_rising_cost() -> None:
    costs = [found.cost for found in plots.points(OPEN, OPTUNA)]
    assert costs == [2.0, 9.5, 55.0]
    assert plots.points(OPEN, OPTUNA)[0].regret == pytest.approx(25.0)  # percent
    partly = {**OPEN, Row(OPTUNA, 2): {"a": stands(0.2)}}
    assert [found.cost for found in plots.points(partly, OPTUNA)] == [9.5, 55.0]


def test_gain_is_told_by_the_current_recipes_loss() -> None:
    # 1.02 against 2 times the best loss.
    assert plots.left(OPEN, "b", ADVISOR) == pytest.approx(51.0)


def test_pictures_are_small_and_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    halves = {"kept half: 2 tasks": OPEN, "open half: 2 tasks": OPEN}
    first, again = plots.draw(halves, tmp_path / "1"), plots.draw(halves, tmp_path / "2")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    for path in first:
        assert path.stat().st_size < 100_000
        assert "kept half: 2 tasks" in path.read_text(encoding="utf-8")


def test_reading_what_is_stored_needs_neither_tensorflow_nor_a_tuner() -> None:
    code = (
        "import sys; from tests.benchmarks.advice import report; report.text(report.groups_of("
        "('open',))); sys.exit(any(name in sys.modules for name in"
        " ('tensorflow', 'keras', 'optuna', 'keras_tuner')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
