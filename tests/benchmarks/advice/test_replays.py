"""Stored picks of replayed searches: `pytest tests/benchmarks/advice`."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.advice import rebuild, replays, store
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.ledger import field_of
from tests.benchmarks.advice.lineup import RANDOM, SEARCHES, Pick, Search, replayed
from tests.benchmarks.advice.made_up import made_up_truth
from tests.benchmarks.advice.searches import whole_grid
from tests.benchmarks.advice.task_list import TASKS

TRUTH = made_up_truth({"current": [2.0, 2.0], "L2 0.01": [1.0, 3.0], "none": [3.0, 1.0]})


def test_picks_come_back_as_they_were_stored(tmp_path: Path) -> None:
    picks = {Row(RANDOM, 3): [Pick(1, 0, 12), Pick(2, 1, 8)], Row("grid"): [Pick(0, 1, 4)]}
    replays.save(TRUTH, {"stopped": picks, "last": {}}, tmp_path)
    assert replays.load(TRUTH, tmp_path) == {"stopped": picks}


def test_picks_of_another_grid_are_not_taken_for_these_arms(tmp_path: Path) -> None:
    replays.save(TRUTH, {"stopped": {Row("grid"): [Pick(2, 0, 8)]}}, tmp_path)
    other = made_up_truth({"current": [2.0, 2.0], "none": [3.0, 1.0], "L2 0.01": [1.0, 3.0]})
    assert replays.load(other, tmp_path) == {}
    assert replays.load(made_up_truth({"current": [1.0]}, task="u"), tmp_path) == {}


@pytest.fixture
def only_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = (
        Search(title="grid", run=whole_grid, budgets=(1, None)),
        Search(title="absent", run=whole_grid, budgets=(None,), package="no_such_package"),
    )
    monkeypatch.setattr(replays, "SEARCHES", searches)


@pytest.mark.usefixtures("only_the_grid")
def test_replays_are_complete_without_what_is_not_installed() -> None:
    picks = replays.replay(TRUTH, "stopped", replays=2)
    # Seed 0 sees 1 of `L2 0.01`, the first it trains; seed 1 sees 3 of that and 1 of `none`.
    assert picks[Row("grid", 1)] == [Pick(1, 0, 4), Pick(0, 1, 4)]
    assert picks[Row("grid")] == [Pick(1, 0, 8), Pick(2, 1, 8)]
    assert replays.is_complete(picks)
    assert not replays.is_complete({Row("grid"): picks[Row("grid")]})


@pytest.mark.usefixtures("only_the_grid")
def test_replaying_passes_over_what_is_stored_and_keeps_the_rest(tmp_path: Path) -> None:
    store.save([TRUTH], tmp_path)
    (drawing,) = store.load("t", tmp_path)
    kept = {Row("grid", 1): [Pick(2, 0, 4)], Row("grid"): [Pick(2, 0, 4)], Row("absent"): []}
    replays.save(drawing, {"stopped": kept}, tmp_path)
    order = rebuild.Order(tasks=(), policies=("stopped",), replays=1, results=tmp_path)
    rebuild.replay_task("t", order)
    assert replays.load(drawing, tmp_path)["stopped"] == kept
    rebuild.replay_task("t", replace(order, is_again=True))
    assert replays.load(drawing, tmp_path)["stopped"] == {
        Row("grid", 1): [Pick(1, 0, 4)],
        Row("grid"): [Pick(1, 0, 8)],
        Row("absent"): [],
    }
    rebuild.replay_task("no-truth", order)


def test_other_budgets_and_drawings_are_raced_by_fewer_seeds() -> None:
    order = rebuild.Order(budgets=(2.5, 8.0))
    by_first = [(key.policy, key.budget, key.seed) for key in rebuild.race_keys(order, 0)]
    assert by_first == [
        *(("stopped", 2.5, seed) for seed in (1, 2, 3, 4)),
        *(("stopped", 8.0, seed) for seed in (1, 2)),
        *(("last", 2.5, seed) for seed in (1, 2, 3, 4)),
        *(("last", 8.0, seed) for seed in (1, 2)),
    ]
    further = [(key.policy, key.budget, key.seed) for key in rebuild.race_keys(order, 2)]
    assert further == [("stopped", 2.5, 1), ("stopped", 2.5, 2)]
    (named,) = rebuild.race_keys(replace(order, budgets=(8.0,), policies=("last",), seeds=(7,)), 0)
    assert (named.seed, named.budget) == (7, 8.0)


def test_stored_replays_are_what_a_replay_gives_today() -> None:
    """Of the searches that need no package, on every task: a new truth asks for new replays."""
    for task in TASKS:
        drawing = store.first_drawing(task.name)
        stored = replays.load(drawing) if drawing is not None else {}
        for policy, picks in stored.items():
            for search in SEARCHES:
                if drawing is not None and search.package is None:
                    today = replayed(search, field_of(drawing, policy), replays.REPLAYS)
                    assert today == {row: picks[row] for row in search.rows}, task.name
