"""What is read after an epoch from summed losses."""

from math import inf, nan

import pytest

from advisor.training.engine.epoch_reading import EpochReading, reading_of


def test_halves_are_means_over_their_own_rows() -> None:
    found = reading_of((2.0, 9.0, 0.5), 4, 10, "accuracy")
    assert found == EpochReading(halves=(0.5, 1.5), loss=1.1, metric=0.5)  # 2/4, 9/6, 11/10


@pytest.mark.parametrize(("totals", "n_first"), [((0.0, 6.0, 0.0), 0), ((6.0, 0.0, 0.0), 3)])
def test_a_half_without_rows_is_read_on_all_of_them(
    totals: tuple[float, float, float], n_first: int
) -> None:
    assert reading_of(totals, n_first, 3, None) == EpochReading(
        halves=(2.0, 2.0), loss=2.0, metric=None
    )


@pytest.mark.parametrize("value", [inf, nan])
def test_an_overflow_is_infinitely_bad(value: float) -> None:
    found = reading_of((1.0, value, 0.0), 2, 4, None)
    assert found == EpochReading(halves=(0.5, inf), loss=inf, metric=None)
