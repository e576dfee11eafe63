"""What trials say of arms that lie near each other."""

import numpy as np
import pytest

from advisor.candidates.arm import Arm
from advisor.probes.surface import Seen, Surface, coordinates, surface

RECIPE, WEAK, MIDDLE, STRONG, RATE = range(5)
ARMS = (
    Arm(),
    Arm(doses={"l2": 1e-3}, share=0),
    Arm(doses={"l2": 3e-3}, share=0),
    Arm(doses={"l2": 1e-1}, share=0),
    Arm(doses={"dropout": 0.5}, share=0),
)
POINTS = np.array([coordinates(arm, {}) for arm in ARMS])


def seen(pair: int, **changes: float) -> list[Seen]:
    places = {"recipe": RECIPE, "weak": WEAK, "middle": MIDDLE, "strong": STRONG, "rate": RATE}
    return [Seen(arm=places[name], pair=pair, change=x) for name, x in changes.items()]


def changes(found: Surface) -> list[float]:
    return (found.mean - found.mean[RECIPE]).tolist()


def test_an_arm_that_was_not_run_is_like_its_neighbours() -> None:
    found = changes(surface(POINTS, seen(1, recipe=0, weak=-0.1, strong=0.2, rate=0.1)))
    assert found[WEAK] < -0.03
    assert found[MIDDLE] == pytest.approx(found[WEAK], abs=0.03)
    assert found[STRONG] > 0.03


def test_many_pairs_say_what_their_mean_says_and_one_says_less() -> None:
    one = seen(1, recipe=0, weak=-0.1)
    many = [each for pair in range(8) for each in seen(pair, recipe=0, weak=-0.1)]
    few, sure = changes(surface(POINTS, one))[WEAK], changes(surface(POINTS, many))[WEAK]
    assert sure == pytest.approx(-0.1, abs=0.01)
    assert sure < few < 0


def test_what_a_pair_adds_to_all_of_its_arms_does_not_count() -> None:
    plain = [*seen(1, recipe=0, weak=-0.1, rate=0.1), *seen(2, recipe=0, weak=-0.08, rate=0.1)]
    shifted = [*plain[:3], *seen(2, recipe=0.3, weak=0.22, rate=0.4)]
    # Losses above the recipe's are tempered, so that the shift is not lost without a trace.
    assert changes(surface(POINTS, shifted))[WEAK] < 0 < changes(surface(POINTS, shifted))[RATE]


def test_overflowed_losses_leave_everything_finite() -> None:
    found = surface(POINTS, seen(1, recipe=0, weak=-0.1, strong=float("inf"), rate=-float("inf")))
    assert np.isfinite(found.mean).all()
    assert changes(found)[STRONG] > changes(found)[WEAK]


def test_the_best_comes_first_and_what_is_uncertain_before_what_is_bad() -> None:
    shown = [each for pair in range(4) for each in seen(pair, recipe=0, weak=-0.2, strong=2.0)]
    found = surface(POINTS, shown)
    asked = [WEAK, MIDDLE, STRONG, RATE]
    firsts = [found.promising(3, asked, (0, number)) for number in range(20)]
    assert all(set(first) == {WEAK, MIDDLE, RATE} for first in firsts)
    assert {first[0] for first in firsts} <= {WEAK, MIDDLE}
    assert found.promising(9, asked, (0, 1))[-1] == STRONG
    assert found.promising(3, asked, (0, 1)) == firsts[1]


def test_strengths_in_force_count_whatever_they_come_from() -> None:
    held = {"l2": 0.1}
    assert coordinates(Arm(share=0.1), held) == pytest.approx(
        coordinates(Arm(doses={"l2": 0.01}, share=0), held)
    )
    assert coordinates(Arm(share=0), held) == coordinates(Arm(), {})
    first = Arm(doses={"l1": 0.01}, share=0, where={"l1": "first"})
    assert coordinates(first, {}) != coordinates(Arm(doses={"l1": 0.01}, share=0), {})
