from collections.abc import Callable

import pytest

from advisor.evidence.catalog import OF_RUN
from advisor.evidence.curves.run import Run, share
from advisor.evidence.measurement import Measurement, Missing, read
from tests.evidence.runs import LOSS, VAL_LOSS, WORKED, history, reading, run

NOT_FROM_THE_HISTORY = {"accuracy.chance", "learning_rate.first", "learning_rate.last"}
TRAINING_ONLY = {
    "history.epochs",
    "history.has_validation",
    "history.has_accuracy",
    "loss.train_first",
    "loss.train_last",
    "loss.train_min",
    "memorised.train_over_first",
    "slope.train",
    "slope.train_z",
    "divergence.is_nonfinite",
    "divergence.growth",
    "progress.train",
    "training.is_recorded",
    "training.knows_saved_epoch",
}


def test_every_measurement_misses_a_history() -> None:
    found = read(Run(history=None), OF_RUN)
    assert found.values == {}
    needs = {name: missing.needs for name, missing in found.missing.items()}
    assert {name for name, need in needs.items() if need == "model"} == NOT_FROM_THE_HISTORY
    assert {need for name, need in needs.items() if name not in NOT_FROM_THE_HISTORY} == {"history"}


def test_without_validation_exactly_the_training_measurements_are_found() -> None:
    found = read(run(loss=LOSS), OF_RUN)
    assert found.values.keys() == TRAINING_ONLY
    others = found.missing.keys() - NOT_FROM_THE_HISTORY
    others -= {"divergence.first_bad_epoch", "loss.train_data_last"}
    others = {name for name in others if found.missing[name].needs != "recorder"}
    assert {found.missing[name].needs for name in others} == {"validation"}


def test_loss_and_val_loss_suffice_for_most() -> None:
    lacking = read(WORKED, OF_RUN).missing
    assert {name.split(".")[0] for name in lacking} == {
        "accuracy",  # none logged
        "metric",
        "learning_rate",
        "loss",  # *_data_last need the model
        "divergence",  # .first_bad_epoch: all are finite
        "training",  # how fit was called needs a Recorder
        "validation",  # so do the losses of single rows
    }


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_short_runs_say_why_they_can_not_tell(epochs: int) -> None:
    short = read(run(loss=LOSS[:epochs], val_loss=VAL_LOSS[:epochs]), OF_RUN)
    for name in ("rebound.z", "best.epoch", "slope.val", "gap.first"):
        assert f"{epochs} " in short.missing[name].reason
        assert short.missing[name].needs is None
    assert short.values["loss.val_last"] == VAL_LOSS[epochs - 1]


@pytest.mark.parametrize("each", OF_RUN, ids=lambda each: each.name)
def test_meaning_is_a_sentence_for_users(each: Measurement[Run]) -> None:
    assert each.meaning[0].isupper()
    assert each.meaning.endswith(".")
    assert each.unit or each.kind != "number"


def test_names_are_unique() -> None:
    assert len({each.name for each in OF_RUN}) == len(OF_RUN)


def test_parts_are_found_once() -> None:
    assert WORKED.smoothed is WORKED.smoothed
    assert WORKED.losses is WORKED.losses


def test_given_sizes_go_before_those_in_the_history() -> None:
    log = history(loss=LOSS)
    known = Run(history=type(log)(**{**vars(log), "n_train": 100, "n_val": 50}), n_val=60)
    assert (known.train_rows, known.validation_rows) == (100, 60)


def test_share_of_nothing_is_missing() -> None:
    assert share(1, 4, "the loss") == 0.25
    assert share(1, 0, "the loss") == Missing(reason="the loss is 0: a share of it has no meaning")


EXTREMES: dict[str, Callable[[int], float]] = {
    "zeros": lambda i: 0.0,
    "negative": lambda i: -1.0 - i,
    "tiny": lambda i: 5e-324 * (i % 3),
    "huge": lambda i: 3.4e38 if i % 2 else -3.4e38,
    "nan": lambda i: float("nan"),
    "half nan": lambda i: float("nan") if i % 2 else 0.5,
    "integers": lambda i: i,
}


@pytest.mark.parametrize("kind", EXTREMES)
@pytest.mark.parametrize("epochs", [0, 1, 6, 7, 40])
def test_extreme_curves_are_read_without_an_error(kind: str, epochs: int) -> None:
    values = [EXTREMES[kind](i) for i in range(epochs)]
    known = Run(
        history=history(loss=values, val_loss=values, accuracy=values, val_accuracy=values),
        model_penalty=0.1,
        n_val=10,
        loss_name="categorical_crossentropy",
    )
    found = read(known, OF_RUN)
    assert len(found.values) + len(found.missing) == len(OF_RUN)


def test_negative_losses_have_rebounds_but_no_shares() -> None:
    below = run(loss=[v - 2 for v in LOSS], val_loss=[v - 2 for v in VAL_LOSS])
    assert reading("rebound.absolute", below) == pytest.approx(0.19)
    assert isinstance(reading("rebound.relative", below), Missing)
    assert reading("rebound.z", below) == pytest.approx(5.972, abs=1e-3)
