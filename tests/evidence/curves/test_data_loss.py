"""The validation loss without its penalty: how it is come by, and what goes by it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Assumed, Missing
from advisor.inputs.record import Record, RowLosses
from tests.evidence.runs import history, reading
from tests.histories import DATA_REBOUNDS, FALLING_PENALTY

# 40 epochs, windows of four. The loss as logged never rises.
DATA, PENALTY = DATA_REBOUNDS, FALLING_PENALTY
LOGGED = [data + penalty for data, penalty in zip(DATA, PENALTY, strict=True)]


def logged(curve: list[float], record: Record | None = None, **more: Any) -> Run:
    curves = {f"val_{name}": more.pop(name) for name in ("mse",) if name in more}
    return Run(history=replace(history(val_loss=curve, **curves), record=record), **more)


def noted(penalty: list[float]) -> Record:
    return Record(penalty=dict(enumerate(penalty, start=1)))


def test_a_falling_penalty_does_not_hide_the_rebound_of_the_data_loss() -> None:
    assert all(later < earlier for earlier, later in pairwise(LOGGED))
    found = logged(LOGGED, noted(PENALTY))
    assert reading("rebound.relative", found) == pytest.approx(0.3)
    assert reading("rebound.absolute", found) == pytest.approx(0.15)
    assert reading("rebound.logged", found) == 0
    z, logged_z = (reading(f"rebound.{name}", found) for name in ("z", "logged_z"))
    assert isinstance(z, float)
    assert isinstance(logged_z, float)
    assert z > 2.33
    assert logged_z < 0
    assert reading("stopping.epoch", found) in range(11, 21)  # those at .5


def test_progress_and_slopes_are_those_of_the_data_loss() -> None:
    found = logged(LOGGED, noted(PENALTY))
    # medians of the first and the last three: .95 and .65, logged 2.12 and .71
    assert reading("progress.val", found) == pytest.approx(0.3 / 0.95)
    assert reading("slope.val", found) == pytest.approx(0.0, abs=1e-9)
    assert reading("slope.val_doubled", found) == 0
    assert reading("loss.val_first", found) == pytest.approx(2.12)  # as logged: so it is called


@pytest.mark.parametrize(
    ("known", "followed", "source"),
    [
        (
            logged(LOGGED, noted(PENALTY)),
            "without penalty",
            "without its L1/L2 penalty, which the Recorder noted",
        ),
        (
            logged(LOGGED, mse=DATA, model_penalty=PENALTY[-1], loss_name="mean_squared_error"),
            "without penalty",
            "without its L1/L2 penalty, as the metric mse logs it",
        ),
        (
            logged(DATA, noted([0.0] * 40)),
            "as logged",
            "as logged, which has no L1/L2 penalty in it",
        ),
        (
            logged(DATA, model_penalty=0.0),
            "as logged",
            "as logged, which has no L1/L2 penalty in it",
        ),
        (logged(LOGGED), "as logged", None),
        (logged(LOGGED, noted(PENALTY[:-1])), "as logged", None),
    ],
)
def test_the_loss_is_followed_without_penalty_wherever_that_is_known(
    known: Run, followed: str, source: str | None
) -> None:
    assert reading("loss.followed", known) == followed
    found = known.data_loss
    assert (None if isinstance(found, Missing) else found.source) == source
    assert reading("rebound.relative", known) == pytest.approx(0.3 if source else 0.0)
    assert reading("loss.has_data_curve", known) is (source is not None)


def rows_of(data: list[float], epochs: int = 40) -> Record:
    """The losses of two rows around the data loss, of so many epochs."""
    losses = np.array([[each - 0.1, each + 0.1] for each in data[:epochs]], dtype=np.float32)
    return Record(rows=RowLosses(epochs=tuple(range(1, epochs + 1)), losses=losses))


def test_rows_hold_no_penalty_and_count_where_every_epoch_has_them() -> None:
    known = logged(LOGGED, rows_of(DATA))
    assert reading("loss.followed", known) == "without penalty"
    assert not isinstance(known.data_loss, Missing)
    assert known.data_loss.source == "without any L1/L2 penalty, as the mean of the recorded rows"
    assert reading("rebound.relative", known) == pytest.approx(0.3, abs=1e-6)
    assert not isinstance(reading("rebound.lower", known), Assumed)
    lacking = logged(LOGGED, rows_of(DATA, epochs=39))
    assert reading("rebound.relative", lacking) == 0
    assert isinstance(lacking.data_loss, Missing)


def test_the_weights_that_ship_are_judged_where_the_saved_epoch_is_known() -> None:
    of = logged(DATA, replace(noted([0.0] * 40), saved_epoch=15))
    assert not isinstance(of.shipped, Missing)
    assert of.shipped.judged_epochs == (14, 15, 16, 17)
    assert of.shipped.rebound == 0.0
    assert reading("rebound.relative", of) == pytest.approx(0.3)  # the run's own stays
    of = logged(DATA, replace(rows_of(DATA), saved_epoch=15))
    assert of.judged_row_losses == pytest.approx([0.4, 0.6])
    last = logged(DATA, rows_of(DATA))
    assert last.judged_row_losses == pytest.approx([0.55, 0.75])
