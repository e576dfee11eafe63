from dataclasses import replace

import numpy as np
import pytest

from advisor.evidence.curves.paired_rows import paired_rebound
from advisor.evidence.curves.rebound import bounds
from advisor.evidence.curves.run import Run
from advisor.evidence.curves.smoothing import Smoothed
from advisor.inputs.record import Record, RowLosses
from tests.evidence.runs import history


def recorded(losses: np.ndarray, penalty: float = 0.0) -> Run:
    """A run whose validation loss is the mean of these losses [epochs, rows], and a penalty."""
    epochs = tuple(range(1, len(losses) + 1))
    rows = RowLosses(epochs=epochs, losses=losses.astype(np.float32))
    means = rows.losses.mean(axis=1, dtype=np.float64) + penalty
    logged = history(loss=means.tolist(), val_loss=means.tolist())
    return Run(history=replace(logged, record=Record(rows=rows)), n_val=losses.shape[1])


def smoothed(run: Run) -> Smoothed:
    assert isinstance(run.smoothed, Smoothed)
    return run.smoothed


# Ten epochs, windows of three. Falls to 1 in epochs 4 to 6 and rises to 2 in 8 to 10.
COURSE = np.array([3.0, 2.0, 1.5, 1.0, 1.0, 1.0, 1.5, 2.0, 2.0, 2.0])


def test_rows_that_rise_alike_leave_no_error() -> None:
    levels = np.linspace(0.0, 9.0, 40)  # rows differ, their changes do not
    run = recorded(COURSE[:, None] + levels, penalty=0.5)
    found = paired_rebound(run, smoothed(run))
    assert found is not None
    assert (found.rebound, found.rows) == (pytest.approx(1.0, abs=1e-5), 40)
    assert found.error == pytest.approx(0.0, abs=1e-6)
    # The margin is then of the curve's own noise alone.
    limits = bounds(run, smoothed(run))
    assert limits.margin == pytest.approx(1.645 * 1.2 * smoothed(run).error, rel=1e-4)
    assert limits.assumption is None


def test_the_error_is_that_of_the_rows_changes() -> None:
    # Half of the rows rise by 2, half stay: changes 0 and 2, sd 1.0127 of 40 rows, / sqrt(40).
    rising = 1 + 2 * (COURSE[:, None] - 1) * (np.arange(40) < 20)
    run = recorded(rising)
    found = paired_rebound(run, smoothed(run))
    assert found is not None
    assert found.rebound == pytest.approx(1.0, abs=1e-5)
    assert found.error == pytest.approx(np.std([0.0, 2.0] * 20, ddof=1) / np.sqrt(40), rel=1e-5)


def test_the_lowest_window_is_chosen_on_other_rows() -> None:
    # 100 rows that wander on their own: their mean ends above its lowest by luck alone, by
    # .8 sqrt(40 / 100) = .5 on average (less, as windows smooth it). On other rows nothing is left.
    rng = np.random.default_rng(3)
    found = []
    for _ in range(100):
        run = recorded(50 + rng.normal(size=(40, 100)).cumsum(axis=0))
        paired = paired_rebound(run, smoothed(run))
        assert paired is not None
        found.append((smoothed(run).rebound, paired.rebound))
    naive, crossed = np.mean(found, axis=0)
    assert naive > 0.35
    assert abs(crossed) < 0.15


def test_rows_are_not_paired_where_an_epoch_is_missing_or_rows_are_few() -> None:
    run = recorded(COURSE[:, None] + np.linspace(0.0, 9.0, 40))
    assert run.rows is not None
    assert run.history is not None
    fewer = RowLosses(epochs=run.rows.epochs[1:], losses=run.rows.losses[1:])
    lacking = replace(run, history=replace(run.history, record=Record(rows=fewer)))
    assert paired_rebound(lacking, smoothed(lacking)) is None
    few = recorded(COURSE[:, None] + np.linspace(0.0, 9.0, 19))
    assert paired_rebound(few, smoothed(few)) is None
    assert "of its mean" not in (bounds(few, smoothed(few)).assumption or "")


def test_the_saved_epoch_is_judged_where_it_is_known() -> None:
    run = recorded(COURSE[:, None] + np.linspace(0.0, 9.0, 40))
    assert isinstance(run.shipped, Smoothed)
    assert run.shipped.rebound == pytest.approx(1.0)
    assert run.history is not None
    assert run.history.record is not None
    saved = replace(run.history, record=replace(run.history.record, saved_epoch=5))
    stopped = replace(run, history=saved)
    assert isinstance(stopped.shipped, Smoothed)
    assert stopped.shipped.judged_epochs == (4, 5, 6)
    assert stopped.shipped.rebound == 0.0
    assert smoothed(stopped).rebound == pytest.approx(1.0)  # the run's own stays
    found = paired_rebound(stopped, stopped.shipped)
    assert found is not None
    assert (found.rebound, found.error) == (pytest.approx(0, abs=1e-5), pytest.approx(0, abs=1e-6))
    assert stopped.judged_row_losses is not None
    assert stopped.judged_row_losses[0] == 1.0
    assert run.judged_row_losses is not None
    assert run.judged_row_losses[0] == 2.0
