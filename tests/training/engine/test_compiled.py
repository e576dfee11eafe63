"""The compiled program takes the steps that Keras takes, on real layers and regularizers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from advisor.errors import UsageError
from advisor.inputs.dataset import Dataset
from advisor.probes.trial import Trial
from advisor.regularization import Slot
from advisor.training.engine.compiled import Program, has_conds
from advisor.training.trainer import ProgramTrainer, make_trainer
from tests.training.tested_trials import TestedTrials
from tests.training.trainers import dataset_of, keys, mlp, strategy, traced, vectors

pytestmark = pytest.mark.tensorflow

BATCH, STEPS = 8, 5
Builder = Callable[[Any], Any]
RANDOM = np.random.default_rng(1)


def images() -> Dataset:
    x = RANDOM.normal(size=(52, 8, 8, 2)).astype("float32")
    return dataset_of([x], [RANDOM.integers(0, 3, 52).astype("int32")], 40)


def sequences() -> Dataset:
    x = RANDOM.normal(size=(52, 6, 3)).astype("float32")
    return dataset_of([x], [RANDOM.normal(size=(52, 1)).astype("float32")], 40)


def tokens() -> Dataset:
    x = RANDOM.integers(0, 9, (52, 5)).astype("int32")
    return dataset_of([x], [RANDOM.integers(0, 2, (52, 1)).astype("float32")], 40)


def two_targets() -> Dataset:
    x = RANDOM.normal(size=(52, 6)).astype("float32")
    kinds = RANDOM.integers(0, 3, 52).astype("int32")
    return dataset_of([x], [kinds, x[:, :1]], 40)


def conv_net(penalty: Any) -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            L.Conv2D(4, 3, name="conv", kernel_regularizer=penalty),
            L.BatchNormalization(),
            L.ReLU(),
            L.Flatten(),
            L.Dense(3, "softmax"),
        ]
    )


def separable_net(penalty: Any) -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            L.SeparableConv2D(4, 3, name="conv", pointwise_regularizer=penalty),
            L.GlobalAveragePooling2D(),
            L.Dense(3, "softmax"),
        ]
    )


def lstm_net(penalty: Any) -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6, 3))
    y = L.LSTM(4, name="cells", kernel_regularizer=penalty)(x)
    return keras.Model(x, L.Dense(1)(y))


def embedding_net(penalty: Any) -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            L.Embedding(9, 4, name="words", embeddings_regularizer=penalty),
            L.GlobalAveragePooling1D(),
            L.Dense(1, "sigmoid"),
        ]
    )


def two_headed_net(penalty: Any) -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,))
    y = L.Dense(8, "relu", name="trunk", kernel_regularizer=penalty)(x)
    outputs = {"kind": L.Dense(3, "softmax", name="kind")(y), "size": L.Dense(1, name="size")(y)}
    return keras.Model(x, outputs)


SPARSE = "sparse_categorical_crossentropy"
NETWORKS: dict[str, tuple[Builder, Callable[[], Dataset], Any, str, Slot]] = {
    "conv": (conv_net, images, SPARSE, "conv", "kernel_regularizer"),
    "separable": (separable_net, images, SPARSE, "conv", "pointwise_regularizer"),
    "lstm": (lstm_net, sequences, "mse", "cells", "kernel_regularizer"),
    "embedding": (embedding_net, tokens, "binary_crossentropy", "words", "embeddings_regularizer"),
    "two heads": (
        two_headed_net,
        two_targets,
        {"kind": SPARSE, "size": "mse"},
        "trunk",
        "kernel_regularizer",
    ),
}


def compiled(build: Builder, penalty: Any, loss: Any, optimizer: Any) -> Any:
    model = build(penalty)
    weights = {"kind": 0.5, "size": 2.0} if isinstance(loss, dict) else None
    model.compile(optimizer, loss, loss_weights=weights)
    return model


def keras_losses(model: Any, trainer: ProgramTrainer, trial: Trial, dataset: Dataset) -> list[Any]:
    """Keras' own steps from the same weights on the same batches; its weights after them."""
    trainer.start(trial)
    model.set_weights(trainer.adjustable.model.get_weights())
    plan = trainer.plan(trial)
    for epoch in range(trial.epochs):
        order = plan.order(epoch)
        for first in range(0, len(order), BATCH):
            rows = dataset.train.take(order[first : first + BATCH])
            targets: Any = rows.targets[0]
            if len(rows.targets) > 1:
                targets = dict(zip(("kind", "size"), rows.targets, strict=True))
            model.train_on_batch(rows.inputs[0], targets, sample_weight=rows.weights)
    return [np.array(weight) for weight in model.get_weights()]


