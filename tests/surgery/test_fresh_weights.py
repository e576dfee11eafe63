"""`--fresh`: new weights by a seed, with what isn't trained kept."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.regularization import Strategy
from advisor.surgery.apply import Fresh, apply
from tests.surgery.architectures import penalties
from tests.zoo import custom

pytestmark = pytest.mark.tensorflow


def trained(path: Path) -> Any:
    """Adapted preprocessing, a frozen layer, Batch Normalization and two steps of Adam."""
    import keras
    from keras import layers as L

    scale = L.Normalization(name="scale")
    scale.adapt(np.arange(12, dtype="float32").reshape(3, 4))
    fixed = L.Dense(3, name="fixed", trainable=False)
    layers = [keras.Input((4,)), scale, fixed, L.Dense(5, "relu", name="a")]
    model = keras.Sequential([*layers, L.BatchNormalization(name="norm"), L.Dense(2, name="out")])
    model.compile(keras.optimizers.Adam(0.02), "mse", run_eagerly=True)
    for _ in range(2):
        model.train_on_batch(np.eye(4), np.ones((4, 2)))
    model.save(path)
    return model


def load(path: Path) -> Any:
    import keras

    return keras.saving.load_model(path)


def weights(model: Any, layer: str) -> list[Any]:
    return [np.asarray(weight) for weight in model.get_layer(layer).weights]


def test_trained_layers_start_anew_and_the_rest_stays(tmp_path: Path) -> None:
    model = trained(tmp_path / "in.keras")
    strategy = Strategy(changes=penalties("a"))
    apply(tmp_path / "in.keras", strategy, tmp_path / "out.keras", fresh=Fresh(seed=1))
    after = load(tmp_path / "out.keras")
    for layer in ("scale", "fixed"):
        for old, new in zip(weights(model, layer), weights(after, layer), strict=True):
            assert np.array_equal(old, new)
    assert not np.array_equal(weights(model, "a")[0], weights(after, "a")[0])
    assert np.array_equal(weights(after, "a")[1], np.zeros(5))  # biases start at 0
    gamma, beta, mean, variance = weights(after, "norm")
    assert [set(map(float, x)) for x in (gamma, beta, mean, variance)] == [{1}, {0}, {0}, {1}]
    assert len(after.losses) == 1
    assert int(after.optimizer.iterations) == 0
    assert float(after.optimizer.learning_rate) == pytest.approx(0.02)
    assert not any(np.asarray(slot).any() for slot in after.optimizer.variables[2:])
    after.fit(np.eye(4), np.ones((4, 2)), verbose=0)


def test_equal_seeds_give_equal_files_and_others_do_not(tmp_path: Path) -> None:
    trained(tmp_path / "in.keras")
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        apply(tmp_path / "in.keras", Strategy(), tmp_path / f"{name}.keras", fresh=Fresh(seed=seed))
    a, b, c = ((tmp_path / f"{name}.keras").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_model_that_is_not_compiled_stays_so(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a")])
    model.save(tmp_path / "in.keras")
    apply(tmp_path / "in.keras", Strategy(), tmp_path / "out.keras", fresh=Fresh())
    after = load(tmp_path / "out.keras")
    assert not after.compiled
    assert not np.array_equal(weights(model, "a")[0], weights(after, "a")[0])


def test_code_in_the_file_needs_trust(tmp_path: Path) -> None:
    import keras
    from keras import layers as L

    code = L.Lambda(lambda x: -x)
    model = keras.Sequential([keras.Input((3,)), L.Dense(2, name="a"), code])
    model.save(tmp_path / "in.keras")
    with pytest.raises(InputError, match=r"in\.keras: .*--trust"):
        apply(tmp_path / "in.keras", Strategy(), tmp_path / "out.keras", fresh=Fresh())
    assert [path.name for path in tmp_path.iterdir()] == ["in.keras"]
    trusted = Fresh(trust=True)
    apply(tmp_path / "in.keras", Strategy(), tmp_path / "out.keras", fresh=trusted)
    assert (tmp_path / "out.keras").exists()


def test_a_quantized_model_is_refused(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a")])
    model.layers[0].quantize("int8")
    model.save(tmp_path / "in.keras")
    with pytest.raises(InputError, match=r"in\.keras: is quantized"):
        apply(tmp_path / "in.keras", Strategy(), tmp_path / "out.keras", fresh=Fresh())


def test_own_layers_are_built_anew(tmp_path: Path) -> None:
    import keras

    x = keras.Input((4,))
    model = keras.Model(x, keras.layers.Dense(2)(custom().Dense(3, name="mine")(x)))
    model.save(tmp_path / "in.keras")
    fresh = Fresh(imports=["tests.zoo"])
    apply(tmp_path / "in.keras", Strategy(), tmp_path / "out.keras", fresh=fresh)
    after = load(tmp_path / "out.keras")
    assert not np.array_equal(weights(model, "mine")[1], weights(after, "mine")[1])
