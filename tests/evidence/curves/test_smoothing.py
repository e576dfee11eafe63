from math import inf, nan, sqrt

import pytest

from advisor.evidence.curves.smoothing import (
    Curve,
    Pair,
    Smoothed,
    finite_curve,
    jitter,
    window_length,
)
from tests.evidence.runs import VAL_LOSS, series


def smoothed(*values: float) -> Smoothed:
    return Smoothed(curve=Curve(epochs=tuple(range(1, len(values) + 1)), values=values))


@pytest.mark.parametrize(
    ("points", "window"), [(6, 3), (34, 3), (36, 4), (60, 6), (90, 9), (3000, 9)]
)
def test_window_is_a_tenth_of_the_run_between_3_and_9(points: int, window: int) -> None:
    assert window_length(points) == window


def test_non_finite_epochs_are_left_out_with_their_numbers() -> None:
    curve = finite_curve(series((0.5, nan, 0.4, inf, 1e39)))
    assert curve == Curve(epochs=(1, 3), values=(0.5, 0.4))


def test_curve_without_a_finite_value_is_none() -> None:
    assert finite_curve(series((nan, inf))) is None


def test_ends_are_medians_of_three_from_nine_points_on() -> None:
    nine = Curve(epochs=tuple(range(9)), values=(9, 1, 2, 5, 5, 5, 3, 8, 4))
    assert (nine.first, nine.last) == (2, 4)
    eight = Curve(epochs=tuple(range(8)), values=nine.values[:8])
    assert (eight.first, eight.last) == (9, 8)


def test_jitter_ignores_a_straight_trend() -> None:
    assert jitter((1.0, 0.75, 0.5, 0.25), 1) == 0


def test_jitter_is_the_scaled_median_second_difference() -> None:
    # 0 1 0 1 0: |0-2+0| = |1-0+1| = |0-2+0| = 2, times 1.4826 / sqrt(6) = 1.2105
    assert jitter((0, 1, 0, 1, 0), 1) == pytest.approx(1.4826 * 2 / sqrt(6))
    assert jitter((0, 1, 0, 1, 0), 2) == 0  # 0-0+0, the only one that fits


def test_worked_curve() -> None:
    curve = smoothed(*VAL_LOSS)
    assert curve.window == 3
    assert curve.means[4] == pytest.approx((0.5 + 0.52 + 0.57) / 3)  # .53, the lowest
    assert (curve.best_epochs, curve.best_epoch) == ((5, 6, 7), 6)
    assert curve.rebound == pytest.approx(0.72 - 0.53)
    # second differences .1 0 0 .12 .03 .04 -.03 0: median .03; 1.4826 * .03 / 2.44949 = .018158
    assert curve.sigma == pytest.approx(0.018158, abs=1e-6)
    # ten points: too few to look for slow noise; (1 + 4/10) * .018158 / 1.732051 = .014677
    assert curve.error == pytest.approx(0.014677, abs=1e-6)
    # 10/3 windows: Phi^-1(2.95833 / 3.58333) = Phi^-1(.825581) = .9369
    assert curve.luck == pytest.approx(0.9369, abs=1e-4)
    # (.19 / .014677 - .9369) / 1.2 = (12.9454 - .9369) / 1.2
    assert curve.z == pytest.approx(10.007, abs=1e-3)


def test_slow_noise_widens_the_error_where_windows_can_be_compared() -> None:
    # 24 points, windows of 3, two levels .1 apart in turns of 3 epochs. Second differences are 0
    # (8 of 22) or .1: median .1. The means run 1 1.0333 1.0667 1.1 1.0667 ...; their second
    # differences over 3 are .2 .0667 .0667 .2 ... (16 of them): median .0667
    curve = smoothed(*([1.0] * 3 + [1.1] * 3) * 4)
    fast = 1.4826 * 0.1 / sqrt(6) / sqrt(3)  # .0349
    slow = 1.4826 * (0.2 / 3) / sqrt(6)  # .0404
    assert slow > fast
    assert curve.error == pytest.approx((1 + 4 / 24) * slow)


def test_every_second_point_shows_slow_noise_in_shorter_runs() -> None:
    # 1 1 2 2 1 1 2 2 ...: second differences 1 at lag 1, 2 at lag 2 (1-4+1, 2-2+2)
    curve = smoothed(*([1.0, 1.0, 2.0, 2.0] * 4)[:14])
    assert curve.error == pytest.approx((1 + 4 / 14) * 1.4826 * 2 / sqrt(6) / sqrt(3))


def test_straight_lines_have_the_resolution_of_float32_as_error() -> None:
    v_shape = smoothed(*(1 - 0.1 * i for i in range(5)), *(0.7 + 0.1 * i for i in range(5)))
    assert v_shape.error == pytest.approx(2**-23 * 1.1, rel=1e-6)
    assert v_shape.z > 1e4


@pytest.mark.parametrize("level", [0.0, 0.7])
def test_constant_curve_has_no_rebound(level: float) -> None:
    curve = smoothed(*[level] * 10)
    assert curve.rebound == 0
    assert curve.z == pytest.approx(-curve.luck / 1.2)


def test_even_windows_call_the_earlier_middle_their_epoch() -> None:
    # 40 points: windows of 4; a dip over epochs 20 to 23
    curve = smoothed(*[1.0] * 19, *[0.5] * 4, *[1.0] * 17)
    assert (curve.best_epochs, curve.best_epoch) == ((20, 21, 22, 23), 21)


def test_pair_compares_only_epochs_that_have_both() -> None:
    pair = Pair(
        train=Curve(epochs=(1, 2, 3, 4), values=(4, 3, 2, 1)),
        validation=Curve(epochs=(2, 4, 6), values=(5, 6, 7)),
    )
    assert pair.common == ((2, 3, 5), (4, 1, 6))
    assert pair.means((1, 2, 3, 4)) == (2, 5.5)
    assert pair.means((6,)) is None
