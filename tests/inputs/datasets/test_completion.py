"""From what a source holds to a data set: classes, a validation part, leaks."""

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.dataset import Rows
from advisor.inputs.datasets.class_labels import class_labels
from advisor.inputs.datasets.completion import completed
from advisor.inputs.datasets.parts import Parts

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 3))
Y = np.arange(50) % 5


def rows(x=X, y=Y, weights=None):
    return Rows(inputs=(x,), targets=(y,), weights=weights)


def finished(**parts):
    return completed(Parts(**{"train": rows(), **parts}), "data.npz", sha256=None, seed=0)


def refusal(**parts):
    with pytest.raises(InputError) as caught:
        finished(**parts)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_class_names_are_numbered_in_sorted_order_over_both_parts():
    found = finished(
        train=rows(X[:3], np.array(["dog", "cat", "dog"])),
        val=rows(X[3:5], np.array(["ant", "cat"])),
    )
    assert found.train.targets[0].tolist() == [2, 1, 2]
    assert found.val.targets[0].tolist() == [0, 1]
    assert found.class_names == ("ant", "cat", "dog")
    assert found.notes == ("Class names are numbered in sorted order: 0 'ant', 1 'cat', 2 'dog'.",)


def test_a_missing_validation_part_is_split_off_and_said():
    found = finished()
    assert (len(found.train), len(found.val), found.val_origin) == (40, 10, "split off")
    assert np.bincount(found.val.targets[0]).tolist() == [2, 2, 2, 2, 2]
    assert found.notes == (
        "No validation part was given: 10 of 50 rows were split off (stratified by class). Give"
        " the one used in the training for the user's own split.",
    )
    again = finished()
    np.testing.assert_array_equal(found.val.inputs[0], again.val.inputs[0])


def test_rows_and_groups_in_both_parts_are_said_but_not_refused():
    found = finished(
        val=rows(np.vstack([X[:4], X[:2] + 9]), np.zeros(6, int)),
        train_groups=np.arange(50),
        val_groups=np.array([0, 1, 60, 61, 62, 63]),
    )
    assert found.duplicates == 4
    assert found.notes == (
        "4 of 6 validation rows have the inputs of a training row: validation figures are too good"
        " by their share.",
        "2 groups have rows in both parts, which may leak.",
    )


def test_equal_rows_are_found_whatever_their_types():
    train = rows(np.array([[1, 2], [3, 4]]), Y[:2])
    val = rows(np.array([[1.0, 2.0], [3.5, 4.0]], dtype=np.float32), Y[:2])
    assert finished(train=train, val=val).duplicates == 1
    text = rows(np.array(["a", "bbb"]), Y[:2])
    assert finished(train=text, val=rows(np.array(["bbb", "c"]), Y[:2])).duplicates == 1


def test_groups_follow_their_rows_when_a_part_is_split_off():
    groups = np.repeat(np.arange(10), 5)
    found = finished(train=rows(groups[:, None] * 1.0, Y), train_groups=groups)
    pooled = np.concatenate([found.train.inputs[0], found.val.inputs[0]])[:, 0]
    np.testing.assert_array_equal(found.groups, pooled)
    assert not set(found.train.inputs[0][:, 0]) & set(found.val.inputs[0][:, 0])


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        (
            {"train": rows(X[:40])},
            "data.npz: the training part has 40 rows of input, 50 rows of target; give a row of"
            " each per sample",
        ),
        (
            {"val": rows(X[:0], Y[:0])},
            "data.npz: the validation part has no rows",
        ),
        (
            {"train": rows(weights=np.ones((50, 2)))},
            "data.npz: sample weights of the training part have shape (50, 2); give one value a"
            " row",
        ),
        (
            {"val": rows(X[:, :2])},
            "data.npz: inputs differ: a training row has shape (3,) of float64, a validation row"
            " shape (2,) of float64; give both the same",
        ),
        (
            {"train": rows(X[:9], Y[:9])},
            "data.npz: has 9 rows, too few to split off a validation part; give x_val and y_val,"
            " or at least 10 rows",
        ),
        (
            {"train_groups": np.zeros(50)},
            "data.npz: all rows are of one group; give a separate validation part",
        ),
        (
            {"val": rows(), "train_groups": np.zeros(50)},
            "data.npz: only one of the parts has groups; give groups_train and groups_val",
        ),
        (
            {"train": rows(y=np.array([["a", "b"]] * 50))},
            "data.npz: several targets, or columns of one, hold text; give the numbers that the"
            " model was trained on",
        ),
    ],
)
def test_every_refusal_says_what_to_do(parts, what):
    assert refusal(**parts) == what


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        (np.array([0, 1, 1, 0]), [0, 1, 1, 0]),
        (np.array([[1.0], [0.0], [0.0], [1.0]]), [1, 0, 0, 1]),
        (np.array([[0, 1], [1, 0], [1, 0], [0, 1]]), [1, 0, 0, 1]),
        (np.array([0.5, 1, 1, 0]), None),
        (np.array([1.0, np.nan, 1, 0]), None),
        (np.array([[0, 1], [1, 1], [1, 0], [0, 1]]), None),
        (np.arange(20), None),
    ],
)
def test_class_labels_are_whole_numbers_or_one_hot_rows(target, classes):
    found = class_labels(rows(np.zeros((len(target), 1)), target))
    assert (found.tolist() if found is not None else None) == classes
