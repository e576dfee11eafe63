"""The scale that initializers give, by formula and against Keras."""

import pytest

from advisor.evidence.measurement import Missing
from advisor.evidence.weights.initial_scale import InitialScale, initial_scale
from tests.evidence.arrays import layer


def scale(name, shape, config=None, role="kernel", part=""):
    argument = "recurrent_initializer" if role == "recurrent_kernel" else "kernel_initializer"
    described = {"class_name": name, "config": config or {}}
    one = layer(
        "d",
        "MultiHeadAttention" if part else "Dense",
        initializers={argument: name},
        config={argument: described},
    )
    return initial_scale(one, role, part, shape)


@pytest.mark.parametrize(
    ("name", "shape", "config", "rms"),
    [
        ("GlorotUniform", (3, 5), {}, 0.5),  # sqrt(2 / (3 + 5))
        ("GlorotNormal", (3, 3, 2, 6), {}, (2 / (9 * 2 + 9 * 6)) ** 0.5),
        ("HeNormal", (8, 5), {}, 0.5),  # sqrt(2 / 8)
        ("LecunUniform", (4, 9), {}, 0.5),  # sqrt(1 / 4)
        ("RandomNormal", (2, 2), {"stddev": 0.2}, 0.2),
        ("RandomUniform", (2, 2), {"minval": -0.3, "maxval": 0.3}, 0.3 / 3**0.5),
        ("TruncatedNormal", (2, 2), {"stddev": 0.1}, 0.087962566),
        ("Orthogonal", (4, 16), {"gain": 2.0}, 0.5),  # 2 / sqrt(16)
        ("Orthogonal", (16, 4), {}, 0.25),
        ("Constant", (2, 2), {"value": -3.0}, 3.0),
        ("VarianceScaling", (4, 2), {"scale": 9.0, "mode": "fan_in"}, 1.5),  # sqrt(9 / 4)
        ("VarianceScaling", (4, 3), {"scale": 3.0, "mode": "fan_out"}, 1.0),
    ],
)
def test_root_mean_squares(name, shape, config, rms):
    found = scale(name, shape, config)
    assert isinstance(found, InitialScale)
    assert found.rms == pytest.approx(rms)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Mine", {}),
        ("RandomNormal", {"mean": 1.0}),
        ("VarianceScaling", {"scale": "large"}),
        ("VarianceScaling", {"mode": "sideways"}),
        ("RandomUniform", {"minval": 1.0, "maxval": 1.0}),
        ("Constant", {"value": [1.0]}),
    ],
)
def test_unknown_initializers_are_missing(name, config):
    found = scale(name, (2, 2), config)
    assert isinstance(found, Missing)
    assert name in found.reason


def test_a_layer_without_its_initializer_is_missing():
    found = initial_scale(layer("d"), "kernel", "", (2, 2))
    assert isinstance(found, Missing)
    assert "doesn't name the initializer" in found.reason


def test_the_initializer_of_a_wrapped_layer_is_found():
    inner = {"class_name": "RandomNormal", "config": {"stddev": 0.5}}
    wrapper = layer(
        "b",
        "Bidirectional",
        initializers={"kernel_initializer": "RandomNormal"},
        config={"layer": {"class_name": "LSTM", "config": {"kernel_initializer": inner}}},
    )
    found = initial_scale(wrapper, "kernel", "forward_layer/cell", (2, 8))
    assert isinstance(found, InitialScale)
    assert found.rms == 0.5


def test_projections_of_attention_have_axes_of_their_own_since_keras_names_them():
    shape = (8, 2, 5)  # features, heads, width
    old = scale("GlorotUniform", shape, {}, part="query_dense")
    new = scale("GlorotUniform", shape, {"input_axes": None}, part="query_dense")
    assert isinstance(old, InitialScale)
    assert isinstance(new, InitialScale)
    assert old.rms == pytest.approx((2 / (8 * 2 + 8 * 5)) ** 0.5)
    assert new.rms == pytest.approx((2 / (8 + 2 * 5)) ** 0.5)


@pytest.mark.tensorflow
def test_scales_are_those_that_keras_draws():
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    shape = (300, 200)
    for name in ("GlorotUniform", "GlorotNormal", "HeNormal", "LecunUniform", "Orthogonal"):
        drawn = np.asarray(getattr(keras.initializers, name)()(shape))
        expected = scale(name, shape)
        assert isinstance(expected, InitialScale)
        assert np.sqrt(np.square(drawn).mean()) == pytest.approx(expected.rms, rel=0.01)
        assert np.abs(drawn).mean() == pytest.approx(expected.mean_magnitude, rel=0.01)
    drawn = np.asarray(keras.initializers.TruncatedNormal(stddev=0.1)(shape))
    expected = scale("TruncatedNormal", shape, {"stddev": 0.1})
    assert isinstance(expected, InitialScale)
    assert np.abs(drawn).mean() == pytest.approx(expected.mean_magnitude, rel=0.01)
