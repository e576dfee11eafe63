"""Three made-up drawings of a task."""

from pathlib import Path

import pytest

from tests.benchmarks.advice import races, store
from tests.benchmarks.advice.drawings import ADVISOR, CURRENT, drawings, drawings_table
from tests.benchmarks.advice.made_up import made_up_race, made_up_truth
from tests.benchmarks.advice.races import Race

GRID = {  # three seeds that the drawings share, and two further ones
    "current": [2.0, 2.0, 2.0, 9.0, 9.0],
    "L2 0.001": [1.5, 1.5, 1.5, 9.0, 9.0],
    "L2 0.01": [1.0, 1.0, 1.0, 9.0, 9.0],
    "L1 0.01": [0.5, 0.5, 0.5, 0.5, 0.5],  # not one of the eight
}
FURTHER = {"current": [4.0] * 3, "L2 0.001": [4.4] * 3, "L2 0.01": [2.0] * 3}
TASK = "narrow-cancer-n200"


def stored(tmp_path: Path, *raced: Race) -> Path:
    truths = [made_up_truth(GRID, TASK), *(made_up_truth(FURTHER, TASK, s) for s in (1, 2))]
    store.save(truths, tmp_path)
    races.save(TASK, {race.key: race for race in raced}, tmp_path)
    return tmp_path


def race(pick: str, losses: list[float], data_seed: int, seed: int = 1) -> Race:
    return made_up_race(pick, losses, [0.0] * 5, task=TASK, data_seed=data_seed, seed=seed)


ALL = (
    race("L2 0.02", [1.1, 1.1, 1.1, 9.0, 9.0], 0),
    race("L1 0.02", [0.9, 0.9, 0.9, 9.0, 9.0], 0, seed=2),
    race("L2 0.02", [3.0, 3.0, 3.0, 9.0, 9.0], 1),
    race("L2 0.1", [5.0, 5.1, 4.9, 9.0, 9.0], 2),
)


def test_every_drawing_is_read_on_the_same_arms_and_seeds(tmp_path: Path) -> None:
    first, second, third = drawings(TASK, "stopped", stored(tmp_path, *ALL))
    assert [d.best for d in (first, second, third)] == pytest.approx([1.0, 2.0, 2.0], rel=1e-3)
    assert first.regret(ADVISOR) == pytest.approx(0.0, abs=1e-3)  # mean of 1.1 and .9
    assert second.regret(ADVISOR) == pytest.approx(0.5, rel=1e-3)
    assert second.change(ADVISOR) == pytest.approx(-0.25, rel=1e-3)
    assert second.regret(CURRENT) == pytest.approx(1.0, rel=1e-3)
    assert [first.regret("L2 1e-3"), second.regret("L2 1e-3")] == pytest.approx(
        [0.5, 1.2], rel=1e-3
    )
    assert [d.harm(ADVISOR) for d in (first, second, third)] == [0.0, 0.0, 1.0]
    assert first.families == {"L1", "L2"}


def test_table_says_how_far_the_drawings_lie_apart(tmp_path: Path) -> None:
    lines = drawings_table([TASK, "not-trained"], "stopped", stored(tmp_path, *ALL)).split("\n")
    by_title = {line[:32].strip(): line[32:].split() for line in lines[1:-1]}
    # 0, 50 and 150 %: mean 66.7, deviations 66.7, 16.7, 83.3, so sqrt(11667 / 2) = 76.4.
    # Of the current losses 1, .75 and 1.25 times: -50 %, -25 %, +25 %, mean -16.7 %.
    assert by_title[ADVISOR][:4] == ["1", "0.0%", "50.0%", "150.0%"]
    assert by_title[ADVISOR][4] == "66.7%"
    assert by_title[ADVISOR][-3:] == ["76.4%", "-16.7%", "33%"]
    assert by_title["L2 1e-3"][:4] == ["1", "50.0%", "120.0%", "120.0%"]
    assert lines[-1] == "a family that the advisor names on every drawing: 1 of 1"


def test_a_drawing_without_a_race_leaves_its_task_out(tmp_path: Path) -> None:
    results = stored(tmp_path, *ALL[:3])
    assert drawings(TASK, "stopped", results) == ()
    assert drawings(TASK, "last", results) == ()
    assert "no task" in drawings_table([TASK], "stopped", results)
