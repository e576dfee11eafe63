from dataclasses import replace
from random import Random

import pytest

from advisor.evidence.curves.run import Run
from advisor.evidence.curves.smoothing import Smoothed
from advisor.evidence.measurement import Assumed, Missing, Reading
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, history, reading, run, series


def assumed(found: Reading) -> float:
    assert isinstance(found, Assumed)
    assert isinstance(found.value, float)
    return found.value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rebound.absolute", 0.19),
        ("rebound.relative", 0.358491),  # .19 / .53
        ("rebound.upper_on_this_set", 0.444440),  # (.19 + 1.645 * 1.2 * .0230766) / .53
        ("stopping.epoch", 5),  # .5, the lowest of epochs 5 to 7
        ("stopping.epochs_saved", 5),
        ("stopping.gain", 0.233860),  # (.19 - .9369 * .0230766) / .72
    ],
)
def test_worked_run(name: str, value: float) -> None:
    assert reading(name, WORKED) == pytest.approx(value, abs=1e-5)
    assert reading("rebound.z", WORKED) == pytest.approx(6.0805, abs=1e-3)


def test_bounds_without_the_number_of_rows_hold_for_this_set() -> None:
    # margin 1.645 * 1.2 * .0230766 = .045553. Windows up to .53 + 1.645 * 2^.5 * .0230766 = .58368
    # may be the lowest: .54 .53 .5833, which is one window of three points, and no luck.
    assert assumed(reading("rebound.lower", WORKED)) == pytest.approx(
        (0.19 - 0.045553) / 0.53, abs=1e-5
    )
    assert assumed(reading("rebound.upper", WORKED)) == pytest.approx(0.444440, abs=1e-5)
    assert assumed(reading("rebound.smallest_visible", WORKED)) == pytest.approx(
        0.045553 / 0.53, abs=1e-5
    )
    found = reading("rebound.upper", WORKED)
    assert isinstance(found, Assumed)
    assert found.assumption == (
        "conditional on this validation set: its size is not known; the logged loss contains no"
        " L1/L2 penalty, as none is known"
    )


def test_sampling_of_known_rows_widens_the_bounds() -> None:
    # A row varies by 2 * .72, unknown loss, (1.44 / .53)^2 / 200 = .036910 as a share of the best.
    # .1225 of it stays, a third of that as the windows are one window apart: .0015072; the curve
    # adds (1.2 * .0230766 / .53)^2 = .0027300: times 1.645^2 is .0114658, the root .107078.
    # .5 * .036910 = .018455 swell: 1.645^2 * .018455 / 2 = .024970, and the bounds are
    # .358491 + .024970 -+ (.024970^2 + 2 * .024970 * .358491 + .0114658)^.5 = .383461 -+ .173182.
    known = replace(WORKED, n_val=200)
    assert assumed(reading("rebound.upper", known)) == pytest.approx(0.556643, abs=2e-5)
    assert assumed(reading("rebound.lower", known)) == pytest.approx(0.210279, abs=2e-5)
    assert assumed(reading("rebound.smallest_visible", known)) == pytest.approx(0.107078, abs=2e-5)
    found = reading("rebound.upper", known)
    assert isinstance(found, Assumed)
    assert found.assumption == (
        "a row's loss varies by 2.0 times its mean (assumed); a row's change varies by 0.35 of"
        " that, or more in a large rebound; 200 validation rows; the logged loss contains no"
        " L1/L2 penalty, as none is known"
    )
    assert reading("rebound.upper_on_this_set", known) == pytest.approx(0.444440, abs=1e-5)


def test_falling_curve_gains_nothing_by_stopping() -> None:
    falling = run(val_loss=[1 / (i + 1) for i in range(20)])
    assert reading("rebound.relative", falling) == 0
    assert reading("stopping.epoch", falling) == 20
    assert reading("stopping.epochs_saved", falling) == 0
    assert reading("stopping.gain", falling) == 0


def test_stopping_ignores_a_lucky_epoch_outside_the_best_window() -> None:
    values = [1.0, 0.4, 1.0, 0.9, 0.6, 0.55, 0.6, 0.7, 0.8, 0.9]
    assert reading("stopping.epoch", run(val_loss=values)) == 6


def test_epochs_saved_count_epochs_not_validations() -> None:
    sparse = run(every=2, loss=[0.5] * 20, val_loss=VAL_LOSS)
    assert reading("stopping.epoch", sparse) == 10
    assert reading("stopping.epochs_saved", sparse) == 10


