"""Hand-computed readings, regrets and stores: `pytest tests/benchmarks/advice`."""

from pathlib import Path

import numpy as np
import pytest

from advisor.candidates.arm import arm_name
from tests.benchmarks.advice import readings, store
from tests.benchmarks.advice.strategies import FIXED, fixed_arm, grid
from tests.benchmarks.advice.task_list import PAIRS, TASKS, halves


def test_stopped_reads_the_test_loss_where_validation_is_lowest() -> None:
    val = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    test = np.array([[9.0, 7.0, 8.0], [4.0, 5.0, 6.0]])
    assert readings.read(val, test, "stopped").tolist() == [7.0, 4.0]
    assert readings.read(val, test, "last").tolist() == [8.0, 6.0]
    assert readings.shown(val, "stopped").tolist() == [1.0, 1.0]


def test_oracle_takes_no_credit_for_luck() -> None:
    losses = np.array([[0.3, 0.9, 0.9], [0.5, 0.5, 1.1]])
    # Chosen on seeds (0,1): .6 against .5 -> arm 1, valued 1.1; (0,2): .6 against .8 -> arm 0,
    # valued .9; (1,2): .9 against .8 -> arm 1, valued .5. Mean 2.5 / 3; the lowest mean is .7.
    assert readings.oracle(losses) == pytest.approx(2.5 / 3)
    assert readings.oracle(losses[:, :1]) == 0.3
    # By two seeds and valued on the third, as above: arm 1 on the first, 0 on the second, 1.
    assert readings.best_by_seed(losses).tolist() == [0.5, 0.9, 1.1]


def test_regret_is_a_share_of_what_was_to_be_gained() -> None:
    assert readings.floored_regret(0.8, best=0.6, current=1.0) == pytest.approx(0.5)
    assert readings.floored_regret(0.5, best=0.6, current=1.0) == 0.0
    # Nothing to gain: counted in 5 % of the best loss, .02 / (.05 * 1)
    assert readings.floored_regret(1.02, best=1.0, current=1.0) == pytest.approx(0.4)
    assert readings.relative_regret(0.9, best=0.6) == pytest.approx(0.5)


def test_harm_needs_one_percent_and_significance() -> None:
    current = np.array([1.0, 1.1, 0.9, 1.0])
    assert readings.is_harmful(current + 0.3, current)
    assert not readings.is_harmful(current + 0.02, current)  # within the error of .058
    steady = np.array([1.0, 1.0001, 0.9999])
    assert not readings.is_harmful(steady * 1.005, steady)


def test_store_keeps_curves_to_a_twentieth_of_a_percent(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    losses = np.exp(rng.normal(size=(3, 2, 4, 9)))
    losses[0, 0, 0, :2] = [1e9, 0.0]
    truth = store.Truth(
        task="t",
        data_seed=2,
        arms=("current", "L2 0.01"),
        seeds=(5, 6, 7, 8),
        val_halves=losses[:2],
        test=losses[2],
        fresh=losses[1:, :, :, 0],
    )
    store.save([truth], tmp_path)
    (found,) = store.load("t", tmp_path)
    assert (found.arms, found.seeds, found.data_seed) == (truth.arms, truth.seeds, 2)
    assert found.test == pytest.approx(losses[2], rel=3e-4)
    assert found.fresh == pytest.approx(losses[1:, :, :, 0], rel=3e-4)
    assert found.val_halves[0, 0, 0, :2].tolist() == pytest.approx([1e3, 1e-4], rel=3e-4)
    assert store.load("other", tmp_path) == []
    assert store.first_drawing("t", tmp_path) is None  # another drawing is all there is


def test_one_of_each_pair_is_kept_back_and_both_are_of_a_kind() -> None:
    half = halves()
    assert len({task.name for task in TASKS}) == len(TASKS) >= 16
    for first, second in PAIRS:
        assert {half[first.name], half[second.name]} == {"open", "kept"}
        is_like = first.network.split()[0] == second.network.split()[0]
        assert is_like or (first.trait == second.trait and first.trait)


def test_the_list_holds_every_kind_that_it_promises() -> None:
    traits = [task.trait for task in TASKS]
    assert len(TASKS) >= 20
    assert traits.count("nothing helps") >= 4
    assert traits.count("over-regularized") >= 2
    assert traits.count("underfitting") >= 2
    assert min(task.n_train for task in TASKS) <= 200
    assert max(task.n_train for task in TASKS) == 10_000


def test_grid_has_thirty_strategies_and_all_fixed_advice() -> None:
    for is_regularized in (False, True):
        names = [arm_name(arm) for arm in grid(is_regularized)]
        assert len(set(names)) == len(names) >= 30
        assert names[0] == "current"
        assert {arm_name(fixed_arm(title, is_regularized)) for title in FIXED} <= set(names)
