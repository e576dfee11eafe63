from math import inf, log, nan, sqrt

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


def test_jitter_ignores_a_straight_trend_and_an_even_bend() -> None:
    assert jitter((1.0, 0.75, 0.5, 0.25), 1) == 0
    assert jitter((16, 9, 4, 1, 0, 1, 4), 1) == 0
    assert jitter((16, 9, 4, 1, 0, 1, 4), 2) == 0


def test_jitter_is_the_scaled_median_third_difference() -> None:
    # 0 1 0 1 0: |1 - 3*0 + 3*1 - 0| = |0 - 3*1 + 3*0 - 1| = 4, times 1.4826 / sqrt(20) = 1.3261
    assert jitter((0, 1, 0, 1, 0), 1) == pytest.approx(1.4826 * 4 / sqrt(20))
    assert jitter((0, 1, 0, 1, 0), 2) == 0  # none fits
    assert jitter((0, 1, 0, 1, 0, 1, 1), 2) == pytest.approx(1.4826 * 1 / sqrt(20))  # 1-0+0-0


def test_worked_curve() -> None:
    curve = smoothed(*VAL_LOSS)
    assert curve.window == 3
    assert curve.means[4] == pytest.approx((0.5 + 0.52 + 0.57) / 3)  # .53, the lowest
    assert (curve.best_epochs, curve.best_epoch) == ((5, 6, 7), 6)
    assert curve.rebound == pytest.approx(0.72 - 0.53)
    # logarithms 0 -.2231 -.3567 -.5108 -.6931 -.6539 -.5621 -.4155 -.3285 -.2485, their third
    # differences -.1102 -.0076 .2497 -.1690 .0022 -.1144 .0526: median .110231;
    # 1.4826 * .110231 / 4.472136 = .0365439 of .625, midway between .53 and .72
    assert curve.sigma == pytest.approx(0.0228399, abs=1e-6)
    # ten points: no slow noise to be seen; (1 + 4/10) * 1.25 * .0228399 / 1.732051 = .0230766
    assert curve.error == pytest.approx(0.0230766, abs=1e-6)
    # 10/3 windows: Phi^-1(2.95833 / 3.58333) = Phi^-1(.825581) = .9369
    assert curve.luck == pytest.approx(0.9369, abs=1e-4)
    # (.19 / .0230766 - .9369) / 1.2 = (8.2335 - .9369) / 1.2
    assert curve.z == pytest.approx(6.0805, abs=1e-3)


def test_slow_noise_widens_the_error_where_windows_can_be_compared() -> None:
    # 24 points below zero, windows of 3, two levels .1 apart in turns of 3 epochs. Third
    # differences are .1 (14 of 21) or .2: median .1. The means run -1 -.9667 -.9333 -.9 -.9333 ...;
    # their third differences over 3 are .4 (5 of 13) or .1333: median .1333
    curve = smoothed(*([-1.0] * 3 + [-0.9] * 3) * 4)
    fast = 1.4826 * 0.1 / sqrt(20) / sqrt(3)  # .0191
    slow = 1.4826 * (0.4 / 3) / sqrt(20)  # .0442
    assert slow > fast
    assert curve.error == pytest.approx((1 + 4 / 24) * 1.25 * slow)


def test_every_second_point_shows_slow_noise_in_shorter_runs() -> None:
    # 1 1 2 2 1 1 2 2 ...: third differences of the logarithms 0 or 2 ln 2 at lag 1, 4 ln 2 at
    # lag 2; the lowest window 1 1 2 and the last 2 1 1 have the mean 4/3
    curve = smoothed(*([1.0, 1.0, 2.0, 2.0] * 4)[:14])
    share = 1.4826 * 4 * log(2) / sqrt(20) / sqrt(3)
    assert curve.error == pytest.approx((1 + 4 / 14) * 1.25 * share * 4 / 3)


def test_noise_is_proportional_to_a_positive_loss_and_even_otherwise() -> None:
    # .1 up and down around levels that halve: the noise at the end is .1 of the end
    halving = [(1 + 0.1 * (-1) ** i) * 0.5**i for i in range(12)]
    relative = 1.4826 * 4 * log(1.1 / 0.9) / sqrt(20)
    curve = smoothed(*halving)
    assert curve.sigma == pytest.approx(relative * sum(halving[-3:]) / 3)
    assert smoothed(*(value - 1 for value in halving)).sigma > 10 * curve.sigma


def test_smooth_descent_is_not_taken_for_noise() -> None:
    # second differences would let a rebound of 31 % hide in it
    curve = smoothed(*(0.16 + 2 * 0.9**epoch for epoch in range(40)))
    assert 1.645 * 1.2 * curve.error / curve.lowest < 0.02


def test_geometric_curves_have_the_resolution_of_float32_as_error() -> None:
    v_shape = smoothed(*(1.1 * 0.8**i for i in range(5)), *(0.5 * 1.2**i for i in range(5)))
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
