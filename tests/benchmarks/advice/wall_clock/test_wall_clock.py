"""Ratios, means and scaling of the wall clock, counted by hand, and what the searches work on."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from advisor.candidates.arm import Arm
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR
from tests.benchmarks.advice.lineup import OPTUNA
from tests.benchmarks.advice.models import mlp
from tests.benchmarks.advice.task_list import SMOKE, halves
from tests.benchmarks.advice.wall_clock.__main__ import SAMPLE
from tests.benchmarks.advice.wall_clock.figures import (
    FIT,
    Reading,
    geometric_mean,
    load,
    save,
    seconds,
    shares,
    worth,
)
from tests.benchmarks.advice.wall_clock.optuna_study import still_to_come
from tests.benchmarks.advice.wall_clock.recipe import (
    DATA,
    KIND,
    MODEL,
    Finding,
    Job,
    Meter,
    Recipe,
    arm_at,
    load_found,
    load_job,
    save_found,
    save_job,
)
from tests.benchmarks.advice.wall_clock.table import lines

CUT = Row(OPTUNA, 10)
JOB = Job(task=SMOKE[0].name, epochs=2, batch_size=16, seed=1, limit=3)


def reading(
    row: Row,
    wall: float,
    *,
    task: str = "a",
    repeat: int = 0,
    shown: float | None = None,
    losses: tuple[float, ...] = (1.0,),
    measured: int | None = None,
) -> Reading:
    return Reading(
        task=task,
        repeat=repeat,
        contender=row.contender,
        budget=row.budget,
        wall=wall,
        cpu=2 * wall,
        busy=0.25,
        pick="L2 0.01",
        losses=losses,
        shown=shown,
        trials=100,
        measured=measured,
    )


READINGS = [
    reading(Row(FIT), 2.0, shown=0.5, losses=(1.0, 3.0)),
    reading(ADVISOR, 4.0, losses=(1.0, 2.0)),
    reading(ADVISOR, 9.0, losses=(1.0, 0.0)),
    reading(ADVISOR, 5.0, losses=(1.0, 2.0)),
    reading(CUT, 50.0, shown=0.4, losses=(1.0, 1.0)),
    reading(ADVISOR, 6.0, repeat=1),
    reading(CUT, 20.0, repeat=1, shown=0.5, losses=(0.1, 0.1)),
    reading(ADVISOR, 8.0, task="b"),
]


def test_ratios_are_of_one_repeat_and_of_the_median_turn() -> None:
    assert seconds(READINGS, ADVISOR, "wall") == {("a", 0): 5.0, ("a", 1): 6.0, ("b", 0): 8.0}
    assert seconds(READINGS, CUT, "cpu") == {("a", 0): 100.0, ("a", 1): 40.0}
    assert shares(READINGS, CUT, "wall") == {"a": [pytest.approx(0.1), pytest.approx(0.3)]}


def test_geometric_mean_is_that_of_ratios() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
    assert geometric_mean([0.1, 0.1, 0.8]) == pytest.approx(0.2)  # (.1 * .1 * .8) ** (1 / 3)


def test_worth_is_that_of_the_current_recipe_where_it_shows_as_low_a_loss() -> None:
    # Current: (1 + 3) / 2 = 2. The first search shows .4 < .5 and is worth 1 / 2; the second shows
    # .5 as well, so that the recipe stays.
    assert worth(READINGS, CUT) == {"a": pytest.approx((0.5 + 1.0) / 2)}
    own = [each for each in READINGS if each.task == "a" and each.repeat == 0]
    assert worth(own, ADVISOR) == {"a": pytest.approx((0.75 + 0.25 + 0.75) / 3)}


def test_rest_of_a_study_goes_on_like_its_trials_after_the_random_ones() -> None:
    # Ten random trials of 3 s, then ten of 1 s: eighty more take 80 s.
    marks = [100.0, *(103.0 + 3 * i for i in range(10)), *(131.0 + i for i in range(10))]
    assert still_to_come(marks, 100) == pytest.approx(80.0)
    assert still_to_come(marks, 20) == 0.0
    assert still_to_come(marks[:2], 1) == 0.0


def test_table_marks_what_was_scaled_and_names_the_share() -> None:
    readings = [*READINGS[:4], reading(CUT, 50.0, shown=0.4, losses=(1.0, 1.0), measured=20)]
    text = "\n".join(lines(readings, {CUT: {"a": 0.6}}))
    assert "~50.0 (100.0)" in text
    assert "0.100 (0.100 to 0.100)" in text
    assert "0.500 (0.600)" in text
    assert "20 of 100 trials ran" in text
    assert "25% of the cores" in text


def test_readings_come_back_as_they_were_stored(tmp_path: Path) -> None:
    assert load(tmp_path) == []
    save(READINGS, tmp_path)
    assert [each.row for each in load(tmp_path)] == [each.row for each in READINGS]
    assert worth(load(tmp_path), CUT) == worth(READINGS, CUT)


def test_sample_is_of_both_halves() -> None:
    assert {halves()[task] for task in SAMPLE} == {"open", "kept"}


def test_point_of_the_space_is_an_arm() -> None:
    assert arm_at("L1 + L2", {"L1": 1e-3, "L2": 1e-2}) == Arm(
        doses={"l1": 1e-3, "l2": 1e-2}, share=0
    )
    assert arm_at("current + dropout", {"dropout": 0.5}) == Arm(doses={"dropout": 0.5})
    assert arm_at("less", {"share": 0.1}) == Arm(share=0.1)


@pytest.mark.tensorflow
def test_meter_calls_once_where_an_epoch_would_be_beyond_the_limit() -> None:
    calls = []
    meter = Meter(3, lambda: calls.append(meter.epochs))
    watch = meter.callback()
    for epoch in range(5):
        watch.on_epoch_begin(epoch, {})
        watch.on_epoch_end(epoch, {})
    assert calls == [3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's files: a saved model with dropout of its own, and rows."""
    found = tmp_path_factory.mktemp("user")
    mlp(SMOKE[0], (20,), widths=(8,), learning_rate=0.02, dropout=0.3).save(found / MODEL)
    rng = np.random.default_rng(0)
    rows = {f"x_{part}": rng.normal(size=(8, 20)) for part in ("train", "val")}
    rows |= {f"y_{part}": rng.normal(size=8) for part in ("train", "val")}
    np.savez(found / DATA, allow_pickle=False, **rows)
    yield found