def test_metric_that_fell_from_its_best_has_rebounded() -> None:
    # windows of three: best .8 (epochs 5 to 7), last (.7 + .7 + .7) / 3
    accuracy = [0.5, 0.6, 0.7, 0.75, 0.8, 0.8, 0.8, 0.7, 0.7, 0.7]
    fell = run(loss=LOSS, val_loss=VAL_LOSS, accuracy=accuracy, val_accuracy=accuracy)
    assert reading("metric.rebound", fell) == pytest.approx(0.1)
    # third differences -.05 .05 -.05 .05 -.1 .2 -.1: median .05; s = 1.4 * 1.25 * 1.4826 * .05
    # / 20^.5 / 3^.5 = .016748; (.1 / .016748 - .9369) / 1.2 = 4.195
    assert reading("metric.rebound_z", fell) == pytest.approx(4.195, abs=0.01)


def test_metric_where_lower_is_better_is_not_the_primary_one() -> None:
    found = reading("metric.rebound", run(val_loss=VAL_LOSS, val_mae=VAL_LOSS))
    assert isinstance(found, Missing)
    assert "better when higher" in found.reason


def test_without_regularization_nothing_is_taken_off() -> None:
    known = replace(WORKED, model_penalty=0.0)
    assert reading("rebound.without_penalty", known) == reading("rebound.relative", WORKED)


def test_unknown_penalty_is_assumed_to_be_none() -> None:
    found = reading("rebound.without_penalty", WORKED)
    assert isinstance(found, Assumed)
    assert found.value == reading("rebound.relative", WORKED)
    assert "penalty" in found.assumption


def test_whole_penalty_may_have_grown_since_the_best_epoch() -> None:
    known = replace(WORKED, model_penalty=0.05)  # (.19 - .05) / .53
    assert assumed(reading("rebound.without_penalty", known)) == pytest.approx(0.264151, abs=1e-6)
    more = replace(WORKED, model_penalty=0.3)  # above the whole rebound
    assert assumed(reading("rebound.without_penalty", more)) == 0


@pytest.mark.parametrize(("initial", "bound"), [(0.02, 0.16 / 0.53), (0.08, 0.19 / 0.53)])
def test_expected_start_of_the_penalty_tightens_the_bound(initial: float, bound: float) -> None:
    known = replace(WORKED, model_penalty=0.05, initial_penalty=initial)
    assert assumed(reading("rebound.without_penalty", known)) == pytest.approx(bound)


def test_metric_that_is_the_loss_without_penalty_is_exact() -> None:
    # penalty .01 up to epoch 7, then .03 .04 .05: lowest .53 - .01, last .72 - .04
    penalty = [0.01] * 7 + [0.03, 0.04, 0.05]
    mse = [loss - p for loss, p in zip(VAL_LOSS, penalty, strict=True)]
    log = history(loss=LOSS, val_loss=VAL_LOSS, val_mse=mse)
    known = Run(history=log, model_penalty=0.05, loss_name="mean_squared_error")
    assert reading("rebound.without_penalty", known) == pytest.approx(0.16 / 0.52)


@pytest.mark.parametrize("penalty", [0.02, 0.2])
def test_metric_that_differs_by_more_than_the_penalty_is_not_believed(penalty: float) -> None:
    log = history(loss=LOSS, val_loss=VAL_LOSS, val_mse=[v - 0.1 for v in VAL_LOSS])
    known = Run(history=log, model_penalty=penalty, loss_name="mean_squared_error")
    assert isinstance(reading("rebound.without_penalty", known), Assumed)


def test_bound_never_exceeds_the_rebound_of_the_data_loss() -> None:
    random = Random(5)
    above = 0
    for _ in range(300):
        data = [random.uniform(0.2, 1.0) for _ in range(12)]
        penalty = [random.uniform(0, 0.3) for _ in range(9)] + [random.uniform(0, 0.3)] * 3
        logged = [d + p for d, p in zip(data, penalty, strict=True)]
        known = Run(history=history(val_loss=logged), model_penalty=penalty[-1])
        bound = assumed(reading("rebound.without_penalty", known))
        truth = run(val_loss=data).smoothed
        assert isinstance(truth, Smoothed)
        assert bound <= truth.rebound / truth.lowest + 1e-12
        above += bound > 0
    assert above > 50  # the bound says something in many of them


def test_gapped_series_keep_their_epochs() -> None:
    log = history(loss=LOSS, val_loss=VAL_LOSS)
    gapped = replace(log, validation={"loss": series(VAL_LOSS, every=5)}, epochs=50)
    assert reading("stopping.epoch", Run(history=gapped)) == 25
