"""Evidence on saved files against what Keras says of the same models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.architecture.network import trainable_parameters
from advisor.evidence.measurement import Missing
from advisor.evidence.weights.kernels import ModelWeights
from advisor.evidence.weights.weight_statistics import measure_weights
from advisor.inputs.model_file import open_model
from tests.evidence.arrays import model_penalty
from tests.evidence.measured import evidence_of

pytestmark = pytest.mark.tensorflow

Builder = Callable[[], Any]
MODELS: dict[str, Builder] = {}


def regularized(build: Builder) -> Builder:
    """Enter a builder of a regularized model under its own name."""
    MODELS[build.__name__] = build
    return build


@regularized
def dense_with_all_three() -> Any:
    import keras
    from keras import layers, regularizers

    return keras.Sequential(
        [
            layers.Input((7,)),
            layers.Dense(5, kernel_regularizer=regularizers.L1(0.01)),
            layers.Dense(6, kernel_regularizer="l2", bias_regularizer=regularizers.L2(0.3)),
            layers.Dense(4, kernel_regularizer=regularizers.L1L2(0.02, 0.03)),
            layers.Dense(2),
        ]
    )


@regularized
def partly_frozen() -> Any:
    import keras
    from keras import layers

    frozen = layers.Dense(5, kernel_regularizer="l2")
    frozen.trainable = False
    return keras.Sequential([layers.Input((3,)), frozen, layers.Dense(2, kernel_regularizer="l1")])


@regularized
def bidirectional() -> Any:
    import keras
    from keras import layers

    lstm = layers.LSTM(
        3, kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2"
    )
    return keras.Sequential(
        [layers.Input((6, 4)), layers.Bidirectional(lstm), layers.Dense(1, kernel_regularizer="l2")]
    )


@regularized
def directions_of_their_own() -> Any:
    import keras
    from keras import layers

    back = layers.GRU(3, go_backwards=True, kernel_regularizer="l1", kernel_initializer="ones")
    ahead = layers.GRU(3, recurrent_regularizer="l2")
    return keras.Sequential(
        [layers.Input((6, 4)), layers.Bidirectional(ahead, backward_layer=back)]
    )


@regularized
def stacked_cells() -> Any:
    import keras
    from keras import layers

    cells = [layers.LSTMCell(3, kernel_regularizer="l2"), layers.LSTMCell(4)]
    return keras.Sequential([layers.Input((6, 4)), layers.RNN(layers.StackedRNNCells(cells))])


@regularized
def recurrent_cell() -> Any:
    import keras
    from keras import layers

    cell = layers.GRUCell(4, kernel_regularizer="l1", recurrent_regularizer="l2")
    return keras.Sequential([layers.Input((5, 3)), layers.RNN(cell), layers.Dense(1)])


@regularized
def attention() -> Any:
    import keras
    from keras import layers

    x = layers.Input((6, 8))
    mixed = layers.MultiHeadAttention(2, 3, kernel_regularizer="l2", bias_regularizer="l1")(x, x)
    return keras.Model(x, layers.Dense(1)(layers.Flatten()(mixed)))


@regularized
def separable_and_depthwise() -> Any:
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.SeparableConv2D(
                4, 3, depthwise_regularizer="l1", pointwise_regularizer="l2", bias_regularizer="l2"
            ),
            layers.DepthwiseConv2D(3, depthwise_regularizer="l2", depth_multiplier=2),
            layers.Conv2D(2, 3, kernel_regularizer="l1"),
        ]
    )


@regularized
def shared_layer() -> Any:
    import keras
    from keras import layers

    left, right = layers.Input((4,)), layers.Input((4,))
    shared = layers.Dense(3, kernel_regularizer="l2")
    return keras.Model([left, right], layers.Add()([shared(left), shared(right)]))


@regularized
def nested_in_a_frozen_and_a_free_model() -> Any:
    import keras
    from keras import layers

    def encoder(name: str) -> Any:
        return keras.Sequential(
            [layers.Input((4,)), layers.Dense(3, kernel_regularizer="l2")], name=name
        )

    frozen = encoder("frozen")
    frozen.trainable = False
    x = layers.Input((4,))
    return keras.Model(x, layers.Concatenate()([frozen(x), encoder("free")(x)]))


@regularized
def embedding_and_normalization() -> Any:
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.Input((5,)),
            layers.Embedding(10, 4, embeddings_regularizer="l2"),
            layers.LayerNormalization(gamma_regularizer="l1", beta_regularizer="l2"),
            layers.BatchNormalization(gamma_regularizer="l2"),
            layers.TimeDistributed(layers.Dense(3, kernel_regularizer="l2")),
            layers.PReLU(alpha_regularizer="l1"),
        ]
    )


@regularized
def without_any() -> Any:
    import keras
    from keras import layers

    return keras.Sequential([layers.Input((3,)), layers.Dense(2), layers.Dropout(0.5)])


def saved(build: Builder, folder: Path) -> tuple[Any, Path]:
    import keras

    keras.utils.set_random_seed(1)
    model = build()
    rng = np.random.default_rng(2)
    for weight in model.weights:
        weight.assign(rng.normal(0.1, 0.7, weight.shape))
    path = folder / "model.keras"
    model.save(path)
    return model, path


@pytest.mark.parametrize("name", MODELS)
def test_the_penalty_is_the_sum_of_the_losses(name, tmp_path):
    model, path = saved(MODELS[name], tmp_path)
    expected = float(sum(float(loss) for loss in model.losses))
    assert (expected > 0) == (name != "without_any")
    with open_model(path) as facts:
        found = model_penalty(facts, measure_weights(facts))
    assert not isinstance(found, Missing)
    assert found.total == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_trained_and_frozen_weights_are_counted_as_keras_does(name, tmp_path):
    model, path = saved(MODELS[name], tmp_path)
    with open_model(path) as facts:
        found = trainable_parameters(LayerFlow(model=facts))
    assert found == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize("kind", ["weight", "activity"])
def test_a_penalty_that_the_weights_do_not_tell_is_missing(kind, tmp_path):
    import keras
    from keras import layers, regularizers

    options = {
        "weight": {"kernel_regularizer": regularizers.OrthogonalRegularizer(0.1)},
        "activity": {"activity_regularizer": "l2"},
    }[kind]
    path = tmp_path / "model.keras"
    keras.Sequential([layers.Input((4,)), layers.Dense(3, **options)]).save(path)
    with open_model(path) as facts:
        found = evidence_of(facts)
    assert found.model.missing["penalty.total"].reason
    assert found.model.values["regularization.has_activity"] is (kind == "activity")
    assert found.model.values["regularization.has_unknown"] is (kind == "weight")


def test_statistics_are_those_of_the_arrays_in_memory(tmp_path):
    model, path = saved(separable_and_depthwise, tmp_path)
    with open_model(path) as facts:
        found = measure_weights(facts)
    for layer in model.layers:
        for weight, statistics in zip(layer.weights, found[layer.name], strict=True):
            values = np.asarray(weight).astype(np.float64)
            assert statistics.sum_squares == pytest.approx(np.square(values).sum(), rel=1e-6)
            assert statistics.sum_magnitudes == pytest.approx(np.abs(values).sum(), rel=1e-6)
            assert (statistics.smallest, statistics.largest) == (values.min(), values.max())
            if statistics.is_kernel:
                assert statistics.median == pytest.approx(np.median(np.abs(values)))


def test_new_weights_are_as_large_as_their_initializers_make_them(tmp_path):
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    tokens = layers.Input((6,))
    x = layers.Embedding(500, 64)(tokens)
    x = layers.MultiHeadAttention(4, 16)(x, x)
    x = layers.Conv1D(64, 3, kernel_initializer="he_normal")(x)
    x = layers.SeparableConv1D(64, 3)(x)
    x = layers.Bidirectional(layers.LSTM(48))(x)
    x = layers.Dense(64, kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.3))(x)
    keras.Model(tokens, layers.Dense(40)(x)).save(tmp_path / "new.keras")
    with open_model(tmp_path / "new.keras") as facts:
        weights = ModelWeights(flow=LayerFlow(model=facts), statistics=measure_weights(facts))
        kernels = weights.kernels
    assert not isinstance(kernels, Missing)
    assert len(kernels) == 1 + 4 + 1 + 2 + 4 + 2
    for kernel in kernels:
        growth = kernel.rms_over_initial
        assert growth == pytest.approx(1, abs=0.05 if kernel.statistics.count > 1000 else 0.25)


def test_the_string_l2_is_seen_as_the_strong_default(tmp_path):
    _, path = saved(dense_with_all_three, tmp_path)
    with open_model(path) as facts:
        evidence = evidence_of(facts)
    found = evidence.model.values
    assert found["regularization.has_default_l2"] is True
    assert found["regularization.l1"] == 0.02
    assert any(layer.values["layer.has_bias_penalty"] for layer in evidence.layers.values())
    assert found["model.depth"] == 4
