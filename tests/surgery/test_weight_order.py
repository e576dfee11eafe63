"""Weights and the optimizer's slots stay with their layers where the order of layers changes."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.inputs.configs.config_tree import read_tree
from advisor.inputs.files.bounded_json import parse_json
from advisor.regularization import Strategy
from advisor.surgery.apply import apply
from advisor.surgery.layer_order import keras_order
from advisor.surgery.refusal import EditRefused
from tests.surgery.architectures import dropout
from tests.zoo import ZOO

pytestmark = pytest.mark.tensorflow

X = [np.random.default_rng(0).normal(size=(6, *s)).astype("float32") for s in ((5, 3), (4,))]
Y = np.linspace(0, 1, 12).reshape(6, 2).astype("float32")
SLOTS = ("_momentums", "_velocities", "momentums", "_accumulators")


def two_branches() -> Any:
    """An LSTM beside nested Dense layers: dropout in a branch puts its weights first."""
    import keras
    from keras import layers as L

    inside = keras.Input((4,))
    pair = [L.Dense(4, name=name)(inside) for name in ("u", "v")]
    encoder = keras.Model(inside, L.Add()(pair), name="enc")
    series, flat = keras.Input((5, 3), name="series"), keras.Input((4,), name="flat")
    a, b = L.LSTM(4, name="a")(series), L.Dense(4, name="b")(encoder(flat))
    c = L.Dense(4, name="c")(L.Flatten()(series))
    return keras.Model([series, flat], L.Dense(2, name="out")(L.Concatenate()([a, b, c])))


def saved(path: Path, optimizer: Any) -> Any:
    import keras

    keras.utils.set_random_seed(1)
    model = two_branches()
    model.compile(optimizer, "mse", run_eagerly=True)
    for _ in range(3):
        model.train_on_batch(X, Y)
    model.save(path)
    return model


def slots(model: Any) -> dict[tuple[str, str], bytes]:
    """The optimizer's slots by the weight that they belong to."""
    return {
        (name, f"{weight.path} {weight.shape}"): np.asarray(slot).tobytes()
        for name in SLOTS
        for weight, slot in zip(
            model.trainable_variables, getattr(model.optimizer, name, None) or (), strict=False
        )
    }


@pytest.mark.parametrize("behind", ["a", "b", "c", "enc", "enc/u", "enc/v"])
def test_predictions_and_moments_stay(behind: str, tmp_path: Path) -> None:
    import keras

    model = saved(tmp_path / "in.keras", "adam")
    apply(tmp_path / "in.keras", Strategy(changes=dropout(behind)), tmp_path / "out.keras")
    after = keras.saving.load_model(tmp_path / "out.keras")
    assert np.array_equal(model(X, training=False), after(X, training=False))
    assert len(slots(after)) == 2 * 13  # momentum and velocity of an LSTM's 3 and 5 Dense's 2
    assert slots(after) == slots(model)
    assert int(after.optimizer.iterations) == 3


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad"])
def test_other_optimizers_keep_their_slots(name: str, tmp_path: Path) -> None:
    import keras

    momentum = {} if name == "Adagrad" else {"momentum": 0.9}
    model = saved(tmp_path / "in.keras", getattr(keras.optimizers, name)(0.01, **momentum))
    apply(tmp_path / "in.keras", Strategy(changes=dropout("b")), tmp_path / "out.keras")
    after = keras.saving.load_model(tmp_path / "out.keras")
    assert len(slots(after)) >= 13
    assert slots(after) == slots(model)


def test_a_learning_rate_schedule_takes_no_variable(tmp_path: Path) -> None:
    import keras

    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)
    model = saved(tmp_path / "in.keras", keras.optimizers.Adam(schedule))
    apply(tmp_path / "in.keras", Strategy(changes=dropout("b")), tmp_path / "out.keras")
    assert slots(keras.saving.load_model(tmp_path / "out.keras")) == slots(model)


@pytest.mark.parametrize("options", [{"name": "Adafactor"}, {"name": "Adam", "use_ema": True}])
def test_slots_in_an_unknown_order_are_refused(options: dict[str, Any], tmp_path: Path) -> None:
    import keras

    make = getattr(keras.optimizers, options.pop("name"))
    saved(tmp_path / "in.keras", make(**options))
    with pytest.raises(EditRefused, match=r"in\.keras: .*state of the optimizer") as refused:
        apply(tmp_path / "in.keras", Strategy(changes=dropout("b")), tmp_path / "out.keras")
    assert "Dropout(0.5" in refused.value.code
    assert [path.name for path in tmp_path.iterdir()] == ["in.keras"]
    # where the order stays the same, so may the slots
    apply(tmp_path / "in.keras", Strategy(changes=dropout("enc/u")), tmp_path / "out.keras")


def test_a_namesake_of_dropout_with_weights_is_refused(tmp_path: Path) -> None:
    import keras

    @keras.saving.register_keras_serializable("order")
    class Dropout(keras.layers.Dense):
        """Stored as layers/dropout, where Keras would look for the new layer."""

    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(3, name="a"), Dropout(2, name="b")]
    )
    model.save(tmp_path / "in.keras")
    with pytest.raises(EditRefused, match="take the place of"):
        apply(tmp_path / "in.keras", Strategy(changes=dropout("a")), tmp_path / "out.keras")


@pytest.mark.parametrize(
    "name",
    [
        "nested",
        "siamese",
        "operations",
        "transformer",
        "shared_layer",
        "one_and_three_axes",
        "several_inputs_and_outputs",
        "preprocessing",
        "mobilenet_v2",
    ],
)
def test_layers_are_ordered_as_keras_orders_them(name: str, tmp_path: Path) -> None:
    ZOO[name]().save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        root = read_tree(parse_json(archive.read("config.json"), name), name)
    graphs = [node for node in root.walk() if node.wiring == "graph"]
    assert graphs
    for model in graphs:
        nested = frozenset(node.name for node in model.children if node.wiring == "graph")
        assert keras_order(model.config, nested) == [child.name for child in model.children]
