from math import inf, nan

import pytest

from advisor.evidence.measurement import Missing
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, reading, run


@pytest.mark.parametrize(
    ("loss", "val_loss", "ends_badly"),
    [
        ((0.5, nan), (0.6, 0.5), True),
        ((0.5, 0.4), (0.6, inf), True),
        ((0.5, 1e39), (0.6, 0.5), True),  # beyond float32
        ((nan, 0.4), (nan, 0.5), False),  # recovered
        ((0.5, 0.4), (0.6, 0.5), False),
    ],
)
def test_run_is_non_finite_if_it_ends_so(
    loss: tuple[float, ...], val_loss: tuple[float, ...], ends_badly: bool
) -> None:
    broken = run(loss=loss, val_loss=val_loss)
    assert reading("divergence.is_nonfinite", broken) is ends_badly


def test_training_loss_alone_tells() -> None:
    assert reading("divergence.is_nonfinite", run(loss=[nan])) is True


def test_history_without_any_loss_can_not_tell() -> None:
    found = reading("divergence.is_nonfinite", run(accuracy=[0.5]))
    assert found == Missing(reason="the history has no loss", needs="history")


def test_first_bad_epoch_is_the_earlier_of_the_two_losses() -> None:
    broken = run(every=2, loss=[1, 1, 1, 1, nan, nan], val_loss=[1, nan, nan])
    assert reading("divergence.first_bad_epoch", broken) == 4
    assert isinstance(reading("divergence.first_bad_epoch", WORKED), Missing)


def test_growth_compares_the_end_with_start_and_twice_the_lowest() -> None:
    assert reading("divergence.growth", WORKED) == pytest.approx(0.16 / 1.1)
    # start 1, lowest .9: the end 3.6 over 1.8
    assert reading("divergence.growth", run(loss=[1.0, 0.9, 3.6])) == pytest.approx(2)


def test_growth_is_judged_on_the_finite_part() -> None:
    assert reading("divergence.growth", run(loss=[1.0, 0.4, 2.0, nan])) == pytest.approx(2)


def test_negative_losses_have_no_growth() -> None:
    assert isinstance(reading("divergence.growth", run(loss=[-1.0, -2.0])), Missing)


def test_spikes_are_counted() -> None:
    # noise: third differences of +-.01 steps; 5 sigma is about .07
    calm = [1 + 0.01 * (i % 2) for i in range(20)]
    assert reading("divergence.spikes", run(val_loss=calm)) == 0
    spiked = list(calm)
    spiked[5] = 2.0
    spiked[12] = spiked[13] = 1.5  # one that lasts two epochs
    assert reading("divergence.spikes", run(val_loss=spiked)) == 3


@pytest.mark.parametrize(
    "values",
    [
        [5 * 0.5**i for i in range(12)],  # the steep start
        list(VAL_LOSS),  # the way back up
        [0.6931] * 5 + [0.6932] + [0.6931] * 5,  # the last digit
    ],
)
def test_what_is_not_a_spike(values: list[float]) -> None:
    assert reading("divergence.spikes", run(loss=LOSS, val_loss=values)) == 0
