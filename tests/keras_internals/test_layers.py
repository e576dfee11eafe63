"""What a layer, or a model as a layer, holds."""

from typing import Any

import keras
import pytest

from advisor.keras_internals.layers import (
    child_layers,
    flat_layers,
    input_tensors_of,
    output_tensors_of,
    own_variables,
    regularization_losses,
    takes_training,
)

pytestmark = pytest.mark.tensorflow


def nested() -> Any:
    """A model in a model, with a layer that wraps another."""
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="deep")], name="inner")
    wrapper = keras.layers.TimeDistributed(keras.layers.Dense(2, name="wrapped"), name="wrapper")
    inputs = keras.Input((3, 4), name="rows")
    return keras.Model(inputs, wrapper(keras.layers.TimeDistributed(inner, name="each")(inputs)))


def test_layers_are_found_at_any_depth() -> None:
    model = nested()
    found = flat_layers(model)
    assert found[0] is model
    names = {layer.name for layer in found}
    assert names >= {"rows", "each", "inner", "deep", "wrapper", "wrapped"}
    assert len(found) == len({id(layer) for layer in found})


def test_children_are_those_right_inside_in_their_order() -> None:
    model = nested()
    assert [layer.name for layer in child_layers(model)] == ["rows", "each", "wrapper"]
    assert [layer.name for layer in child_layers(model.get_layer("wrapper"))] == ["wrapped"]
    assert child_layers(model.get_layer("wrapper").layer) == []


def test_a_layers_own_variables_leave_out_those_of_layers_inside() -> None:
    normalization = keras.layers.BatchNormalization()
    normalization.build((None, 4))
    names = [variable.name for variable in own_variables(normalization)]
    assert names == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert own_variables(nested().get_layer("wrapper")) == []


class Silent(keras.Model):  # type: ignore[misc]
    def call(self, inputs: Any) -> Any:
        return inputs


class Telling(keras.Model):  # type: ignore[misc]
    def call(self, inputs: Any, training: bool = False) -> Any:
        return inputs


@pytest.mark.parametrize(("model", "takes"), [(Silent, False), (Telling, True)])
def test_a_model_tells_whether_its_call_takes_training(model: Any, takes: bool) -> None:
    assert takes_training(model()) is takes


def test_functional_models_take_training() -> None:
    assert takes_training(nested())


def test_penalties_are_those_of_the_weights_and_not_of_activities() -> None:
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(
                1,
                kernel_initializer=keras.initializers.Constant(3.0),
                bias_initializer=keras.initializers.Constant(-2.0),
                kernel_regularizer=keras.regularizers.L2(0.5),
                bias_regularizer=keras.regularizers.L1(0.25),
                activity_regularizer=keras.regularizers.L2(1.0),
            ),
        ]
    )
    found = sorted(float(loss) for loss in regularization_losses(model))
    assert found == pytest.approx([0.5, 4.5])  # 0.25 * |-2| and 0.5 * 3^2


def test_a_layer_tells_the_tensors_of_its_calls() -> None:
    layer = keras.layers.Dense(2)
    shapes = [(3,), (7, 3)]
    for shape in shapes:
        layer(keras.Input(shape))
    assert [tensor.shape[1:] for tensor in input_tensors_of(layer)] == shapes
    assert [tensor.shape[1:] for tensor in output_tensors_of(layer)] == [(2,), (7, 2)]


def test_a_layer_that_was_never_called_tells_no_tensors() -> None:
    assert not list(input_tensors_of(keras.layers.Dense(2)))
    assert not list(output_tensors_of(object()))
