"""Budgets, brackets and spaces of the replayed searches, counted by hand."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from advisor.candidates.arm import arm_name
from advisor.probes.outcome import Policy
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.keras_hyperband import keras_hyperband
from tests.benchmarks.advice.ledger import BudgetSpentError, Field, Ledger
from tests.benchmarks.advice.lineup import Pick, Search, replayed
from tests.benchmarks.advice.optuna_search import PRUNERS, TRIALS, optuna_search
from tests.benchmarks.advice.readings import Floats
from tests.benchmarks.advice.rules_alone import nearest_arm
from tests.benchmarks.advice.searches import random_search, screen, whole_grid
from tests.benchmarks.advice.space import Dial, family_of, space_of
from tests.benchmarks.advice.strategies import grid

ARMS = ("current", "L2 0.001", "L2 0.01", "dropout 0.5")
CURVES = (
    (4.0, 3.0, 5.0, 9.0),  # falls and rises
    (5.0, 4.0, 3.0, 2.0),
    (6.0, 5.0, 1.0, 4.0),
    (3.5, 3.5, 3.5, 3.5),
)


def field_like(curves: Floats, arms: tuple[str, ...], policy: Policy) -> Field:
    """Arms by these validation curves [arms, epochs], alike for two seeds."""
    return Field(arms=arms, val=np.stack([curves, curves], axis=1), policy=policy)


def ledger(policy: Policy = "stopped", limit: int | None = None) -> Ledger:
    return Ledger(
        field_like(np.array(CURVES), ARMS, policy), 0, np.random.default_rng(0), limit=limit
    )


def many_arms(epochs: int) -> Field:
    """The whole grid, with flat curves: L2 .01 is best, and strengths near it are nearly so."""
    arms = tuple(arm_name(arm) for arm in grid(is_regularized=False))
    losses = [1.0 if name == "L2 0.01" else 1.2 if "L2" in name else 2.0 for name in arms]
    return field_like(np.repeat(np.array(losses)[:, None], epochs, axis=1), arms, "stopped")


def test_ledger_counts_epochs_and_begins_nothing_that_it_can_not_pay() -> None:
    own = ledger(limit=7)
    assert own.pay(1, 2) == 4.0
    assert own.pay(1, 4, since=2) == 2.0
    assert own.spent() == 2 + 2
    with pytest.raises(BudgetSpentError):
        own.pay(2, 4)  # 4 + 4 are more than 7
    own.pay(2, 3)
    assert own.spent() == 2 + 2 + 3
    assert own.spent(1) == 2 + 2  # a full training has 4 epochs


def test_pick_within_a_budget_knows_nothing_of_later_trainings() -> None:
    own = ledger()
    own.pay(3, 4)  # shows 3.5: the recipe as it is has shown 3
    own.pay(2, 4)  # shows 1
    assert [own.pick(budget) for budget in (0, 1, 2, None)] == [0, 0, 2, 2]


def test_last_epoch_compares_full_trainings_only_and_no_pruned_ones() -> None:
    own = ledger("last")
    own.pay(2, 3)  # shows 1 after three epochs, and would show 4 after all
    assert own.pick() == 0
    own.pay(3, 4, is_candidate=False)
    assert own.pick() == 0
    own.pay(1, 4)
    assert own.pick() == 1
    early = ledger("stopped")
    early.pay(2, 3)
    assert early.pick() == 2


def test_screen_pays_an_epoch_an_arm_and_goes_on_with_the_best_after_it() -> None:
    own = ledger()
    screen(own, top=1)
    assert own.spent() == 3 * 1 + 3
    assert own.trainings[-1].arm == 3  # 3.5 after one epoch against 5 and 6
    assert own.pick() == 0  # 3.5 in full against 3
    wider = ledger()
    screen(wider, top=2)
    assert wider.spent() == 3 * 1 + 2 * 3
    assert wider.pick() == 1


def test_random_search_and_grid_train_in_full() -> None:
    own = ledger()
    random_search(own)
    assert own.spent() == 3 * 4
    assert sorted(each.arm for each in own.trainings) == [0, 1, 2, 3]
    every = ledger()
    whole_grid(every)
    assert every.spent() == 3 * 4
    assert every.pick() == 2


def test_search_is_read_at_each_budget_and_the_seeds_take_turns() -> None:
    field = field_like(np.array(CURVES), ARMS, "last")
    search = Search(title="grid", run=whole_grid, budgets=(0, 1, 2, None))
    picks = replayed(search, field, replays=3)
    # In the grid's order: L2 .001 ends at 2, L2 .01 at 4, dropout at 3.5; the recipe at 9.
    assert picks[Row("grid", 0)] == [Pick(0, 0, 0), Pick(0, 1, 0), Pick(0, 0, 0)]
    assert picks[Row("grid", 1)] == [Pick(1, 0, 4), Pick(1, 1, 4), Pick(1, 0, 4)]
    assert picks[Row("grid", 2)] == [Pick(1, 0, 8), Pick(1, 1, 8), Pick(1, 0, 8)]
    assert picks[Row("grid")] == [Pick(1, 0, 12), Pick(1, 1, 12)]  # to its end once a seed


def test_space_keeps_kinds_apart_and_snaps_in_decades() -> None:
    arms = [arm_name(arm) for arm in grid(is_regularized=True)]
    space = space_of(arms, range(1, len(arms)))
    assert sum(map(len, space.kinds.values())) == len(arms) - 1
    assert space.dials["L2"] == (Dial(name="L2", low=3e-4, high=1e-1),)
    assert space.dials["less"] == (Dial(name="share", low=0.0, high=0.3),)
    assert space.dials["current + L2"] == ()
    # In decades .0018 lies nearer to .003 (.22) than to .001 (.26); linearly it would not.
    assert arms[space.nearest("L2", {"L2": 0.0018})] == "L2 0.003"
    assert arms[space.nearest("dropout", {"dropout": 0.42})] == "dropout 0.35"
    assert arms[space.nearest("less", {"share": 0.04})] == "none"
    assert arms[space.nearest("dropout + L2", {"dropout": 0.4, "L2": 0.02})] == (
        "dropout 0.5 + L2 0.03"
    )


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("current", "keep"),
        ("none", "less"),
        ("half of current", "less"),
        ("0.1 of current", "less"),
        ("L1 1e-05 (first layer)", "L1"),
        ("dropout 0.3 + L2 0.002", "dropout + L2"),
        ("current + L2 0.001", "L2"),
    ],
)
def test_family_is_told_by_an_arms_name(name: str, family: str) -> None:
    assert family_of(name) == family


def test_rules_are_valued_at_the_nearest_arm_of_their_kind() -> None:
    arms = [arm_name(arm) for arm in grid(is_regularized=True)]
    assert nearest_arm("current", arms) == "current"
    assert nearest_arm("half of current", arms) == "0.3 of current"
    assert nearest_arm("dropout 0.4 + L2 0.004", arms) == "dropout 0.5 + L2 0.01"


@pytest.mark.tensorflow
def test_keras_tuners_brackets_are_the_published_ones() -> None:
    pytest.importorskip("keras_tuner")
    own = Ledger(many_arms(40), 0, np.random.default_rng(0))
    keras_hyperband(own)
    # 40 epochs, factor 3: brackets 3 to 0, as 40 / 27 >= 1 > 40 / 81; ceil(1 + log3(40)) = 5, so
    # that bracket b starts ceil(5 / (b + 1) * 3^b) trials and promotes a third of them:
    # 34, 12, 4, 2 up to 2, 5, 14, 40 epochs; 15, 5, 2 up to 5, 14, 40; 8, 3 up to 14, 40; 5 to 40.
    lengths = Counter(each.epochs for each in own.trainings[1:])
    assert lengths == {2: 34, 5: 12 + 15, 14: 4 + 5 + 8, 40: 2 + 2 + 3 + 5}
    # 34*2 + 12*3 + 4*9 + 2*26 + 15*5 + 5*9 + 2*26 + 8*14 + 3*26 + 5*40
    assert own.spent() == 754
    assert own.field.arms[own.pick()] == "L2 0.01"


def test_optuna_prunes_what_falls_behind_and_pays_for_as_much_as_it_ran() -> None:
    pytest.importorskip("optuna")
    for pruner, is_short in product(PRUNERS, (False, True)):
        own, again = (Ledger(many_arms(10), 0, np.random.default_rng(3)) for _ in range(2))
        optuna_search(own, pruner, is_short=is_short)
        optuna_search(again, pruner, is_short=is_short)
        assert own.trainings == again.trainings
        assert len(own.trainings) == 1 + TRIALS
        assert own.field.arms[own.pick()] == "L2 0.01"
        pruned = [each for each in own.trainings if not each.is_candidate]
        assert pruned
        assert all(each.epochs < 10 for each in pruned)
        assert own.spent() == sum(each.epochs for each in own.trainings[1:])


def test_search_without_its_package_is_known_to_be_left_out() -> None:
    assert Search(title="grid", run=whole_grid, budgets=(None,)).is_installed
    absent = Search(title="absent", run=whole_grid, budgets=(None,), package="no_such_package")
    assert not absent.is_installed
