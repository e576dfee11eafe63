"""Who chooses what from made-up results, and how it is valued."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.advice import contenders, races, replays, store
from tests.benchmarks.advice.choices import Choice, Row
from tests.benchmarks.advice.lineup import GRID, RANDOM, Pick
from tests.benchmarks.advice.made_up import made_up_race, made_up_truth

TRUTH = replace(
    made_up_truth(
        {
            "current": [2.0, 4.0, 3.0],
            "L2 0.01": [3.0, 1.0, 2.0],
            "none": [5.0, 5.0, 5.0],
            "current + L2 0.001": [6.0, 6.0, 6.0],
            "L2 0.001": [7.0, 7.0, 7.0],
        }
    ),
    fresh=np.array(
        [
            [[2.5, 4.5], [3.5, 1.5], [5.0, 5.0], [6.0, 6.0], [7.0, 7.0]],
            [[9.0, 8.0], [3.5, 1.5], [5.0, 5.0], [6.0, 6.0], [7.0, 7.0]],
        ]
    ),
)


def values(choices: list[Choice]) -> list[list[float]]:
    return [np.round(choice.losses, 2).tolist() for choice in choices]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    store.save([TRUTH], tmp_path)
    (drawing,) = store.load("t", tmp_path)
    raced = made_up_race("L2 0.02", [9.0, 9.0, 9.0], [2.0, 4.0, 3.0])
    usual = replace(raced, fresh=[1.0, 2.0])
    other = made_up_race("current", [2.0, 4.0, 3.0], [2.0, 4.0, 3.0], budget=8.0)
    elsewhere = made_up_race("L1 0.1", [9.0] * 3, [2.0] * 3, data_seed=1)
    last = made_up_race("L1 0.1", [9.0] * 3, [2.0] * 3, policy="last")
    races.save("t", {race.key: race for race in (usual, other, elsewhere, last)}, tmp_path)
    picks = {Row(GRID): [Pick(1, 1, 12)], Row(RANDOM, 2): [Pick(0, 0, 6)]}
    replays.save(drawing, {"stopped": picks}, tmp_path)
    advice = {"t": {"verdict": "overfitting", "said": "L2 0.02", "arm": "L2 0.01"}}
    (tmp_path / "rules.json").write_text(json.dumps(advice), encoding="utf-8")
    return tmp_path


def test_everyone_is_valued_on_the_fresh_seeds(results: Path) -> None:
    (contest,) = contenders.contests(["t", "not-trained"], "stopped", results).values()
    chosen = {row: list(choices) for row, choices in contest.choices.items()}
    assert values(chosen[contenders.ADVISOR]) == [[1.0, 2.0]]
    assert values(chosen[contenders.RULES_ALONE]) == [[3.5, 1.5]]
    assert values(chosen[Row(GRID)]) == [[3.5, 1.5]]
    assert values(chosen[Row(RANDOM, 2)]) == [[2.5, 4.5]]
    assert values(chosen[contenders.STOPPED]) == [[2.5, 4.5]]
    assert values(chosen[contenders.LAST]) == [[9.0, 8.0]]
    # The first seed chooses the recipe, 4.5 by the second; that one L2 .01, 3.5 by the first.
    assert contest.board.best == pytest.approx(4.0, rel=1e-3)


def test_costs_are_in_full_trainings(results: Path) -> None:
    chosen = contenders.contests(["t"], "stopped", results)["t"].choices
    assert chosen[Row(GRID)][0].cost == 3.0  # 12 epochs of 4
    assert chosen[Row(RANDOM, 2)][0].cost == 1.5
    assert chosen[contenders.ADVISOR][0].cost == 2.0
    assert chosen[contenders.STOPPED][0].cost == 0.0


def test_races_stand_by_their_budget_and_policy(results: Path) -> None:
    chosen = contenders.contests(["t"], "stopped", results)["t"].choices
    own = {row: {c.arm for c in choices} for row, choices in chosen.items() if "probes" in row[0]}
    assert own == {contenders.ADVISOR: {"L2 0.02"}, Row(contenders.ADVISOR[0], 8.0): {"current"}}
    assert contenders.contests(["t"], "last", results)["t"].choices[contenders.ADVISOR][0].arm == (
        "L1 0.1"
    )


def test_fixed_advice_is_put_on_top_of_what_a_recipe_has(results: Path) -> None:
    chosen = contenders.contests(["t"], "stopped", results)["t"].choices
    assert {choice.arm for choice in chosen[Row("L2 1e-3")]} == {"current + L2 0.001"}
    assert Row("dropout .5") not in chosen  # the network has no place for it


def test_nothing_stored_but_the_truth_leaves_who_needs_nothing_else(tmp_path: Path) -> None:
    store.save([TRUTH], tmp_path)
    (contest,) = contenders.contests(["t"], "last", tmp_path).values()
    assert set(contest.choices) == {
        contenders.STOPPED,
        contenders.LAST,
        contenders.RANDOM_ARM,
        Row("L2 1e-3"),
    }
    assert len(contest.choices[contenders.RANDOM_ARM]) == 4  # rivals
