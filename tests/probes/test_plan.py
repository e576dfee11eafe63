"""How much of a race a budget affords."""

from dataclasses import replace

import pytest

from advisor.candidates.arm import Arm
from advisor.probes.plan import Protocol, RaceSettings, plan_race
from advisor.probes.trial import Costs
from tests.probes.fake_trainer import costs

PROTOCOL = Protocol()


def settings(**given: object) -> RaceSettings:
    return RaceSettings(**{"n_train": 300, "n_val": 100, "onset": 10, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("trials", range(12, 60))
def test_cheap_trials_are_full_length_and_unscreened(trials: int) -> None:
    plan = plan_race(costs(trials=trials), settings(), PROTOCOL)
    assert (plan.screen_arms, plan.epochs) == (0, 30)
    assert plan.allocation is not None
    assert trials - 2 < plan.trials <= trials


def test_more_budget_never_plans_fewer_arms_or_rounds() -> None:
    plans = [plan_race(costs(trials=n), settings(), PROTOCOL).allocation for n in range(12, 60)]
    assert None not in plans
    sizes = [plan.choosing for plan in plans if plan]
    # One more pair to confirm takes two trials.
    assert all(less <= more for less, more in zip(sizes, sizes[2:], strict=False))


@pytest.mark.parametrize("trials", range(2, 12))
def test_few_trials_are_shared_in_one_round(trials: int) -> None:
    price = costs(trials=trials, epochs=10)
    plan = plan_race(price, settings(onset=10), replace(PROTOCOL, screen_arms=0))
    assert plan.allocation is not None
    assert plan.trials <= trials
    assert plan.allocation.more == 0


def test_a_large_budget_goes_to_confirmation_in_the_end() -> None:
    plan = plan_race(costs(trials=300), settings(), PROTOCOL)
    assert plan.allocation is not None
    assert plan.allocation.choosing == PROTOCOL.most_choosing
    assert plan.allocation.confirm == PROTOCOL.most_confirm


def test_dear_trials_are_screened_and_last_one_and_a_half_onsets() -> None:
    plan = plan_race(costs(trials=6, steps=10), settings(onset=8), PROTOCOL)
    assert plan.screen_arms > 4
    assert plan.screen_epochs == 5  # 50 steps of 10 an epoch, more than 6 % of 30 epochs
    assert plan.epochs == 12


@pytest.mark.parametrize(
    ("given", "epochs"),
    [
        ({"onset": 1}, 15),  # .15 of the epochs
        ({"onset": 60}, 90),
        ({"onset": 80}, 100),
        ({"onset": None}, 100),
        ({"onset": 20, "policy": "last"}, 100),
    ],
)
def test_lengths_are_counted_in_onsets(given: dict[str, object], epochs: int) -> None:
    plan = plan_race(costs(trials=6, epochs=100), settings(**given), PROTOCOL)
    assert plan.epochs == epochs


def test_a_smaller_budget_drops_arms_and_never_shortens() -> None:
    price = Costs(full=1.0, setup=0.1, epochs=30, steps_per_epoch=50)
    plans = [plan_race(price, settings(budget=b), PROTOCOL) for b in (1.1, 2.0, 3.0, 5.0)]
    assert {plan.epochs for plan in plans} == {15}
    arms = [plan.allocation.anchors for plan in plans if plan.allocation]
    assert arms == sorted(arms)
    assert arms[0] == 1


def test_a_budget_for_one_training_alone_plans_nothing() -> None:
    price = Costs(full=1.0, setup=0.1, epochs=30, steps_per_epoch=50)
    assert plan_race(price, settings(budget=0.9), PROTOCOL).allocation is None
    assert plan_race(price, settings(budget=0.05), PROTOCOL).allocation is None


def test_named_arms_are_run_alone_in_as_many_rounds_as_fit() -> None:
    arms = (Arm(doses={"l2": 0.1}, share=0),)
    plan = plan_race(costs(trials=20), settings(arms=arms), PROTOCOL, named=1)
    assert plan.allocation is not None
    assert (plan.allocation.anchors, plan.allocation.finalists) == (1, 1)
    assert plan.allocation.rounds == 4
    assert plan.trials <= 20
