"""The structure in which a model takes its inputs and gives its outputs."""

from typing import Any

import keras
import pytest

from advisor.keras_internals.structure import inputs_structure, layer_name_of, outputs_structure

pytestmark = pytest.mark.tensorflow


def by_name() -> Any:
    """Two inputs and two outputs, each a dict."""
    inputs = {name: keras.Input((2,), name=name) for name in ("left", "right")}
    both = keras.layers.Concatenate()([inputs["right"], inputs["left"]])
    outputs = {name: keras.layers.Dense(1, name=name)(both) for name in ("mean", "spread")}
    return keras.Model(inputs, outputs)


def test_dicts_are_kept_as_the_model_was_made_with() -> None:
    model = by_name()
    assert list(inputs_structure(model)) == ["left", "right"]
    assert list(outputs_structure(model)) == ["mean", "spread"]
    assert inputs_structure(model)["left"] is model.inputs[0]


def test_one_tensor_is_no_structure() -> None:
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    assert inputs_structure(model) is model.inputs[0]


def test_a_sequential_takes_what_the_model_inside_it_takes() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    (tensor,) = keras.tree.flatten(inputs_structure(model))
    assert tensor.shape == (None, 2)


class InCode(keras.Model):  # type: ignore[misc]
    def call(self, inputs: Any) -> Any:
        return inputs


@pytest.mark.parametrize("model", [InCode(), keras.Sequential([keras.layers.Dense(1)])])
def test_a_model_without_symbolic_tensors_has_no_structure(model: Any) -> None:
    assert inputs_structure(model) is None
    assert outputs_structure(model) is None


def test_an_output_names_the_layer_it_comes_from() -> None:
    assert [layer_name_of(tensor) for tensor in by_name().outputs] == ["mean", "spread"]
