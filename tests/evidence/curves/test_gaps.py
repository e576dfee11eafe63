import pytest

from advisor.evidence.measurement import Missing
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, reading, run


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gap.loss", 0.56),  # .72 - .16
        ("gap.loss_best", 0.213333),  # epochs 5 to 7: .53 - (.4 + .3 + .25) / 3
        ("gap.first", -0.066667),  # epochs 1 to 3: .833333 - .9
        ("gap.first_relative", -0.08),  # -.066667 / .833333
        ("gap.relative", 3.5),  # .56 / .16
        ("gap.relative_of_val", 0.777778),  # .56 / .72
        ("gap.growth", 0.857778),  # .777778 + .08
        ("memorised.train_over_val", 0.222222),  # .16 / .72
        ("memorised.train_over_first", 0.177778),  # .16 / .9
    ],
)
def test_worked_run(name: str, value: float) -> None:
    assert reading(name, WORKED) == pytest.approx(value, abs=1e-6)


def test_validation_below_training_gives_a_negative_gap() -> None:
    with_dropout = run(loss=[0.8, 0.6], val_loss=[0.7, 0.5])
    assert reading("gap.loss", with_dropout) == pytest.approx(-0.1)
    assert reading("gap.relative", with_dropout) == pytest.approx(-0.1 / 0.6)


def test_training_loss_of_zero_has_no_relative_gap() -> None:
    memorised = run(loss=[0.5, 0.0], val_loss=[0.6, 0.7])
    assert isinstance(reading("gap.relative", memorised), Missing)
    assert reading("gap.relative_of_val", memorised) == 1
    assert reading("memorised.train_over_val", memorised) == 0


def test_sparse_validation_is_compared_at_its_own_epochs() -> None:
    # validated at epochs 2, 4, ..., 12, where training is 1.1 .9 .7 ...: first window 2, 4, 6
    train = [1.2 - 0.1 * i for i in range(12)]
    sparse = run(every=2, loss=train, val_loss=[1.3, 1.1, 0.9, 0.8, 0.8, 0.8])
    assert reading("gap.first", sparse) == pytest.approx(1.1 - 0.9)


def test_histories_that_share_no_epoch_have_no_gap() -> None:
    apart = run(every=20, loss=LOSS, val_loss=VAL_LOSS)
    found = reading("gap.loss", apart)
    assert found == Missing(reason="no epoch has both a training and a validation loss")


def test_gap_at_best_needs_training_values_there() -> None:
    short = run(loss=[1.0, 0.9], val_loss=VAL_LOSS)
    assert reading("gap.loss_best", short) == Missing(
        reason="no training loss is logged around the best epoch"
    )
