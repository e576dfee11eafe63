"""Arrays in memory, in every form that functions return them in."""

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.datasets.objects import parts_of_object

X, Y = np.zeros((6, 2)), np.arange(6)
XV, YV = np.ones((3, 2)), np.arange(3)


def parts(value):
    return parts_of_object(value, "data", use_test=False)


@pytest.mark.parametrize(
    ("value", "n_val"),
    [
        ((X, Y), None),
        ([X, Y], None),
        ((X.tolist(), Y.tolist()), None),
        ((X, Y, XV, YV), 3),
        (((X, Y), (XV, YV)), 3),
        (((X, Y), (X, Y)), 6),
        ({"x": X, "y": Y}, None),
        ({"x_train": X, "y_train": Y, "x_val": XV, "y_val": YV}, 3),
        (([X, X], Y, [XV, XV], YV), 3),
    ],
)
def test_arrays_come_in_many_forms(value, n_val):
    found = parts(value)
    assert len(found.train) == 6
    assert (len(found.val) if found.val else None) == n_val


def test_weights_are_the_third():
    assert parts((X, Y, Y + 1)).train.weights.tolist() == [1, 2, 3, 4, 5, 6]
    found = parts(((X, Y, Y), (XV, YV)))
    assert found.train.weights is not None
    assert found.val.weights is None


def test_several_inputs_are_a_list_or_a_dict():
    found = parts(({"a": X, "b": X + 1}, Y))
    assert found.input_names == ("a", "b")
    assert len(parts(([X, X + 1], Y)).train.inputs) == 2


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "data: None is no data;"),
        (3, "data: a int is no data;"),
        ((X,), "data: a tuple of 1 is no data;"),
        ((X, Y, X, Y, X, Y), "data: a tuple of 6 is no data;"),
        ("text", "data: a str is no data;"),
        (([[1, 2], [3]], Y), "data: x is no array ("),
        (
            (({"a": X}, Y), ({"b": XV}, YV)),
            "data: training and validation rows name different inputs or targets; give both",
        ),
    ],
)
def test_everything_else_is_refused(value, what):
    with pytest.raises(InputError) as caught:
        parts(value)
    assert str(caught.value).startswith(what)
    assert "\n" not in str(caught.value)
