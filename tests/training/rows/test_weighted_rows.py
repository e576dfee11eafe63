"""Rows count in probes as they do in the user's training and in the user's validation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.record import Record
from advisor.probes.trial import Trial
from advisor.training.rows.weighting import recorded_class_weight
from advisor.training.trainer import make_trainer
from tests.training.trainers import dataset_of

pytestmark = pytest.mark.tensorflow

BY_CLASS = {0: 1.0, 1: 3.0}
LABELS = np.array([0, 0, 1, 1, 0, 1], "float32")  # four training rows, two for validation
WEIGHTS = np.array([BY_CLASS[int(label)] for label in LABELS], "float32")


def constant(**settings: Any) -> Any:
    """One weight that begins at 0, and an input that is always 1: it says the same of all rows."""
    import keras

    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(keras.optimizers.SGD(0.1), "mse", **settings)
    return model


def rows(train: bool = False, val: bool = False) -> Dataset:
    def part(places: slice, is_weighted: bool) -> Rows:
        return Rows(
            inputs=(np.ones((6, 1), "float32")[places],),
            targets=(LABELS[places, None],),
            weights=WEIGHTS[places] if is_weighted else None,
        )

    return Dataset(
        source="rows.npz",
        sha256=None,
        train=part(slice(4), train),
        val=part(slice(4, 6), val),
    )


def losses(dataset: Dataset, splits: Sequence[int] = range(6), **options: Any) -> list[float]:
    """The validation loss after one step on all training rows, for each split."""
    settings = {"run_eagerly": True} if options.pop("is_eager", False) else {}
    trainer = make_trainer(
        constant(**settings), dataset, varied=[], batch_size=4, epochs=1, **options
    )
    assert trainer.engine == ("fit" if settings else "compiled")
    moved = [4 in trainer.plan(Trial(seed=0, split=k, epochs=1)).train for k in splits]
    assert any(moved)  # validation rows are trained on in some of the splits
    return [trainer.train(Trial(seed=0, split=k, epochs=1)).val_loss[0] for k in splits]


# Two of the four training rows are ones in every split, and one of the two validation rows. The
# gradient at 0 is the mean over rows of -2 * weight * label: -1 unweighted, -3 with weights of 3.


@pytest.mark.parametrize("is_eager", [False, True], ids=["compiled", "fit"])
def test_class_weights_of_training_rows_hold_for_all_rows_in_training_alone(is_eager: bool) -> None:
    # .1 * 3 = .3: (.3^2 + .7^2) / 2 = .29
    assert losses(rows(train=True), is_eager=is_eager) == pytest.approx([0.29] * 6)


@pytest.mark.parametrize("is_eager", [False, True], ids=["compiled", "fit"])
def test_class_weights_of_validation_rows_count_in_validation_alone(is_eager: bool) -> None:
    # .1 * 1 = .1: (.1^2 + 3 * .9^2) / 2 = 1.22
    assert losses(rows(val=True), is_eager=is_eager) == pytest.approx([1.22] * 6)


def test_weights_of_both_parts_count_in_both() -> None:
    # .3: (.3^2 + 3 * .7^2) / 2 = .78
    assert losses(rows(train=True, val=True)) == pytest.approx([0.78] * 6)


def test_class_weight_of_fit_counts_in_training_alone() -> None:
    assert losses(rows(), class_weight=BY_CLASS) == pytest.approx([0.29] * 6)
    assert losses(rows(val=True), class_weight=BY_CLASS) == pytest.approx([0.78] * 6)


def test_without_weights_all_count_alike() -> None:
    # .1: (.1^2 + .9^2) / 2 = .41
    assert losses(rows()) == pytest.approx([0.41] * 6)


def test_class_weight_goes_by_one_hot_targets_too() -> None:
    import keras

    one_hot = np.eye(2, dtype="float32")[LABELS.astype(int)]
    data = dataset_of([np.ones((6, 1), "float32")], [one_hot], 4)
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(2, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(keras.optimizers.SGD(0.1), "mse")
    trainer = make_trainer(model, data, varied=[], batch_size=4, epochs=1, class_weight=BY_CLASS)
    trainer.train(Trial(seed=0, epochs=1))
    # mse is the mean over both columns: a gradient of -1/4 * (1 + 1) and -1/4 * (3 + 3)
    assert trainer.adjustable.model.get_weights()[0][0] == pytest.approx([0.05, 0.15])


def test_what_a_recorder_noted_is_trained_with() -> None:
    record = Record(uses_class_weight=True, uses_sample_weight=False, class_weight=BY_CLASS)
    assert recorded_class_weight(record, rows()) == (BY_CLASS, ())
    assert recorded_class_weight(None, rows()) == (None, ())
    # rows that carry weights stand for themselves: fit takes either
    assert recorded_class_weight(record, rows(train=True)) == (None, ())


@pytest.mark.parametrize(
    ("record", "is_weighted", "said"),
    [
        (Record(uses_class_weight=True), False, "had class weights, which the record does not"),
        (Record(uses_sample_weight=True), False, "had sample weights, which the data has not"),
        (
            Record(uses_sample_weight=False, uses_class_weight=False),
            True,
            "The data has sample weights, but the recorded training used none",
        ),
    ],
)
def test_what_probes_can_not_weigh_as_fit_did_is_said(
    record: Record, is_weighted: bool, said: str
) -> None:
    class_weight, (note,) = recorded_class_weight(record, rows(train=is_weighted))
    assert class_weight is None
    assert said in note
