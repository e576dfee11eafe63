"""What each row counts in training and in validation, wherever a split puts it."""

import numpy as np
import pytest

from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.row_weights import row_weights


def dataset(train_weights=None, val_weights=None, targets=((0, 0, 1, 1), (0, 1))):
    def part(labels, weights):
        return Rows(
            inputs=(np.arange(len(labels), dtype="float32")[:, None],),
            targets=(np.array(labels),),
            weights=None if weights is None else np.float32(weights),
        )

    return Dataset(
        source="data.npz",
        sha256=None,
        train=part(targets[0], train_weights),
        val=part(targets[1], val_weights),
    )


def test_without_weights_all_rows_count_alike():
    found = row_weights(dataset())
    assert (found.training, found.validation, found.unknown, found.note) == (None,) * 4


def test_class_weights_in_disguise_hold_for_validation_rows_in_training_alone():
    found = row_weights(dataset([1, 1, 6, 6]))
    assert found.training.tolist() == [1, 1, 6, 6, 1, 6]
    assert found.validation is None
    assert found.unknown is None
    assert found.note == (
        "Only training rows have sample weights: validation rows drawn for training get that of"
        " their class, and for validation all rows count equally."
    )


def test_one_hot_rows_have_classes_too():
    one_hot = (np.eye(2)[[0, 0, 1, 1]], np.eye(2)[[0, 1]])
    assert row_weights(dataset([1, 1, 6, 6], targets=one_hot)).training.tolist() == [
        *(1, 1, 6, 6),
        *(1, 6),
    ]


def test_weights_of_the_validation_part_alone_count_in_validation_alone():
    found = row_weights(dataset(None, [0.5, 2]))
    assert found.training is None
    assert found.validation.tolist() == [0.5, 0.5, 2, 2, 0.5, 2]
    assert found.unknown is None


def test_weights_of_both_parts_go_with_their_rows():
    found = row_weights(dataset([1, 2, 3, 4], [5, 6]))
    assert found.training.tolist() == found.validation.tolist() == [1, 2, 3, 4, 5, 6]
    assert (found.unknown, found.note) == (None, None)


@pytest.mark.parametrize(
    ("weights", "targets", "unknown"),
    [
        (
            [1, 2, 6, 6],
            ((0, 0, 1, 1), (0, 1)),
            "only training rows have sample weights, which differ within a class",
        ),
        (
            [1, 1, 6, 6],
            ((0, 0, 1, 1), (0, 2)),
            "only training rows have sample weights, and none is of class 2",
        ),
        (
            [1, 1, 6, 6],
            ((0.5, 0.25, 1.5, 1.25), (0.5, 1.5)),
            "only training rows have sample weights, which differ from row to row",
        ),
    ],
)
def test_weights_that_no_class_explains_leave_other_rows_the_mean(weights, targets, unknown):
    found = row_weights(dataset(weights, targets=targets))
    assert found.unknown == unknown
    mean = sum(weights) / 4
    assert found.training.tolist() == [*weights, mean, mean]


def test_one_weight_for_all_needs_no_classes():
    found = row_weights(dataset([2, 2, 2, 2], targets=((0.5, 0.25, 1.5, 1.25), (0.5, 1.5))))
    assert found.unknown is None
    assert found.training.tolist() == [2] * 6
