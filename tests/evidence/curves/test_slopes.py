from math import log, log2

import pytest

from advisor.evidence.curves.smoothing import Curve, Smoothed
from advisor.evidence.curves.trend import theil_sen, trend
from advisor.evidence.measurement import Missing
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, reading, run


def test_theil_sen_is_the_median_of_all_slopes() -> None:
    # pairs: 2, .5, 5/3, -1, 1.5, 4; sorted -1 .5 1.5 1.667 2 4
    points = [(1.0, 1.0), (2.0, 3.0), (3.0, 2.0), (4.0, 6.0)]
    assert theil_sen(points) == pytest.approx((1.5 + 5 / 3) / 2)


def test_one_outlier_hardly_bends_the_line() -> None:
    points = [(float(i), 2.0 * i) for i in range(6)]
    assert theil_sen([*points, (6.0, 500.0)]) == 2


def test_worked_slope() -> None:
    # epochs 5 to 10 (six, as a fifth is only two): .5 .52 .57 .66 .72 .78; the 8th of 15 slopes
    # .02 .035 .05 .0533 .055 .056 .06 .06 | .06 .065 .0667 .07 .07 .075 .09 is .06;
    # over two epochs .12, the median level (.57 + .66) / 2
    assert reading("slope.val", WORKED) == pytest.approx(0.12 / 0.615)
    # error of the slope: .0230766 * sqrt(3) / sqrt(17.5) = .0095546, twice that over two epochs
    assert reading("slope.val_z", WORKED) == pytest.approx(0.06 / 0.0095546, rel=1e-4)


def test_training_slope_is_measured_alike() -> None:
    same = run(loss=VAL_LOSS, val_loss=LOSS)
    assert reading("slope.train", same) == reading("slope.val", WORKED)
    assert reading("slope.train_z", same) == reading("slope.val_z", WORKED)


def test_slope_of_a_straight_fall() -> None:
    # epochs 25 to 30: .75 ... .70, a fifth is six epochs of -.01, level .725
    straight = run(val_loss=[1 - 0.01 * i for i in range(1, 31)])
    assert reading("slope.val", straight) == pytest.approx(-0.06 / 0.725)


def test_power_law_falls_by_the_same_factor_less_in_every_doubling() -> None:
    # .1 + epoch^-.5 over 64 epochs: .225 at the end, .1 + 128^-.5 = .188388 after twice as many;
    # pace and slowing are medians over a fifth, a half and a quarter of the run
    power = run(val_loss=[0.1 + epoch**-0.5 for epoch in range(1, 65)])
    expected = (0.225 - 0.188388) / 0.225
    assert reading("slope.val_doubled", power) == pytest.approx(expected, rel=0.05)


def test_loss_that_falls_with_the_logarithm_of_the_epochs_keeps_its_pace() -> None:
    # .1 less in every doubling: 1 - .1 * 5 after 32 epochs
    straight = run(val_loss=[1 - 0.1 * log2(epoch) for epoch in range(1, 33)])
    assert reading("slope.val_doubled", straight) == pytest.approx(0.1 / (1 - 0.1 * log2(31)))


def test_fall_that_is_over_promises_nothing() -> None:
    # by half in every epoch: 2^-20 of the loss is left to lose when the last fifth begins
    over = run(val_loss=[1 + 0.5**epoch for epoch in range(1, 31)])
    doubled = reading("slope.val_doubled", over)
    assert isinstance(doubled, float)
    assert 0 <= doubled < 1e-4
    assert reading("slope.val_doubled", run(val_loss=[1 + 0.01 * i for i in range(30)])) == 0


def test_fall_that_gets_faster_goes_on_at_its_pace_at_most() -> None:
    # flat for 16 epochs, then .01 an epoch: Theil-Sen over epochs 27 to 32, about 30 ln 2 * .01
    late = run(val_loss=[1.0] * 16 + [1 - 0.01 * i for i in range(1, 17)])
    expected = 0.01 * 29.5 * log(2) / 0.85
    assert reading("slope.val_doubled", late) == pytest.approx(expected, rel=0.03)


def test_seven_epochs_do_not_show_what_twice_as_many_would_bring() -> None:
    short = run(val_loss=VAL_LOSS[:7])
    assert isinstance(reading("slope.val_doubled", short), Missing)
    assert reading("slope.val_doubled", run(val_loss=VAL_LOSS[:8])) == 0


def test_sparse_validation_has_the_slope_of_its_epochs() -> None:
    # -.01 an epoch, every second epoch of 40: a fifth is (40 - 2 + 1) / 5 epochs
    sparse = run(every=2, val_loss=[1 - 0.02 * i for i in range(20)])
    found = sparse.validation_trend
    assert not isinstance(found, Missing)
    assert found.change == pytest.approx(-0.01 * 39 / 5)


def test_long_runs_are_averaged_in_groups() -> None:
    line = Curve(epochs=tuple(range(1, 4001)), values=tuple(5 - 0.001 * i for i in range(4000)))
    assert trend(Smoothed(curve=line)).change == pytest.approx(-0.8)


def test_loss_of_zero_has_no_slope() -> None:
    zeros = run(loss=[0.0] * 8, val_loss=[0.0] * 8)
    for name in ("slope.train", "slope.val", "slope.train_z", "slope.val_z"):
        assert isinstance(reading(name, zeros), Missing)
