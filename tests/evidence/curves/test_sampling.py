from dataclasses import replace
from math import sqrt

import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.curves.sampling import newcombe, row_variation, wilson
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, history

NINETY = Run(
    history=history(loss=LOSS, val_loss=VAL_LOSS, accuracy=[0.95] * 10, val_accuracy=[0.9] * 10),
    n_val=100,
)


def test_wilson_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81/263, method 3
    assert wilson(81 / 263, 263, 1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20, 1.959964) == pytest.approx((0, 0.1611), abs=5e-5)


def test_newcombe_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873, table II (a): 56/70 - 48/80, method 10
    assert newcombe(56 / 70, 70, 48 / 80, 80, 1.959964) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_share_of_unknown_rows_is_exact() -> None:
    # 1.645 errors around .5 of 100: Wilson high = (.5 + .0135301 + .0833481) / 1.0270603 = .581158
    low, _ = newcombe(0.9, None, 0.5, 100, 1.645)
    assert low == pytest.approx(0.4 - 0.081158, abs=1e-5)


def test_cross_entropy_varies_with_the_accuracy() -> None:
    known = replace(NINETY, loss_name="categorical_crossentropy")
    # 1 - .9 + 1/100 = .11; sqrt(1.5 / .11 - 1) = sqrt(12.6364)
    assert row_variation(known).value == pytest.approx(sqrt(12.6364), abs=1e-4)
    assert row_variation(known).source == "from the accuracy"


def test_cross_entropy_of_a_guessing_model_varies_by_its_mean() -> None:
    log = history(loss=LOSS, val_loss=VAL_LOSS, accuracy=[0.1] * 10, val_accuracy=[0.1] * 10)
    # 1.5 / .91 - 1 = .65, below 1
    assert row_variation(replace(NINETY, history=log)).value == 1


@pytest.mark.parametrize(
    ("loss", "variation", "source"),
    [
        ("mse", 2, "usual for mse"),
        ("mean_absolute_error", 1, "usual for mean_absolute_error"),
        ("huber", 2, "assumed"),
        ("categorical_crossentropy", 2, "assumed"),  # no accuracy to take it from
        (None, 2, "assumed"),
    ],
)
def test_other_losses_vary_by_their_kind(loss: str | None, variation: float, source: str) -> None:
    found = row_variation(replace(WORKED, loss_name=loss, n_val=100))
    assert (found.value, found.source) == (variation, source)


def test_accuracy_beside_an_unknown_loss_speaks_for_cross_entropy() -> None:
    assert row_variation(NINETY).source == "from the accuracy, as for a cross-entropy"
    assert row_variation(replace(NINETY, loss_name="mse")).value == 2
