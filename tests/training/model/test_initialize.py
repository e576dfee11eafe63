"""Trials start from new weights where layers train, and from the file's elsewhere."""

from typing import Any

import numpy as np
import pytest

from advisor.probes.trial import Trial
from advisor.training.model.initialize import InitialWeights
from advisor.training.trainer import make_trainer
from tests.training.trainers import mlp, vectors

pytestmark = pytest.mark.tensorflow


def weights(model: Any) -> dict[str, np.ndarray[Any, Any]]:
    return {w.path: w.numpy() for w in model.weights}


def test_a_seed_gives_the_same_weights_every_time_and_another_seed_others() -> None:
    model = mlp()
    initial = InitialWeights(model)
    initial.assign(1)
    first = weights(model)
    initial.assign(2)
    second = weights(model)
    InitialWeights(model).assign(1)
    again = weights(model)
    for path, values in first.items():
        assert np.array_equal(values, again[path])
        assert np.array_equal(values, second[path]) == path.endswith("bias")


def test_new_weights_follow_each_layers_initializer() -> None:
    import keras
    from keras import layers as L

    model = keras.Sequential(
        [
            keras.Input((6, 40)),
            L.LSTM(50, return_sequences=True, name="cells"),
            L.Dense(300, kernel_initializer="he_normal", bias_initializer="ones", name="wide"),
            L.BatchNormalization(name="norm"),
            L.DepthwiseConv1D(2, depthwise_initializer="zeros", name="deep"),
            L.LayerNormalization(name="scale"),
        ]
    )
    for weight in model.weights:
        weight.assign(np.full(weight.shape, 7.0))
    InitialWeights(model).assign(0)
    # glorot_uniform: limits of sqrt(6 / (40 + 200)) = .158
    kernel = model.get_layer("cells").cell.kernel.numpy()
    assert 0.15 < np.abs(kernel).max() <= np.sqrt(6 / 240)
    bias = model.get_layer("cells").cell.bias.numpy()  # the forget gate starts at 1
    assert np.array_equal(bias, np.repeat([0.0, 1.0, 0.0, 0.0], 50))
    recurrent = model.get_layer("cells").cell.recurrent_kernel.numpy()
    assert recurrent @ recurrent.T == pytest.approx(np.eye(50), abs=1e-4)
    # he_normal: sd sqrt(2 / 50) = .2
    assert model.get_layer("wide").kernel.numpy().std() == pytest.approx(0.2, rel=0.05)
    assert np.all(model.get_layer("wide").bias.numpy() == 1)
    assert [float(w.numpy()[0]) for w in model.get_layer("norm").weights] == [1, 0, 0, 1]
    assert not np.any(model.get_layer("deep").kernel.numpy())


def test_frozen_and_preprocessing_layers_keep_what_the_file_holds() -> None:
    import keras
    from keras import layers as L

    scale = L.Normalization(name="scale")
    scale.adapt(np.arange(12, dtype="float32").reshape(4, 3))
    model = keras.Sequential(
        [
            keras.Input((3,)),
            scale,
            L.Dense(4, trainable=False, name="fixed"),
            L.BatchNormalization(trainable=False, name="still"),
            L.Dense(2, name="free"),
        ]
    )
    before = weights(model)
    InitialWeights(model).assign(3)
    after = weights(model)
    same = {path.split("/")[-2] for path in before if np.array_equal(before[path], after[path])}
    changed = {path for path in before if not np.array_equal(before[path], after[path])}
    assert same == {"scale", "fixed", "still", "free"}  # of `free` the bias
    assert {path.split("/")[-2] for path in changed} == {"free"}


def test_weights_that_custom_layers_make_are_built_anew() -> None:
    import keras

    @keras.saving.register_keras_serializable("test_initialize")
    class Own(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.gain = self.add_weight(name="gain", shape=(shape[-1],), initializer="normal")

        def call(self, x: Any) -> Any:
            return x * self.gain

    model = keras.Sequential([keras.Input((5,)), Own(name="own"), keras.layers.Dense(2)])
    initial = InitialWeights(model)
    gains = []
    for seed in (1, 2, 1):
        initial.assign(seed)
        gains.append(model.get_layer("own").gain.numpy())
    initial = InitialWeights(model)
    initial.assign(1)
    gains.append(model.get_layer("own").gain.numpy())
    assert np.array_equal(gains[0], gains[2])
    assert np.array_equal(gains[0], gains[3])
    assert not np.array_equal(gains[0], gains[1])


def test_saved_trials_go_on_from_the_weights_and_the_optimizer_of_the_file() -> None:
    import keras

    dataset, model = vectors(), mlp(optimizer=keras.optimizers.Adam(0.01))
    model.fit(dataset.train.inputs[0], dataset.train.targets[0], epochs=3, verbose=0)
    saved, moments = model.get_weights(), [v.numpy() for v in model.optimizer.variables]
    trainer = make_trainer(model, dataset, varied=[], batch_size=8, epochs=2)
    trainer.train(Trial(seed=0, epochs=2))
    trainer.start(Trial(seed=0, epochs=2, start="saved"))
    for value, variable in zip(saved, model.weights, strict=True):
        assert np.array_equal(value, variable.numpy())
    for value, variable in zip(moments, model.optimizer.variables, strict=True):
        assert np.array_equal(value, variable.numpy())
    trainer.start(Trial(seed=0, epochs=2))
    assert int(model.optimizer.iterations) == 0
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert all(not np.any(v.numpy()) for v in model.optimizer.variables[2:])


def test_drawing_weights_leaves_pythons_random_numbers_alone() -> None:
    import random

    import keras

    @keras.saving.register_keras_serializable("test_initialize")
    class Bare(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.gain = self.add_weight(name="gain", shape=(shape[-1],))

        def call(self, x: Any) -> Any:
            return x * self.gain

    model = keras.Sequential([keras.Input((5,)), Bare(), keras.layers.Dense(2)])
    initial = InitialWeights(model)
    random.seed(4)
    expected = random.random()
    random.seed(4)
    initial.assign(1)
    assert random.random() == expected
