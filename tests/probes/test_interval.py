"""The interval of Nadeau & Bengio, and the labels."""

from math import inf, sqrt

import pytest

from advisor.probes.interval import Interval, interval
from advisor.probes.label import assumed_gain_probability, label_of


@pytest.mark.parametrize(
    ("degrees", "t"),  # the 95 % column of any table of Student's t
    [(1, 6.313752), (2, 2.919986), (3, 2.353363), (4, 2.131847), (7, 1.894579), (10, 1.812461)],
)
def test_reach_is_the_quantile_of_the_tables(degrees: int, t: float) -> None:
    # 0, then degrees times 1: s^2 = (1 - 1/n) / degrees, n = degrees + 1; the error sqrt(s^2 / n)
    differences = [0.0, *[1.0] * degrees]
    n = degrees + 1
    error = sqrt((1 - 1 / n) / degrees / n)
    found = interval(differences, n_train=100, n_val=0, level=0.9)
    assert found is not None
    assert (found.high - found.mean) / error == pytest.approx(t, abs=1e-6)
    shifted = [each - degrees / n - t * error for each in differences]
    moved = interval(shifted, n_train=100, n_val=0, level=0.9)
    assert moved is not None
    assert moved.gain_probability == pytest.approx(0.95, abs=1e-7)


def test_interval_of_three_differences() -> None:
    found = interval([-0.1, -0.2, -0.3], n_train=300, n_val=100, level=0.9)
    assert found is not None
    # mean -.2, s^2 = (.01 + 0 + .01) / 2 = .01; error = sqrt(.01 * (1/3 + 1/3)) = .0816497;
    # t(.95, 2) = 2.919986: reach .238416
    assert found.mean == pytest.approx(-0.2)
    assert found.low == pytest.approx(-0.438416, abs=1e-5)
    assert found.high == pytest.approx(0.038416, abs=1e-5)
    # t = .2 / .0816497 = 2.449490, and for two degrees P = 1/2 + t / (2 sqrt(2 + t^2)) = .933013
    assert found.gain_probability == pytest.approx(0.933013, abs=1e-5)


def test_one_difference_or_an_infinite_one_gives_no_interval() -> None:
    assert interval([-0.1], n_train=3, n_val=1, level=0.9) is None
    assert interval([-0.1, -inf], n_train=3, n_val=1, level=0.9) is None


def test_equal_differences_leave_no_doubt() -> None:
    found = interval([-0.1, -0.1], n_train=3, n_val=1, level=0.9)
    assert found == Interval(mean=-0.1, low=-0.1, high=-0.1, gain_probability=1.0)


def test_assumed_spread_speaks_for_a_single_trial() -> None:
    # error = .04 * sqrt(1 + 1/3) = .0461880; .05 / .0461880 = 1.082532: P = .860491
    probability = assumed_gain_probability([-0.05], spread=0.04, n_train=300, n_val=100)
    assert probability == pytest.approx(0.860491, abs=1e-5)
    assert assumed_gain_probability([-0.05] * 4, spread=0.04, n_train=300, n_val=100) > 0.92
    assert assumed_gain_probability([-inf], spread=0.04, n_train=3, n_val=1) == 1.0


def bounds(low: float, high: float) -> Interval:
    return Interval(mean=(low + high) / 2, low=low, high=high, gain_probability=0.5)


@pytest.mark.parametrize(
    ("interval_", "probability", "label"),
    [
        (bounds(-0.3, -0.01), 0.5, "confirmed"),
        (bounds(-0.3, 0.1), 0.8, "tentative"),
        (bounds(-0.3, 0.1), 0.79, "keep"),
        (bounds(-0.1, 0.3), 0.8, "tentative"),  # the fresh trials alone can't tell
        (bounds(0.0, 0.3), 0.99, "keep"),  # they exclude a gain
        (None, 0.9, "tentative"),
        (None, 0.5, "keep"),
    ],
)
def test_labels(interval_: Interval | None, probability: float, label: str) -> None:
    assert label_of(interval_, probability, tentative_at=0.8) == label


def test_resampled_differences_are_covered_as_announced() -> None:
    import numpy as np

    random = np.random.default_rng(0)
    ratio, hits, cases = 0.5, 0, 4000
    for _ in range(cases):  # the rows at hand favour an arm alike in every split of them
        differences = 0.3 * random.normal(size=3) + 0.3 * sqrt(ratio) * random.normal()
        found = interval(list(differences), n_train=200, n_val=100, level=0.9)
        assert found is not None
        hits += found.low <= 0 <= found.high
    assert hits / cases == pytest.approx(0.9, abs=0.015)  # standard error .0047
