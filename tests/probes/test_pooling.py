"""Readings of curves, and arms compared pair by pair."""

from math import inf, nan

import pytest

from advisor.candidates.arm import Arm
from advisor.probes.choice import chosen_arm
from advisor.probes.pooling import mean, paired_differences
from advisor.probes.readings import TrialReading, read
from advisor.probes.trial import TrialCurve
from tests.probes.trials import result

ARMS = {
    "current": Arm(),
    "weak": Arm(doses={"l2": 1e-3}, share=0),
    "strong": Arm(doses={"l2": 1e-1}, share=0),
    "both": Arm(doses={"l2": 1e-3, "dropout": 0.5}, share=0),
}


def curve(first: tuple[float, ...], second: tuple[float, ...]) -> TrialCurve:
    whole = tuple((a + b) / 2 for a, b in zip(first, second, strict=True))
    return TrialCurve(val_loss=whole, val_halves=(first, second), objective=whole, steps=30)


def test_the_cross_fitted_reading_and_the_lowest_are_averaged() -> None:
    shown = curve((3.0, 1.0, 2.0), (4.0, 3.0, 2.0))
    # Epoch 2 is best on the first half: 3 on the second; epoch 3 on the second: 2 on the first.
    # That is 2.5, and the lowest on all rows is 2.
    assert read(shown, is_loss=True) == TrialReading(stopped=2.25, last=2.0, best_epoch=2)
    plain = read(shown, is_loss=True, is_cross_fitted=False)
    assert plain.stopped == 2.0


def test_another_objective_is_read_at_the_epoch_of_the_lowest_loss() -> None:
    shown = TrialCurve(
        val_loss=(2.0, 1.0, 3.0),
        val_halves=((2.0, 1.0, 3.0), (2.0, 1.0, 3.0)),
        objective=(0.5, 0.6, 0.7),
        steps=3,
    )
    found = read(shown, is_loss=False, is_maximized=True)
    assert found == TrialReading(stopped=0.6, last=0.7, best_epoch=2)


def test_what_is_not_a_number_is_infinitely_bad() -> None:
    shown = curve((nan, nan), (nan, nan))
    assert read(shown, is_loss=True) == TrialReading(stopped=inf, last=inf, best_epoch=1)
    accuracy = TrialCurve(val_loss=(nan,), val_halves=((nan,), (nan,)), objective=(nan,), steps=1)
    assert read(accuracy, is_loss=False, is_maximized=True).last == -inf


def test_an_arm_is_compared_on_the_pairs_it_has_run() -> None:
    trials = [
        result("current", 1, 1.0),
        result("weak", 1, 0.9),
        result("current", 2, 5.0),
        result("strong", 2, 4.0),
        result("strong", 1, 0.5),
        result("weak", 3, 0.1),  # the current recipe has not run here
        result("weak", 0, 0.2, start="saved"),
    ]
    assert paired_differences(trials, "weak", "current", "stopped") == pytest.approx((-0.1,))
    assert paired_differences(trials, "strong", "current", "stopped") == pytest.approx((-1.0, -0.5))


def test_a_longer_trial_of_the_same_pair_replaces_the_shorter() -> None:
    trials = [result("current", 1, 1.0), result("weak", 1, 0.9), result("weak", 1, 0.7)]
    assert paired_differences(trials, "weak", "current", "stopped") == pytest.approx((-0.3,))


def test_diverged_trials_never_win_and_never_make_a_nan() -> None:
    trials = [
        result("current", 1, 1.0),
        result("current", 2, inf),
        result("weak", 1, inf),
        result("weak", 2, inf),
    ]
    differences = paired_differences(trials, "weak", "current", "stopped")
    assert differences == (inf, 0.0)
    assert mean(differences) == inf
    assert mean((inf, -inf)) == inf
    assert chosen(trials) == "current"


def chosen(trials: list, *, tie: float = 0.005, maximized: bool = False) -> str:  # type: ignore[type-arg]
    return chosen_arm(trials, ARMS, "stopped", tie=tie, is_maximized=maximized)


def test_the_lowest_mean_wins() -> None:
    trials = [result("current", 1, 1.0), result("weak", 1, 0.9), result("both", 1, 0.8)]
    assert chosen(trials) == "both"
    assert chosen(trials, maximized=True) == "current"


def often(**readings: float) -> list:  # type: ignore[type-arg]
    """So many pairs that the surface says what their means say."""
    return [result(arm, pair, x) for pair in range(1, 9) for arm, x in readings.items()]


def test_of_near_equals_the_simplest_wins_and_the_current_recipe_is_simplest() -> None:
    assert chosen(often(current=1.0, weak=0.803, strong=0.801, both=0.8)) == "weak"
    assert chosen(often(current=1.0, weak=0.803, strong=0.801, both=0.78)) == "both"
    assert chosen(often(current=1.0, weak=0.997)) == "current"


def test_a_single_lucky_trial_wins_nothing() -> None:
    trials = [
        result("current", 1, 1.0),
        result("strong", 1, 0.5),
        result("weak", 1, 0.9),
        result("current", 2, 1.0),
        result("weak", 2, 0.9),
    ]
    assert chosen(trials) == "weak"


def test_without_trials_there_is_no_choice() -> None:
    assert chosen([]) == "current"
