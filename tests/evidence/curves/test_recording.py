from dataclasses import replace
from typing import Any

import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.curves.sampling import row_variation
from advisor.evidence.measurement import Assumed, Missing
from advisor.inputs.record import Record
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, history, reading


def run(taken: int | None = None, **noted: Any) -> Run:
    """The worked run with a record of it; the file's optimizer has taken so many steps."""
    logged = history(loss=LOSS, val_loss=VAL_LOSS)
    return Run(history=replace(logged, record=Record(**noted)), iterations=taken)


STEPS = {epoch: 7 * epoch for epoch in range(1, 11)}


@pytest.mark.parametrize(
    ("iterations", "saved", "is_final"),
    [
        (70, 6, True),  # what fit left: the optimizer counts on while early stopping goes back
        (35, 5, False),  # a checkpoint of the fifth epoch
        (36, None, False),  # of another training
        (0, 6, True),  # no optimizer in the file
        (None, 6, True),
    ],
)
def test_the_steps_in_the_file_tell_its_epoch(
    iterations: int | None, saved: int | None, is_final: bool
) -> None:
    found = run(taken=iterations, saved_epoch=6, iterations=STEPS)
    assert (found.saved_epoch, found.is_of_final_weights) == (saved, is_final)
    value = reading("training.saved_epoch", found)
    assert value == saved or isinstance(value, Missing)


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        ({"uses_class_weight": True}, True),
        ({"uses_class_weight": False, "uses_sample_weight": False}, False),
        ({"uses_class_weight": False, "uses_sample_weight": True}, True),
        (
            {
                "uses_class_weight": False,
                "uses_sample_weight": True,
                "weights_validation": True,
            },
            False,
        ),
    ],
)
def test_weights_count_where_validation_has_none(noted: dict[str, bool], expected: bool) -> None:
    assert reading("training.uses_class_weight", run(**noted)) is expected


def test_what_the_recorder_could_not_tell_comes_with_its_reason() -> None:
    found = run(uses_class_weight=False, unknown={"uses_sample_weight": "a generator"})
    assert reading("training.uses_class_weight", found) == Missing(reason="a generator")
    assert reading("training.is_recorded", found) is True
    assert reading("training.is_recorded", WORKED) is False
    assert reading("training.uses_class_weight", WORKED) == Missing(
        reason="a history does not say how fit was called", needs="recorder"
    )


def test_the_penalty_of_every_epoch_is_taken_out_of_both_losses() -> None:
    # Falls from 1.0 by .05 an epoch to .55; the medians of the last three epochs are of the ninth:
    # validation .72 - .6 = .12; training .16 less (.65 + .6) / 2 = -.465, which noise allows.
    penalty = {epoch: 1.05 - 0.05 * epoch for epoch in range(1, 11)}
    found = run(penalty=penalty)
    assert reading("loss.val_data_last", found) == pytest.approx(0.12)
    assert reading("loss.train_data_last", found) == pytest.approx(-0.465)
    assert reading("loss.has_data_curve", found) is True
    assert reading("loss.has_data_curve", WORKED) is False


def test_a_rebound_without_penalty_is_exact_where_it_was_recorded() -> None:
    # The penalty makes up all of the rise after the fifth epoch: .5 + .02 .05 .09 .06 .06 more.
    growth = {epoch: max(0.0, VAL_LOSS[epoch - 1] - 0.5) for epoch in range(5, 11)}
    found = run(penalty=dict.fromkeys(range(1, 5), 0.0) | growth)
    for name in ("rebound.without_penalty", "rebound.relative"):
        assert reading(name, found) == pytest.approx(0.0, abs=1e-12)
    assert reading("rebound.logged", found) == pytest.approx(0.19 / 0.53)
    assert isinstance(reading("rebound.without_penalty", WORKED), Assumed)


def test_the_spread_of_rows_is_taken_where_the_weights_ship() -> None:
    std = dict.fromkeys(range(1, 11), 1.44)
    found = run(row_loss_std=std)
    # The last window, epochs 8 to 10: .66 + .72 + .78 = 3 * .72; 1.44 / .72 = 2.
    assert row_variation(found).value == pytest.approx(2.0)
    assert row_variation(found).source == "measured by the Recorder"
    assert reading("validation.row_variation", found) == pytest.approx(2.0)
    # Around epoch 6, of which .12 is penalty: .5 + .52 + .57 less .36 = 1.23; 3 * 1.44 / 1.23.
    stopped = run(row_loss_std=std, saved_epoch=6, penalty=dict.fromkeys(range(1, 11), 0.12))
    assert row_variation(stopped).value == pytest.approx(3 * 1.44 / 1.23)