@pytest.mark.tensorflow
def test_model_is_the_users_with_what_was_drawn(folder: Path) -> None:
    recipe = Recipe(folder, JOB)
    assert "current + L2" in recipe.space.kinds
    values = {KIND: "dropout + L2", "dropout + L2: dropout": 0.4, "dropout + L2: L2": 0.02}
    model = recipe.model(values)
    assert [layer.name for layer in model.layers] == ["hidden_0", "dropout_0", "output"]
    hidden, dropout, output = model.layers
    assert dropout.rate == pytest.approx(0.4)
    assert hidden.kernel_regularizer.l2 == pytest.approx(0.02)
    assert output.kernel_regularizer.l2 == pytest.approx(0.02)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert model.loss == "mean_squared_error"
    with zipfile.ZipFile(folder / MODEL) as archive:
        assert json.loads(archive.read("config.json"))["compile_config"]  # the file as it was
    again = recipe.model({KIND: "less", "less: share": 0.1})
    assert again.layers[1].rate == pytest.approx(0.03)
    assert np.array_equal(again.layers[0].get_weights()[0], hidden.get_weights()[0])


def test_job_and_findings_pass_between_processes(tmp_path: Path) -> None:
    found = Finding(
        row="end",
        kind="L2",
        strengths={"L2": 0.01},
        shown=0.5,
        epochs=4,
        trials=2,
        wall=1.0,
        cpu=2.0,
    )
    save_job(tmp_path, JOB)
    save_found(tmp_path, [found])
    assert load_job(tmp_path) == JOB
    assert load_found(tmp_path) == [found]
    assert found.arm == Arm(doses={"l2": 0.01}, share=0)
