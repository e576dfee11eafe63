"""What the saved weights do on the user's rows, against sums by hand and Keras' own evaluation."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.training.evaluate import evaluate
from tests.training.test_trainer import streamed
from tests.training.trainers import dataset_of, mlp, vectors

pytestmark = pytest.mark.tensorflow


def linear(penalty: Any = None) -> Any:
    """y = 2 x, compiled for squared errors."""
    import keras

    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_regularizer=penalty)]
    )
    model.compile("sgd", "mse")
    model.set_weights([np.array([[2.0]], "float32")])
    return model


def test_losses_and_their_spread_are_those_of_the_rows() -> None:
    import keras

    x = np.array([[1.0], [2.0], [1.0], [3.0]], "float32")
    y = np.array([[1.0], [4.0], [4.0], [5.0]], "float32")
    found = evaluate(linear(keras.regularizers.L2(0.25)), dataset_of([x], [y], 2))
    # training: (2 - 1)^2 = 1, (4 - 4)^2 = 0; validation: (2 - 4)^2 = 4, (6 - 5)^2 = 1
    assert found.clean_train_loss == pytest.approx(0.5)
    assert found.clean_val_loss == pytest.approx(2.5)
    # sd of 4 and 1: sqrt(2 * 1.5^2) = 2.1213; over 2.5
    assert found.row_loss_cv == pytest.approx(2.1213 / 2.5, rel=1e-4)
    # data: mean of 2 (2 - 1) 1 and 2 (4 - 4) 2 = 1; penalty: 2 * .25 * 2 = 1
    assert found.penalty_gradient_ratio == pytest.approx(1.0)
    assert found.clean_train_accuracy is None
    assert evaluate(linear(), dataset_of([x], [y], 2)).penalty_gradient_ratio == 0.0


def test_losses_and_accuracies_are_those_of_keras_without_penalty_and_dropout() -> None:
    import keras

    dataset = vectors(600)
    model = mlp(lambda: keras.regularizers.L2(0.1), rate=0.5)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    found = evaluate(model, dataset)
    for part, loss in (
        (dataset.train, found.clean_train_loss),
        (dataset.val, found.clean_val_loss),
    ):
        logs = model.evaluate(part.inputs[0], part.targets[0], verbose=0, return_dict=True)
        penalty = sum(float(value) for value in model.losses)
        assert loss == pytest.approx(logs["loss"] - penalty, rel=1e-4)
        if part is dataset.train:
            assert found.clean_train_accuracy == pytest.approx(logs["accuracy"])
    assert evaluate(model, streamed(dataset)).clean_val_loss == pytest.approx(
        found.clean_val_loss, rel=1e-5
    )


@pytest.mark.parametrize("kind", ["one-hot", "binary", "logits"])
def test_accuracy_goes_by_the_loss(kind: str) -> None:
    import keras

    random = np.random.default_rng(0)
    x = random.normal(size=(60, 4)).astype("float32")
    units, activation = {"one-hot": (3, "softmax"), "binary": (1, "sigmoid")}.get(kind, (1, None))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation)])
    loss: Any = {
        "one-hot": "categorical_crossentropy",
        "binary": "binary_crossentropy",
        "logits": keras.losses.BinaryCrossentropy(from_logits=True),
    }[kind]
    model.compile("sgd", loss)
    labels = random.integers(0, max(units, 2), 60)
    y = np.eye(3)[labels] if kind == "one-hot" else labels[:, None]
    found = evaluate(model, dataset_of([x], [y.astype("float32")], 40))
    scores = model.predict(x[:40], verbose=0)
    if kind == "one-hot":
        guesses = scores.argmax(axis=1)
    else:
        guesses = (scores[:, 0] > (0.5 if kind == "binary" else 0.0)).astype(int)
    assert found.clean_train_accuracy == pytest.approx(np.mean(guesses == labels[:40]))


def test_several_outputs_count_as_the_model_weights_them() -> None:
    import keras

    x = keras.Input((1,), name="x")
    outputs = {
        name: keras.layers.Dense(1, use_bias=False, name=name)(x) for name in ("near", "far")
    }
    model = keras.Model(x, outputs)
    model.compile("sgd", {"near": "mse", "far": "mae"}, loss_weights={"near": 2.0, "far": 0.5})
    model.get_layer("near").kernel.assign([[1.0]])
    model.get_layer("far").kernel.assign([[1.0]])
    ones = np.ones((4, 1), "float32")
    # in the model's order, far comes first: |1 - 3| = 2, (1 - 4)^2 = 9; .5 * 2 + 2 * 9 = 19
    found = evaluate(model, dataset_of([ones], [3 * ones, 4 * ones], 2))
    assert found.clean_val_loss == pytest.approx(19.0)
    assert found.row_loss_cv == 0.0


def test_clean_losses_weigh_rows_as_validation_does() -> None:
    x = np.array([[1.0], [2.0], [1.0]], "float32")
    y = np.array([[1.0], [2.0], [1.0]], "float32")
    weights = np.array([1.0, 0.5, 0.25], "float32")
    # errors 1 and 4, of which the weights of the training do not count: (1 + 4) / 2 = 2.5
    alone = dataset_of([x], [y], 2, weights)
    found = evaluate(linear(), alone)
    assert found.clean_train_loss == pytest.approx(2.5)
    assert found.clean_val_loss == pytest.approx(1.0)
    # (1 * 1 + .5 * 4) / 2 = 1.5, and .25 * 1
    both = replace(alone, val=replace(alone.val, weights=weights[2:]))
    found = evaluate(linear(), both)
    assert found.clean_train_loss == pytest.approx(1.5)
    assert found.clean_val_loss == pytest.approx(0.25)