def data_loss(model: Any, dataset: Dataset) -> float:
    """Keras' own validation loss without the penalty."""
    targets: Any = dataset.val.targets[0]
    if len(dataset.val.targets) > 1:
        targets = dict(zip(("kind", "size"), dataset.val.targets, strict=True))
    logs = model.evaluate(
        dataset.val.inputs[0], targets, batch_size=len(dataset.val), verbose=0, return_dict=True
    )
    return float(logs["loss"]) - sum(float(loss) for loss in model.losses)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_after_sgd_steps_are_those_of_keras_with_real_regularizers(name: str) -> None:
    import keras

    build, make_rows, loss, layer, slot = NETWORKS[name]
    dataset = make_rows()
    chosen = strategy((layer, slot, "l1", 0.01), (layer, slot, "l2", 0.02))
    trainer = make_trainer(
        compiled(build, None, loss, keras.optimizers.SGD(0.1)),
        dataset,
        varied=keys(chosen),
        batch_size=BATCH,
        epochs=1,
    )
    trial = Trial(strategy=chosen, seed=3, epochs=1)
    real = compiled(build, keras.regularizers.L1L2(0.01, 0.02), loss, keras.optimizers.SGD(0.1))
    theirs = keras_losses(real, trainer, trial, dataset)
    curve = trainer.train(trial)
    ours = trainer.adjustable.model.get_weights()
    assert trainer.engine == "compiled"
    assert curve.steps == STEPS
    for mine, their in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(their, abs=1e-5)
    assert curve.val_loss[-1] == pytest.approx(data_loss(real, dataset), rel=1e-5)


@pytest.mark.parametrize("strength", [0.0, 0.02])
@pytest.mark.parametrize("name", NETWORKS)
def test_loss_under_adam_is_that_of_keras(name: str, strength: float) -> None:
    import keras

    build, make_rows, loss, layer, slot = NETWORKS[name]
    dataset = make_rows()
    chosen = strategy((layer, slot, "l2", strength))
    trainer = make_trainer(
        compiled(build, None, loss, keras.optimizers.Adam(0.003)),
        dataset,
        varied=keys(chosen),
        batch_size=BATCH,
        epochs=1,
    )
    trial = Trial(strategy=chosen, seed=3, epochs=1)
    penalty = keras.regularizers.L2(strength) if strength else None
    real = compiled(build, penalty, loss, keras.optimizers.Adam(0.003))
    keras_losses(real, trainer, trial, dataset)
    assert trainer.train(trial).val_loss[-1] == pytest.approx(data_loss(real, dataset), abs=1e-4)


def test_one_trace_serves_all_strengths_seeds_splits_and_lengths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    traces = traced(monkeypatch, Program)
    varied = strategy(
        ("hidden", "kernel_regularizer", "l2", 0.1), ("hidden", "output", "Dropout", 0.5)
    )
    trainer = make_trainer(mlp(), vectors(), varied=keys(varied), batch_size=BATCH, epochs=3)
    for seed, split, epochs in ((0, 0, 3), (1, 1, 2), (2, 5, 1)):
        trainer.train(Trial(seed=seed, split=split, epochs=epochs))
        trainer.train(Trial(strategy=varied, seed=seed, split=split, epochs=epochs))
    assert len(traces) == 1


def test_a_repeated_trial_gives_the_same_curve_bit_for_bit() -> None:
    varied = strategy(
        ("hidden", "kernel_regularizer", "l1", 0.01), ("hidden", "output", "Dropout", 0.5)
    )
    trainer = make_trainer(mlp(), vectors(), varied=keys(varied), batch_size=BATCH, epochs=4)
    trial = Trial(strategy=varied, seed=5, split=2, epochs=4)
    first = trainer.train(trial)
    trainer.train(Trial(seed=1, epochs=4))
    assert trainer.train(trial) == first
    assert trainer.train(Trial(strategy=varied, seed=6, split=2, epochs=4)) != first


def test_the_length_of_calls_does_not_change_a_curve() -> None:
    trainer = make_trainer(mlp(), vectors(), varied=[], batch_size=BATCH, epochs=4)
    trial = Trial(seed=5, epochs=4)
    whole = trainer.train(trial)
    trainer._engine._pace._speed = 0.0  # type: ignore[attr-defined]
    tested_trials = TestedTrials(trainer, vectors().val, batch_size=BATCH)
    curve, tested = tested_trials.train_and_test(trial)
    assert curve == whole
    assert tested == pytest.approx(whole.val_loss)


def test_the_last_batch_is_trained_on_although_it_is_smaller() -> None:
    # 40 rows in batches of 16: steps of 16, 16 and 8 rows
    import keras

    dataset = vectors(60)
    trainer = make_trainer(mlp(), dataset, varied=[], batch_size=16, epochs=1)
    trial = Trial(seed=0, epochs=1)
    trainer.start(trial)
    real = mlp(optimizer=keras.optimizers.SGD(0.1))
    real.set_weights(trainer.adjustable.model.get_weights())
    order = trainer.plan(trial).order(0)
    for first in (0, 16, 32):
        rows = dataset.train.take(order[first : first + 16])
        real.train_on_batch(rows.inputs[0], rows.targets[0])
    assert trainer.train(trial).steps == 3
    for mine, their in zip(trainer.adjustable.model.get_weights(), real.get_weights(), strict=True):
        assert mine == pytest.approx(their, abs=1e-5)


