"""What helps a made-up task, and how verdicts on it are counted."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.advice import store, verdicts
from tests.benchmarks.advice.board import Board
from tests.benchmarks.advice.made_up import made_up_truth
from tests.benchmarks.advice.verdicts import Need, needed, present, side_of


def board(**losses: list[float]) -> Board:
    names = {"current": "current", "l2": "L2 0.01", "none": "none", "drop": "dropout 0.5"}
    values = np.array(list(losses.values()))
    return Board(arms=tuple(names[key] for key in losses), losses=values, best=1.0)


@pytest.mark.parametrize(
    ("arm", "side"),
    [
        ("current", None),
        ("none", "less"),
        ("0.3 of current", "less"),
        ("L2 0.001", "less"),
        ("L2 0.01", None),  # what it has already
        ("L2 0.1", "more"),
        ("dropout 0.2 + L2 0.01", "more"),
        ("dropout 0.2", "another kind"),
        ("dropout 0.5 + L2 0.001", "another kind"),
        ("current + dropout 0.5", "more"),
        ("current + L2 0.001", "less"),  # a strength that is named replaces the one there
    ],
)
def test_an_arm_adds_takes_away_or_does_both(arm: str, side: str | None) -> None:
    assert side_of(arm, {"L2": 0.01}) == side


@pytest.mark.parametrize(
    ("given", "has", "need"),
    [
        (board(current=[2.0, 2.1, 1.9], l2=[1.5, 1.5, 1.5]), {}, "more"),
        (board(current=[2.0, 2.1, 1.9], none=[1.5, 1.5, 1.5]), {"L2": 0.1}, "less"),
        (board(current=[2.0, 2.1, 1.9], l2=[1.97, 1.97, 1.97]), {}, "nothing"),  # 1.5 % is little
        # 1.9 is 5 % less, but an error of sqrt(.01 / 3 + .12 / 3) = .21 asks for .34.
        (board(current=[2.0, 2.1, 1.9], l2=[1.5, 2.1, 2.1]), {}, "nothing"),
        (board(current=[2.0, 2.0, 2.0], drop=[1.0, 1.0, 1.0]), {"L2": 0.1}, "another kind"),
        (
            board(current=[2.0] * 3, none=[1.8] * 3, drop=[1.0] * 3),
            {"L2": 0.1},
            "less",  # another kind helps more, but the recipe has too much of its own
        ),
    ],
)
def test_what_helps_is_told_by_losses(given: Board, has: dict[str, float], need: Need) -> None:
    assert needed(given, has) == need


def test_luck_does_not_help() -> None:
    # Each arm is lucky by one seed: chosen on the others, that seed's value is never taken.
    lucky = {"l2": [1.0, 2.0, 2.0], "drop": [2.0, 1.0, 2.0], "none": [2.0, 2.0, 1.0]}
    assert needed(board(current=[2.0] * 3, **lucky), {}) == "nothing"


def test_a_networks_own_regularization_is_known() -> None:
    assert present("wide-friedman1-decayed") == {"L2": 0.1}
    assert present("conv1d-bursts-n200") == {"dropout": 0.2}
    assert present("narrow-cancer-n200") == {}


def test_verdicts_are_counted_by_what_helps(tmp_path: Path) -> None:
    said = {
        "narrow-cancer-n200": "overfitting",
        "narrow-classes-n300": "healthy",
        "narrow-spirals-brief": "underfitting",
        "narrow-moons-n1500": "overfitting",
        "wide-dense-d50-n160": "overfitting",  # without a truth
    }
    helped = {"current": [2.0, 2.1, 1.9], "L2 0.01": [1.0, 1.0, 1.0]}
    helpless = {"current": [2.0, 2.1, 1.9], "L2 0.01": [2.0, 2.0, 2.0]}
    for task, losses in zip(said, (helped, helped, helpless, helpless), strict=False):
        store.save([made_up_truth(losses, task)], tmp_path)
    rows = {
        task: {"verdict": own, "said": "current", "arm": "current"} for task, own in said.items()
    }
    (tmp_path / "rules.json").write_text(json.dumps(rows), encoding="utf-8")
    lines = verdicts.confusion(list(said), "stopped", tmp_path).split("\n")
    table = {line[:32].strip(): line[32:].split() for line in lines[:-1]}
    assert table == {
        "stopped: what helps": ["overfitting", "underfitting", "healthy"],
        "more regularization": ["1", ".", "1"],
        "nothing": ["1", "1", "."],
        "made for: underfitting": [".", "1", "."],
        "made for: nothing helps": ["1", ".", "."],
    }
    assert lines[-1] == "the verdict agrees on 2 of 4 tasks"
