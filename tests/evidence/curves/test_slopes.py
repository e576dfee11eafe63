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
    # error of the slope: .0146771 * sqrt(3) / sqrt(17.5) = .0060768, twice that over two epochs
    assert reading("slope.val_z", WORKED) == pytest.approx(0.06 / 0.0060768, rel=1e-4)


def test_training_slope_is_measured_alike() -> None:
    same = run(loss=VAL_LOSS, val_loss=LOSS)
    assert reading("slope.train", same) == reading("slope.val", WORKED)
    assert reading("slope.train_z", same) == reading("slope.val_z", WORKED)


def test_straight_fall_goes_on() -> None:
    # epochs 25 to 30: .75 ... .70, a fifth is six epochs of -.01, level .725
    straight = run(val_loss=[1 - 0.01 * i for i in range(1, 31)])
    assert reading("slope.val", straight) == pytest.approx(-0.06 / 0.725)
    assert reading("slope.val_remaining", straight) == pytest.approx(0.06 / 0.725)


def test_slowing_fall_has_less_left() -> None:
    # each fifth (six epochs) halves the pace: half of the last fall is left for the next
    slowing = run(val_loss=[1 + 0.5 ** (i / 6) for i in range(30)])
    slope = reading("slope.val", slowing)
    assert isinstance(slope, float)
    assert reading("slope.val_remaining", slowing) == pytest.approx(-slope / 2)


def test_rising_loss_has_nothing_left() -> None:
    rising = run(val_loss=[1 + 0.01 * i for i in range(30)])
    assert reading("slope.val_remaining", rising) == 0


def test_fall_after_a_rise_goes_on_at_its_pace() -> None:
    values = [1.0 + 0.01 * i for i in range(9)] + [1.08 - 0.01 * i for i in range(1, 8)]
    turned = run(val_loss=values)
    slope = reading("slope.val", turned)
    assert isinstance(slope, float)
    assert reading("slope.val_remaining", turned) == pytest.approx(-slope)


def test_ten_epochs_do_not_show_whether_the_fall_slows() -> None:
    assert isinstance(reading("slope.val_remaining", WORKED), Missing)


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
