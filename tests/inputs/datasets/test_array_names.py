"""What the names of arrays mean."""

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.datasets.array_names import ArrayName, parse_name, parts_of_names

X, Y = np.zeros((4, 2)), np.zeros(4)
FOUR = {"x_train": X, "y_train": Y, "x_val": X + 1, "y_val": Y + 1}


def parts(arrays, use_test=False):
    return parts_of_names(arrays, "data.npz", use_test=use_test)


def refusal(arrays, use_test=False):
    with pytest.raises(InputError) as caught:
        parts(arrays, use_test)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("x_train", ("inputs", "train", "")),
        ("X_train", ("inputs", "train", "")),
        ("Xtrain", ("inputs", "train", "")),
        ("train_x", ("inputs", "train", "")),
        ("train_labels", ("targets", "train", "")),
        ("x", ("inputs", "train", "")),
        ("y", ("targets", "train", "")),
        ("x_valid", ("inputs", "val", "")),
        ("y_validation", ("targets", "val", "")),
        ("y_dev", ("targets", "val", "")),
        ("x_test", ("inputs", "test", "")),
        ("x_train_0", ("inputs", "train", "0")),
        ("x_train_image", ("inputs", "train", "image")),
        ("x_val_head_2", ("inputs", "val", "head_2")),
        ("x_0", ("inputs", "train", "0")),
        ("sample_weight", ("weights", "train", "")),
        ("sample_weight_val", ("weights", "val", "")),
        ("groups_train", ("groups", "train", "")),
    ],
)
def test_usual_names_have_their_meaning(name, meaning):
    role, part, key = meaning
    assert parse_name(name) == ArrayName(role=role, part=part, key=key)


@pytest.mark.parametrize("name", ["class_names", "mean", "xs", "training", "", "test", "history"])
def test_other_names_have_none(name):
    assert parse_name(name) is None


def test_names_alone_make_the_training_part():
    found = parts({"x": X, "y": Y})
    assert found.val is None
    assert found.train.inputs[0] is not None


def test_several_inputs_are_in_the_order_of_their_numbers():
    arrays = {f"x_train_{i}": np.full((2, 1), i) for i in (10, 2, 1, *range(3, 10), 0)}
    found = parts({**arrays, "y_train": Y[:2]})
    assert [int(array[0, 0]) for array in found.train.inputs] == list(range(11))
    assert found.input_names == ()


def test_named_inputs_keep_their_names_in_both_parts():
    found = parts(
        {
            "x_train_text": X,
            "x_train_image": X + 1,
            "x_val_image": X + 3,
            "x_val_text": X + 2,
            "y_train_a": Y,
            "y_val_a": Y,
        }
    )
    assert (found.input_names, found.target_names) == (("text", "image"), ("a",))
    assert [array[0, 0] for array in found.val.inputs] == [2, 3]


def test_what_is_not_used_is_said():
    assert parts({**FOUR, "class_names": Y}).notes == ("Not used: 'class_names'.",)


def test_groups_and_weights_go_with_their_part():
    found = parts({**FOUR, "groups_train": Y, "groups_val": Y + 5, "sample_weight_val": X[:, :1]})
    assert found.val_groups.tolist() == [5, 5, 5, 5]
    assert found.train.weights is None
    assert found.val.weights.shape == (4,)


TRAIN = {"x_train": X, "y_train": Y}
TEST = {"x_test": X, "y_test": Y}


def test_a_test_part_serves_as_validation_only_when_allowed():
    assert refusal({**TRAIN, **TEST}) == (
        "data.npz: has a test part but no validation part, and a test part is for the end, not for"
        " choosing a recipe; add a validation part, leave the test part out, or allow it with"
        " --use-test"
    )
    allowed = parts({**TRAIN, **TEST}, use_test=True)
    assert len(allowed.val) == 4
    assert allowed.notes == (
        "Validated on the test part, as --use-test allows: keep other rows for the end.",
    )
    both = parts({**FOUR, **TEST}, use_test=True)
    assert both.val.inputs[0][0, 0] == 1
    assert both.notes == ("The test part was left alone.",)


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        (
            {"a": X, "b": Y},
            "data.npz: no inputs in it, but 'a', 'b'; name the arrays x_train, y_train, x_val,"
            " y_val (or x and y), several inputs as x_train_0, x_train_1",
        ),
        (
            {"x_train": X},
            "data.npz: has no y_train; name the arrays x_train, y_train, x_val, y_val (or x and"
            " y), several inputs as x_train_0, x_train_1",
        ),
        (
            {**TRAIN, "x_val": X},
            "data.npz: has no y_val; name the arrays x_train, y_train, x_val, y_val (or x and y),"
            " several inputs as x_train_0, x_train_1",
        ),
        (
            {"x_val": X, "y_val": Y},
            "data.npz: has no training part; name its arrays x_train and y_train",
        ),
        (
            {**TRAIN, "X_train": X},
            "data.npz: 'x_train' and 'X_train' mean the same array; keep one",
        ),
        (
            {**TRAIN, "x_train_mask": X},
            "data.npz: has both 'x_train' and 'x_train_mask'; name several arrays x_train_0,"
            " x_train_1, ..., and others differently",
        ),
        (
            {"x_train_0": X, "x_train_2": X, "y": Y},
            "data.npz: x_train_ is numbered 0, 2; count from 0 without gaps",
        ),
        (
            {"x_train_0": X, "x_train_1": X, "y_train": Y, "x_val": X, "y_val": Y},
            "data.npz: val has x_val, but train has x_train_0, x_train_1; give both the same",
        ),
        (
            {"x_train": np.float64(3), "y_train": Y},
            "data.npz: x_train is one value, not an array with a row for each sample",
        ),
        (
            {"x_train": np.array([{}, {}]), "y_train": Y},
            "data.npz: x_train holds Python objects; give plain numbers or text",
        ),
        (
            {"x_train": X.astype("datetime64[s]"), "y_train": Y},
            "data.npz: x_train holds datetime64[s] values; give plain numbers or text",
        ),
    ],
)
def test_every_refusal_says_what_to_do(arrays, what):
    assert refusal(arrays) == what
