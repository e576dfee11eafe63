"""Dropout with a variable rate: its rate, scale and shape, in every layer that can drop."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from advisor.probes.trial import Trial
from advisor.regularization import LAYER_KINDS, Slot, Strategy
from advisor.training.model.adjustable import Adjustable, make_adjustable
from advisor.training.trainer import make_trainer
from tests.training.trainers import keys, mlp, strategy, vectors

pytestmark = pytest.mark.tensorflow


def adjustable(build: Callable[[], Any], chosen: Strategy, seed: int = 0) -> Adjustable:
    model = build()
    model.compile("sgd", "mse")
    found = make_adjustable(model, keys(chosen))
    found.strengths.assign(chosen)
    found.masks.seed(seed)
    return found


def identity(*shape: int, layer: Any = None) -> Any:
    """A model that hands its input on, through a layer `place`."""
    import keras

    x = keras.Input(shape)
    return keras.Model(x, (layer or keras.layers.Identity(name="place"))(x))


@pytest.mark.parametrize("kind", sorted(LAYER_KINDS))
def test_every_kind_of_layer_acts_in_training_and_never_else(kind: str) -> None:
    maps = {"SpatialDropout2D": (3, 3, 9), "SpatialDropout3D": (3, 3, 3, 9)}
    shape = maps.get(kind, (3, 9))
    found = adjustable(lambda: identity(*shape), strategy(("place", "output", kind, 0.5)))
    given = np.random.default_rng(0).normal(size=(8, *shape)).astype("float32")
    assert not np.allclose(found.model(given, training=True), given)
    np.testing.assert_array_equal(found.model(given, training=False), given)


@pytest.mark.parametrize("rate", [0.2, 0.7])
def test_a_mask_drops_the_rate_and_scales_the_others(rate: float) -> None:
    chosen = strategy(("place", "output", "Dropout", rate))
    found = adjustable(lambda: identity(50), chosen)
    out = np.array(found.model(np.ones((400, 50), "float32"), training=True))
    # 20,000 units: four standard errors of the share are at most .014
    assert np.mean(out == 0) == pytest.approx(rate, abs=0.014)
    assert out[out != 0] == pytest.approx(1 / (1 - rate))
    assert np.array_equal(
        found.model(np.ones((4, 50), "float32"), training=False), np.ones((4, 50))
    )


@pytest.mark.parametrize(
    ("kind", "shape", "mask_shape"),
    [
        ("Dropout", (3, 4, 5), (3, 4, 5)),
        ("SpatialDropout1D", (6, 5), (1, 5)),
        ("SpatialDropout2D", (3, 4, 5), (1, 1, 5)),
        ("SpatialDropout3D", (2, 3, 4, 5), (1, 1, 1, 5)),
    ],
)
def test_spatial_dropout_drops_whole_maps(
    kind: str, shape: tuple[int, ...], mask_shape: tuple[int, ...]
) -> None:
    chosen = strategy(("place", "output", kind, 0.5))
    found = adjustable(lambda: identity(*shape), chosen)
    out = np.array(found.model(np.ones((64, *shape), "float32"), training=True))
    first = out[(slice(None), *(slice(0, size) for size in mask_shape))]
    assert np.array_equal(out, np.broadcast_to(first, out.shape))
    assert len(np.unique(out)) == 2
    assert 0.3 < np.mean(first == 0) < 0.7


def test_stock_layers_keep_their_noise_shape_and_their_axes() -> None:
    import keras

    chosen = strategy(("place", "rate", "Dropout", 0.5))
    rows = keras.layers.Dropout(0.1, noise_shape=(None, 1), name="place")
    found = adjustable(lambda: identity(6, layer=rows), chosen)
    out = np.array(found.model(np.ones((64, 6), "float32"), training=True))
    assert np.array_equal(out, np.broadcast_to(out[:, :1], out.shape))

    chosen = strategy(("place", "rate", "SpatialDropout2D", 0.5))
    first = keras.layers.SpatialDropout2D(0.1, data_format="channels_first", name="place")
    found = adjustable(lambda: identity(5, 3, 3, layer=first), chosen)
    out = np.array(found.model(np.ones((64, 5, 3, 3), "float32"), training=True))
    assert np.array_equal(out, np.broadcast_to(out[:, :, :1, :1], out.shape))
    assert 0.3 < np.mean(out[:, :, 0, 0] == 0) < 0.7


@pytest.mark.parametrize("kind", ["AlphaDropout", "GaussianDropout"])
def test_noise_that_keeps_mean_and_variance_as_in_keras(kind: str) -> None:
    import keras

    layer = getattr(keras.layers, kind)
    x = np.random.default_rng(0).normal(size=(400, 100)).astype("float32")
    chosen = strategy(("place", "rate", kind, 0.3))
    found = adjustable(lambda: identity(100, layer=layer(0.1, name="place")), chosen)
    ours = np.array(found.model(x, training=True))
    theirs = np.array(layer(0.3, seed=1)(x, training=True))
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.03)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert not np.array_equal(ours, theirs)


LAYERS: dict[str, tuple[Callable[[], Any], tuple[int, ...], Slot, str]] = {
    "Dropout": (lambda L: L.Dropout(0.4, name="place"), (6,), "rate", "Dropout"),
    "AlphaDropout": (lambda L: L.AlphaDropout(0.4, name="place"), (6,), "rate", "AlphaDropout"),
    "GaussianDropout": (
        lambda L: L.GaussianDropout(0.4, name="place"),
        (6,),
        "rate",
        "GaussianDropout",
    ),
    "after Dense": (lambda L: L.Dense(5, name="place"), (6,), "output", "Dropout"),
    "half precision": (
        lambda L: L.Dense(5, dtype="mixed_float16", name="place"),
        (6,),
        "output",
        "Dropout",
    ),
    "LSTM": (lambda L: L.LSTM(5, name="place"), (4, 3), "dropout", "Dropout"),
    "LSTM's state": (lambda L: L.LSTM(5, name="place"), (4, 3), "recurrent_dropout", "Dropout"),
    "GRU": (lambda L: L.GRU(5, name="place"), (4, 3), "dropout", "Dropout"),
    "GRU's state": (lambda L: L.GRU(5, name="place"), (4, 3), "recurrent_dropout", "Dropout"),
    "SimpleRNN": (lambda L: L.SimpleRNN(5, name="place"), (4, 3), "dropout", "Dropout"),
    "Bidirectional": (
        lambda L: L.Bidirectional(L.LSTM(5), name="place"),
        (4, 3),
        "dropout",
        "Dropout",
    ),
    "ConvLSTM": (lambda L: L.ConvLSTM1D(2, 2, name="place"), (3, 5, 2), "dropout", "Dropout"),
    "nested model": (
        lambda L: __import__("keras").Sequential([L.Dense(5), L.ReLU()], name="place"),
        (6,),
        "output",
        "Dropout",
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_rate_0_is_exactly_the_model_without_dropout_and_others_act_in_training(name: str) -> None:
    from keras import layers as L

    make, shape, slot, kind = LAYERS[name]
    x = np.random.default_rng(0).normal(size=(8, *shape)).astype("float32")
    chosen = strategy(("place", slot, kind, 0.5))
    found = adjustable(lambda: identity(*shape, layer=make(L)), chosen)  # type: ignore[call-arg]
    evaluated = np.array(found.model(x, training=False))
    trained = np.array(found.model(x, training=True))
    assert not np.allclose(trained, evaluated)
    found.strengths.assign(strategy(("place", slot, kind, 0.0)))
    assert np.array_equal(found.model(x, training=True), evaluated)


@pytest.mark.parametrize("name", ["MultiHeadAttention", "GroupQueryAttention", "Attention"])
def test_attention_drops_its_weights(name: str) -> None:
    import keras

    arguments: dict[str, Any] = {
        "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
        "GroupQueryAttention": {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1},
        "Attention": {},
    }[name]

    def build() -> Any:
        x = keras.Input((4, 6))
        layer = getattr(keras.layers, name)(**arguments, name="place")
        return keras.Model(x, layer([x, x]) if name == "Attention" else layer(x, x))

    x = np.random.default_rng(0).normal(size=(8, 4, 6)).astype("float32")
    chosen = strategy(("place", "dropout", "Dropout", 0.5))
    stock = build()
    expected = np.array(stock(x, training=True))
    found = adjustable(build, chosen)
    found.model.set_weights(stock.get_weights())
    assert not np.allclose(found.model(x, training=True), expected, atol=1e-3)
    assert found.model(x, training=False).numpy() == pytest.approx(expected, abs=1e-5)
    found.strengths.assign(strategy(("place", "dropout", "Dropout", 0.0)))
    assert found.model(x, training=True).numpy() == pytest.approx(expected, abs=1e-5)


def test_equal_seeds_give_nested_masks_whatever_the_rate() -> None:
    x = np.ones((20, 50), "float32")
    dropped = {}
    for rate, seed in ((0.2, 1), (0.6, 1), (0.6, 2)):
        found = adjustable(
            lambda: identity(50), strategy(("place", "output", "Dropout", rate)), seed
        )
        dropped[rate, seed] = np.array(found.model(x, training=True)) == 0
    # common random numbers: what falls at .2 falls at .6 too
    assert np.all(dropped[0.6, 1][dropped[0.2, 1]])
    assert not np.array_equal(dropped[0.6, 1], dropped[0.6, 2])


def test_a_shared_layer_draws_a_mask_for_each_call() -> None:
    import keras

    def build() -> Any:
        x = keras.Input((50,))
        shared = keras.layers.Identity(name="place")
        return keras.Model(x, [shared(x), shared(x)])

    found = adjustable(build, strategy(("place", "output", "Dropout", 0.5)))
    first, second = found.model(np.ones((20, 50), "float32"), training=True)
    assert not np.array_equal(first, second)


def test_masks_differ_from_step_to_step_of_a_trial() -> None:
    # A network that starts at its best and does not learn (rate 0): only masks move its gradient.
    import tensorflow as tf

    found = adjustable(lambda: identity(50), strategy(("place", "output", "Dropout", 0.5)))

    @tf.function  # type: ignore[untyped-decorator]
    def at(step: Any) -> Any:
        with found.strengths.hoisted(), found.masks.hoisted():
            found.masks.at_step(step)
            return found.model(tf.ones((20, 50)), training=True)

    one, two = tf.constant(1, tf.int64), tf.constant(2, tf.int64)
    assert np.array_equal(at(one), at(one))
    assert not np.array_equal(at(one), at(two))


def test_present_dropout_stays_until_a_trial_changes_it() -> None:
    dataset = vectors()
    trial = Trial(seed=0, epochs=3)
    removed = strategy(("drop", "rate", "Dropout", 0.0))
    with_dropout = make_trainer(
        mlp(rate=0.5), dataset, varied=keys(removed), batch_size=8, epochs=3
    )
    without = make_trainer(mlp(), dataset, varied=[], batch_size=8, epochs=3)
    kept = with_dropout.train(trial)
    gone = with_dropout.train(Trial(strategy=removed, seed=0, epochs=3))
    assert gone.val_loss == pytest.approx(without.train(trial).val_loss, rel=1e-6)
    assert kept != gone


def test_a_layer_that_draws_in_its_own_code_is_refused() -> None:
    import keras

    from advisor.errors import InputError

    class Own(keras.layers.Dropout):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool = False) -> Any:
            return inputs

    with pytest.raises(InputError, match="place: Own draws its masks in its own code"):
        adjustable(
            lambda: identity(4, layer=Own(0.5, name="place")),
            strategy(("place", "rate", "Dropout", 0.1)),
        )
