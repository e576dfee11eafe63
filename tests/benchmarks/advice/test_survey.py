"""The survey's tasks as they are drawn, and its figures on made-up losses."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from tests.benchmarks.advice import report, survey, survey_tasks
from tests.benchmarks.advice.rules_alone import Advice
from tests.benchmarks.advice.survey import KEEP, OTHER, OVERFITTING, RULES, Surveyed
from tests.benchmarks.advice.task_list import TASKS
from tests.benchmarks.advice.tasks import Network, Task, draw
from tests.benchmarks.advice.workbench import Workbench

DRAWN = survey_tasks.survey()


def surveyed(
    task: str, verdict: str, arm: str, losses: Mapping[str, tuple[float, float]]
) -> Surveyed:
    return Surveyed(task=task, advice=Advice(verdict=verdict, said=arm, arm=arm), losses=losses)


OVERFITS = surveyed(
    "a",
    "overfitting",
    "L2 0.01",
    {
        "current": (0.0, 0.0),
        "L2 0.01": (-0.4, -0.5),
        "L2 0.001": (0.02, -0.1),
        "dropout 0.5": (-0.5, -0.75),
    },
)
HEALTHY = surveyed(
    "b",
    "healthy",
    "current",
    {"current": (0.0, 0.0), "L2 0.001": (0.005, 0.0), "L2 0.01": (0.25, 0.0)},
)
REGULARIZED = surveyed(
    "c",
    "over-regularized",
    "0.3 of current",
    {
        "current": (0.0, 0.0),
        "L2 0.001": (1.0, 1.0),
        "none": (-0.2, 0.1),
        "0.3 of current": (0.012, 0.1),
        "current + L2 0.001": (0.2, 0.1),
    },
)
ALL_THREE = (OVERFITS, HEALTHY, REGULARIZED)


def test_changes_are_of_the_mean_loss_against_the_current_recipes() -> None:
    # Validation prefers the first epoch for `current`, the second for the other arm.
    val = np.array([[[1.0, 2.0], [1.0, 2.0]], [[2.0, 1.0], [2.0, 1.0]]])
    test = np.array([[[1.0, 5.0], [3.0, 5.0]], [[9.0, 1.0], [9.0, 2.0]]])
    found = survey.changes(["current", "L2 0.01"], val=val, test=test)
    # Stopped 1.5 against 2, at the last epoch 1.5 against 5.
    assert found == {"current": (0.0, 0.0), "L2 0.01": (-0.25, -0.7)}


def test_changes_are_rounded_and_bounded_where_a_training_blows_up() -> None:
    val = np.array([[[3.0], [3.0]], [[3.0], [3.0]], [[np.inf], [np.inf]]])
    test = np.array([[[3.0], [3.0]], [[1.0], [1.0]], [[np.inf], [500.0]]])
    found = survey.changes(["current", "none", "L1 0.01"], val=val, test=test)
    assert found["none"] == (-0.6667, -0.6667)
    assert found["L1 0.01"] == (249.0, 249.0)  # (1000 + 500) / 2 against 3


def test_rules_are_summed_up_by_verdict() -> None:
    found = survey.summary(ALL_THREE, "stopped")
    own = found[survey.ALL][RULES]
    assert own.tasks == 3
    assert own.change == pytest.approx((-0.4 + 0 + 0.012) / 3)
    # Above the best: .6 / .5, 1 / 1 and 1.012 / .8.
    assert own.regret == pytest.approx((0.2 + 0 + 0.265) / 3)
    # Right are dropout; keep and L2; less.
    assert own.family == pytest.approx(2 / 3)
    assert own.raised == pytest.approx(1 / 3)  # by 1.2 %
    assert (found[OVERFITTING][RULES].tasks, found[OTHER][RULES].tasks) == (1, 2)
    assert found[OVERFITTING][RULES].regret == pytest.approx(0.2)
    assert found[OTHER][RULES].change == pytest.approx(0.006)


def test_keeping_changes_nothing_and_is_right_where_nothing_helps() -> None:
    own = survey.summary(ALL_THREE, "stopped")[survey.ALL][KEEP]
    assert (own.change, own.raised) == (0.0, 0.0)
    assert own.regret == pytest.approx((1 + 0 + 0.25) / 3)  # 1 / .5, 1 / 1 and 1 / .8
    assert own.family == pytest.approx(1 / 3)


def test_fixed_advice_is_put_on_top_and_only_where_there_is_place_for_it() -> None:
    found = survey.summary(ALL_THREE, "stopped")
    own = found[survey.ALL]["L2 1e-3"]
    # On top of what the third recipe has: .2, not 1.
    assert own.change == pytest.approx((0.02 + 0.005 + 0.2) / 3)
    assert own.regret == pytest.approx((1.02 / 0.5 - 1 + 0.005 + 1.2 / 0.8 - 1) / 3)
    assert own.family == pytest.approx(1 / 3)
    assert own.raised == pytest.approx(2 / 3)  # .5 % is no harm
    assert found[survey.ALL]["dropout .5"].tasks == 1
    assert "dropout .5" not in found[OTHER]
    assert "dropout .5 + L2 1e-3" not in found[survey.ALL]


def test_policies_are_told_apart_and_verdicts_that_do_not_occur_left_out() -> None:
    found = survey.summary([OVERFITS], "last")
    assert set(found) == {survey.ALL, OVERFITTING}
    assert found[survey.ALL][RULES].change == pytest.approx(-0.5)
    assert found[survey.ALL][RULES].regret == pytest.approx(1.0)  # .5 / .25


def test_what_is_stored_comes_back_a_line_a_task_by_name(tmp_path: Path) -> None:
    results = tmp_path / "not there yet"
    assert survey.load(results) == {}
    survey.save(reversed(ALL_THREE), results)
    assert list(survey.load(results).values()) == list(ALL_THREE)
    lines = (results / "survey.json").read_text(encoding="utf-8").splitlines()
    assert [line[:4] for line in lines] == ["{", '"a":', '"b":', '"c":', "}"]


def test_a_resumed_run_passes_over_what_is_stored(tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise LookupError

    task = replace(DRAWN[0], generate=refuse)  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        survey.measure(task, tmp_path / "cache", tmp_path)
    stored = replace(OVERFITS, task=task.name)
    survey.save([stored], tmp_path)
    survey.measure(task, tmp_path / "cache", tmp_path)
    assert survey.load(tmp_path) == {task.name: stored}


def test_advice_is_given_again_for_stored_tasks_alone_and_losses_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Advice(verdict="healthy", said="L2 0.02", arm="L2 0.01")
    asked = []

    def advice_for(task: Task, _: object, arms: list[str]) -> Advice:
        asked.append((task.name, arms))
        return said

    monkeypatch.setattr(survey, "advice_for", advice_for)
    monkeypatch.setattr(Workbench, "user_run", None)
    stored = replace(OVERFITS, task=DRAWN[1].name)
    survey.save([stored, HEALTHY], tmp_path)
    survey.advise_again(DRAWN[:3], tmp_path / "cache", tmp_path)
    assert asked == [(DRAWN[1].name, list(OVERFITS.losses))]
    assert survey.load(tmp_path) == {
        HEALTHY.task: HEALTHY,
        DRAWN[1].name: replace(stored, advice=said),
    }


def test_report_says_that_the_survey_is_no_evidence(tmp_path: Path) -> None:
    assert "survey" not in report.text({}, tmp_path)
    survey.save(ALL_THREE, tmp_path)
    lines = report.text({}, tmp_path).split("\n")
    assert lines[0] == "== survey: rules alone"
    assert lines[1].startswith("NOT EVIDENCE")
    rows = [line.split() for line in lines if line.startswith(RULES)]
    # All, overfitting, any other, under either policy; figures as above.
    assert [row[2] for row in rows] == ["3", "1", "2"] * 2
    assert rows[0][2:] == ["3", "-12.9%", "15.5%", "67%", "33%"]


def test_tasks_are_drawn_the_same_each_time() -> None:
    def shown(task: Task) -> tuple[object, ...]:
        build = getattr(task.build, "keywords", None)
        return task.name, task.network, task.n_train, task.epochs, task.batch_size, build

    assert [shown(task) for task in DRAWN] == [shown(task) for task in survey_tasks.survey()]


def test_tasks_are_new_ones_of_every_kind_of_network() -> None:
    names = {task.name for task in DRAWN}
    assert len(names) == len(DRAWN) == 70
    assert not names & {task.name for task in TASKS}
    assert {task.network for task in DRAWN} == set(get_args(Network))


def test_networks_are_called_by_what_is_built() -> None:
    for task in DRAWN:
        keywords = getattr(task.build, "keywords", {})
        assert (task.network == "residual MLP") <= ("blocks" in keywords)
        assert (task.network == "narrow MLP") <= (max(keywords.get("widths", (0,))) < 32)
        assert (task.network == "wide MLP") <= (min(keywords.get("widths", (0,))) >= 32)


@pytest.mark.parametrize("task", DRAWN[:18], ids=lambda task: task.name)
def test_every_kind_of_task_draws_rows_of_the_right_shapes(task: Task) -> None:
    drawn = draw(replace(task, n_test=20), 0)
    parts = (drawn.train, drawn.val, drawn.test)
    for part, rows in zip(parts, (task.n_train, task.n_val, 20), strict=True):
        assert part.inputs[0].shape == (rows, *drawn.shape)
        assert part.targets[0].shape == (rows,)
        assert np.isfinite(part.inputs[0]).all()
    y = np.concatenate([part.targets[0] for part in parts])
    classes = {"multiclass": task.classes, "binary": 2}
    if task.target in classes:
        assert set(y.tolist()) == set(range(classes[task.target]))
