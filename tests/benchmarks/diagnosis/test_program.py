"""The compiled loop behind the interventions trains as `Model.fit` does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.benchmarks.diagnosis.models import (
    LOSSES,
    Architecture,
    Signature,
    Strengths,
    user_model,
)
from tests.benchmarks.diagnosis.program import Program, Rows, make_optimizer
from tests.benchmarks.diagnosis.user_run import class_weights

pytestmark = pytest.mark.tensorflow

BATCH, EPOCHS, SEEDS = 16, 3, 8
LONG, RATE = 10, 0.03  # epochs and learning rate where distributions are compared

NETWORKS = [
    (Architecture(kind="mlp", width=8, depth=2), Signature(shape=(6,), target="binary"), "adam"),
    (
        Architecture(kind="mlp", width=8, activation="tanh"),
        Signature(shape=(6,), target="regression"),
        "rmsprop",
    ),
    (
        Architecture(kind="cnn-bn", width=2, depth=2),
        Signature(shape=(8, 8, 1), target="multiclass", classes=3),
        "sgd",
    ),
    (
        Architecture(kind="conv1d", width=3),
        Signature(shape=(16, 1), target="multiclass", classes=3),
        "adam",
    ),
    (Architecture(kind="lstm", width=3), Signature(shape=(5, 2), target="regression"), "sgd"),
    (Architecture(kind="gru", width=3), Signature(shape=(5, 2), target="binary"), "adam"),
    (
        Architecture(kind="bow", width=4, depth=2),
        Signature(shape=(7,), target="binary", vocabulary=20),
        "adam",
    ),
]


def draw(signature: Signature, rows: int, seed: int) -> Rows:
    """Targets that follow the inputs, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    if signature.vocabulary:
        x = rng.integers(0, signature.vocabulary, (rows, *signature.shape)).astype(np.int32)
    else:
        x = rng.normal(size=(rows, *signature.shape)).astype(np.float32)
    signal = x.reshape(rows, -1)[:, :3].sum(axis=1) + 0.5 * rng.normal(size=rows)
    signal -= np.median(signal)
    if signature.target == "multiclass":
        y: Any = np.digitize(signal, [-1.0, 1.0]).astype(np.int32)
    else:
        y = signal if signature.target == "regression" else signal > 0.3
        y = y.astype(np.float32)
    return Rows(x=x, y=y[:, None], weight=np.ones(rows, np.float32))


@pytest.mark.parametrize("strengths", [Strengths(), Strengths(l1=1e-3, l2=1e-2)])
@pytest.mark.parametrize(("architecture", "signature", "optimizer"), NETWORKS)
def test_equal_weights_and_batches_give_equal_losses(
    architecture: Architecture, signature: Signature, optimizer: str, strengths: Strengths
) -> None:
    train, test = draw(signature, 64, 0), draw(signature, 100, 1)
    program = Program(architecture, signature, optimizer, BATCH)
    ours = program.train(
        train,
        test,
        test,
        strengths=strengths,
        learning_rate=0.01,
        epochs=EPOCHS,
        seed=5,
        every_epoch=True,
    )
    theirs = fit(
        architecture=architecture,
        signature=signature,
        optimizer=optimizer,
        strengths=strengths,
        train=train,
        test=test,
        weights=program.initial(5),
    )
    assert ours.test == pytest.approx(theirs, rel=2e-4)


def fit(
    *,
    architecture: Architecture,
    signature: Signature,
    optimizer: str,
    strengths: Strengths,
    train: Rows,
    test: Rows,
    weights: list[Any],
) -> list[float]:
    """Keras' own data loss after each epoch, from the same start and in the same batch order."""
    model = user_model(architecture, signature, strengths)
    model.set_weights(weights)
    loss = LOSSES[signature.target]
    model.compile(make_optimizer(optimizer, 0.01), loss, metrics=[loss])
    order, losses = np.random.default_rng(5), []
    for _ in range(EPOCHS):
        rows = order.permutation(len(train.x))
        model.fit(train.x[rows], train.y[rows], batch_size=BATCH, shuffle=False, verbose=0)
        losses.append(float(model.evaluate(test.x, test.y, verbose=0, return_dict=True)[loss]))
    return losses


def test_dropout_and_class_weights_give_the_same_distribution_of_test_losses() -> None:
    architecture = Architecture(kind="mlp", width=16)
    signature = Signature(shape=(6,), target="binary")
    strengths = Strengths(dropout=0.5, l2=1e-3)
    train, test = draw(signature, 96, 0), draw(signature, 1000, 1)
    by_class = class_weights(train.y)
    weights = np.array([by_class[int(label)] for label in train.y[:, 0]], np.float32)
    weighted = Rows(x=train.x, y=train.y, weight=weights)
    program = Program(architecture, signature, "adam", BATCH)
    ours = [
        program.train(
            weighted, test, test, strengths=strengths, learning_rate=RATE, epochs=LONG, seed=seed
        ).test[-1]
        for seed in range(SEEDS)
    ]
    theirs = keras_runs(architecture, signature, strengths, train, test, by_class)
    spread = np.hypot(np.std(ours, ddof=1), np.std(theirs, ddof=1)) / np.sqrt(SEEDS)
    assert abs(np.mean(ours) - np.mean(theirs)) < 3 * spread
    assert spread < 0.05 * np.mean(theirs)
    assert 1 / 3 < np.std(ours) / np.std(theirs) < 3


def keras_runs(
    architecture: Architecture,
    signature: Signature,
    strengths: Strengths,
    train: Rows,
    test: Rows,
    by_class: dict[int, float],
) -> list[float]:
    """Test data losses of stock runs: `Dropout`, `kernel_regularizer`, `class_weight`."""
    import keras

    model = user_model(architecture, signature, strengths)
    model.compile("adam", LOSSES["binary"], metrics=[LOSSES["binary"]])  # compiled once
    losses = []
    for seed in range(SEEDS):
        keras.utils.set_random_seed(seed)
        model.set_weights(user_model(architecture, signature, strengths).get_weights())
        for variable in model.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        model.optimizer.learning_rate.assign(RATE)
        model.fit(train.x, train.y, epochs=LONG, batch_size=BATCH, class_weight=by_class, verbose=0)
        evaluated = model.evaluate(test.x, test.y, verbose=0, return_dict=True)
        losses.append(float(evaluated[LOSSES["binary"]]))
    return losses


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.8])
def test_variable_dropout_keeps_the_mean_and_drops_the_rate(rate: float) -> None:
    import tensorflow as tf

    from tests.benchmarks.diagnosis.dropout import variable_dropout

    layer = variable_dropout(tf.Variable(rate))
    ones = tf.ones((400, 100))
    dropped = layer(ones, training=True).numpy()
    assert np.mean(dropped == 0) == pytest.approx(rate, abs=0.01)
    assert dropped.mean() == pytest.approx(1.0, abs=0.03)
    assert np.array_equal(layer(ones, training=False).numpy(), ones.numpy())
    assert rate == 0.0 or not np.array_equal(layer(ones, training=True).numpy(), dropped)