def test_sample_and_class_weights_weigh_training_rows_as_in_keras() -> None:
    dataset = vectors()
    weights = np.random.default_rng(3).uniform(0.1, 2, 60).astype("float32")
    weighted = dataset_of(
        [np.concatenate([dataset.train.inputs[0], dataset.val.inputs[0]])],
        [np.concatenate([dataset.train.targets[0], dataset.val.targets[0]])],
        40,
        weights,
    )
    trial = Trial(seed=1, epochs=1)
    trainer = make_trainer(mlp(), weighted, varied=[], batch_size=BATCH, epochs=1)
    theirs = keras_losses(mlp(), trainer, trial, weighted)
    trainer.train(trial)
    for mine, their in zip(trainer.adjustable.model.get_weights(), theirs, strict=True):
        assert mine == pytest.approx(their, abs=1e-5)

    by_class = {0: 0.2, 1: 3.0, 2: 1.0}
    as_rows = np.array([by_class[int(label)] for label in dataset.train.targets[0]], "float32")
    by_rows = make_trainer(
        mlp(),
        dataset_of(
            [np.concatenate([dataset.train.inputs[0], dataset.val.inputs[0]])],
            [np.concatenate([dataset.train.targets[0], dataset.val.targets[0]])],
            40,
            np.concatenate([as_rows, np.ones(20, "float32")]),
        ),
        varied=[],
        batch_size=BATCH,
        epochs=1,
    )
    by_classes = make_trainer(
        mlp(), dataset, varied=[], batch_size=BATCH, epochs=1, class_weight=by_class
    )
    assert by_classes.train(trial) == by_rows.train(trial)
    assert by_classes.train(trial).val_loss != trainer.train(trial).val_loss


def test_halves_of_the_validation_rows_average_to_the_whole() -> None:
    trainer = make_trainer(mlp(), vectors(57), varied=[], batch_size=BATCH, epochs=2)
    curve = trainer.train(Trial(seed=0, epochs=2))
    # 19 validation rows: halves of 9 and 10
    for first, second, whole in zip(*curve.val_halves, curve.val_loss, strict=True):
        assert whole == pytest.approx((9 * first + 10 * second) / 19, rel=1e-6)
        assert first != second
    assert curve.objective == curve.val_loss


def test_a_compiled_metric_is_the_objective_on_all_validation_rows() -> None:
    model, dataset = mlp(), vectors()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    trainer = make_trainer(
        model, dataset, varied=[], batch_size=BATCH, epochs=3, objective="val_accuracy"
    )
    curve = trainer.train(Trial(seed=0, epochs=3))
    answers = trainer.adjustable.model.predict(dataset.val.inputs[0], verbose=0).argmax(axis=1)
    assert trainer.maximize
    assert curve.objective[-1] == pytest.approx(np.mean(answers == dataset.val.targets[0]))


def test_sequences_of_labels_train_with_ctc() -> None:
    import keras

    x = RANDOM.normal(size=(52, 12, 3)).astype("float32")
    dataset = dataset_of([x], [RANDOM.integers(1, 5, (52, 4)).astype("float32")], 40)
    model = keras.Sequential([keras.Input((12, 3)), keras.layers.Dense(6, name="out")])
    model.compile("sgd", keras.losses.CTC())
    trainer = make_trainer(model, dataset, varied=[], batch_size=BATCH, epochs=1)
    assert trainer.engine == "compiled"
    curve = trainer.train(Trial(seed=0, epochs=1))
    assert curve.val_loss[0] == pytest.approx(data_loss(trainer.adjustable.model, dataset))


def test_a_metric_of_the_users_own_needs_a_direction() -> None:
    import keras

    def own_score(y: Any, outputs: Any) -> Any:
        return keras.ops.mean(keras.ops.cast(y, "float32") * outputs[:, 0])

    def trainer(directions: dict[str, Any]) -> ProgramTrainer:
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=[own_score])
        return make_trainer(
            model,
            vectors(),
            varied=[],
            batch_size=BATCH,
            epochs=1,
            objective="val_own_score",
            directions=directions,
        )

    with pytest.raises(UsageError, match="--metric own_score:max"):
        trainer({})
    assert trainer({"own_score": "max"}).maximize
    assert not trainer({"own_score": "min"}).maximize


@pytest.mark.parametrize("kind", ["Case", "StatelessCase", "If", "StatelessIf"])
def test_a_function_with_branches_is_known_by_its_operations(kind: str) -> None:
    import tensorflow as tf

    count = tf.Variable(0.0)

    def first() -> Any:
        return tf.zeros(()) if kind.startswith("Stateless") else count.assign_add(1.0)

    def second() -> Any:
        return tf.ones(())

    def inner(which: Any) -> Any:
        if kind.endswith("If"):
            return tf.cond(which > 0, first, second)
        return tf.switch_case(which, [first, second])

    @tf.function
    def outer(which: Any) -> Any:
        return tf.while_loop(
            lambda turn, _: turn < 2,
            lambda turn, _: (turn + 1, inner(which)),
            (tf.constant(0), tf.zeros(())),
        )

    function = outer.get_concrete_function(tf.TensorSpec((), tf.int32))
    library = function.graph.as_graph_def().library.function
    assert kind in {node.op for part in library for node in part.node_def}
    assert has_conds(function)
