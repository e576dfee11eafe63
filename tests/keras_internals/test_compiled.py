"""What `compile` made of losses and metrics, in models with one output and with several."""

from typing import Any

import keras
import numpy as np
import pytest

from advisor.keras_internals.compiled import (
    compiled_loss,
    compiled_metrics,
    flat_losses,
    loss_parts,
    takes_logits,
    user_metrics,
    whole_loss,
)

pytestmark = pytest.mark.tensorflow

X = np.array([[1.0], [2.0]], "float32")
Y = np.array([[1.0], [0.0]], "float32")


def linear(model_class: Any = keras.Model, **compiled: Any) -> Any:
    """y = 2 x with the penalty 0.5 * 2^2 = 2."""
    inputs = keras.Input((1,))
    layer = keras.layers.Dense(1, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.5))
    model = model_class(inputs, layer(inputs))
    if compiled:
        model.compile("sgd", **compiled)
    model.set_weights([np.array([[2.0]], "float32")])
    return model


def two_outputs() -> Any:
    """Outputs `a` and `b`, of which `b` counts three times, built on a batch."""
    inputs = keras.Input((1,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in "ab"}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", loss={"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 3.0})
    model.evaluate(X, {"a": Y, "b": Y}, verbose=0)
    return model


def test_the_compiled_loss_is_a_function_of_targets_and_outputs() -> None:
    loss = compiled_loss(linear(loss="mse"))
    # (2 - 1)^2 = 1, (4 - 0)^2 = 16
    assert float(loss(Y, 2 * X)) == pytest.approx(8.5)
    # the second row counts for nothing: 1 / 2
    assert float(loss(Y, 2 * X, np.array([1.0, 0.0]))) == pytest.approx(0.5)


def test_a_model_that_is_not_compiled_has_neither_loss_nor_metrics() -> None:
    model = linear()
    assert (compiled_loss(model), compiled_metrics(model), user_metrics(model)) == (None,) * 3


def test_compiled_metrics_are_one_metric_whose_result_is_a_dict() -> None:
    model = linear(loss="mse", metrics=["mae"])
    metrics = compiled_metrics(model)
    metrics.update_state(Y, 2 * X)
    assert float(metrics.result()["mae"]) == pytest.approx(2.5)  # |2 - 1| = 1, |4 - 0| = 4
    assert user_metrics(model) == ["mae"]


def test_the_whole_loss_holds_the_penalty_too() -> None:
    model = linear(loss="mse")
    found = whole_loss(model, X, Y, model(X), None, training=True)
    assert float(found) == pytest.approx(8.5 + 2.0)


class WithoutTraining(keras.Model):
    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None
    ) -> Any:
        return keras.ops.sum(y_pred)


def test_the_whole_loss_is_that_of_a_method_without_the_argument_training() -> None:
    model = linear(WithoutTraining, loss="mse")
    assert float(whole_loss(model, X, Y, model(X), None, training=True)) == pytest.approx(6.0)


def test_each_loss_comes_with_its_weight_its_target_and_its_output() -> None:
    model = two_outputs()
    targets = {"b": Y + 1, "a": Y}  # in another order than the model's
    outputs = {"b": X + 1, "a": X}
    parts = loss_parts(compiled_loss(model), targets, outputs)
    weighted = sorted(
        (part.weight, float(part.loss(part.target, part.output)), float(part.target[0, 0]))
        for part in parts
    )
    # a: (1 - 1)^2 = 0 and (2 - 0)^2 = 4; b: |2 - 2| = 0 and |3 - 1| = 2
    assert weighted == [(1.0, 2.0, 1.0), (3.0, 1.0, 2.0)]


def test_one_loss_alone_has_no_weight() -> None:
    model = linear(loss="mse")
    model.evaluate(X, Y, verbose=0)
    (part,) = loss_parts(compiled_loss(model), Y, 2 * X)
    assert part.weight is None
    assert (part.target is Y, np.array_equal(part.output, 2 * X)) == (True, True)


def test_an_output_without_a_loss_has_no_part() -> None:
    inputs = keras.Input((1,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in "ab"}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", loss={"a": None, "b": "mae"})
    model.evaluate(X, {"a": Y, "b": Y}, verbose=0)
    compiled = compiled_loss(model)
    (part,) = loss_parts(compiled, {"a": X, "b": Y}, {"a": Y, "b": X})
    assert np.array_equal(part.target, Y)
    assert len(flat_losses(compiled)) == 1


def test_losses_are_listed_once_each() -> None:
    names = {loss.fn.__name__ for loss in flat_losses(compiled_loss(two_outputs()))}
    assert names == {"mean_squared_error", "mean_absolute_error"}


@pytest.mark.parametrize("is_logits", [True, False])
@pytest.mark.parametrize("kind", ["BinaryCrossentropy", "SparseCategoricalCrossentropy"])
def test_a_loss_tells_whether_it_takes_logits(kind: str, is_logits: bool) -> None:
    assert takes_logits(getattr(keras.losses, kind)(from_logits=is_logits)) is is_logits


def test_a_loss_that_knows_no_logits_takes_none() -> None:
    assert not takes_logits(keras.losses.MeanSquaredError())
