"""Penalties with variable strengths, on the weights that Keras penalizes."""

from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.probes.trial import Trial
from advisor.training.model.adjustable import make_adjustable
from advisor.training.trainer import make_trainer
from tests.training.trainers import keys, mlp, strategy, vectors

pytestmark = pytest.mark.tensorflow


def many_kernels() -> Any:
    """One of each slot, with penalties of every kind that a user may have set."""
    import keras
    from keras import layers as L
    from keras import regularizers as R

    words, frames = keras.Input((4,), dtype="int32"), keras.Input((6, 6, 2))
    a = L.Embedding(5, 3, name="words", embeddings_regularizer=R.L1(0.01))(words)
    a = L.Bidirectional(L.LSTM(2, kernel_regularizer=R.L2(0.02)), name="cells")(a)
    b = L.SeparableConv2D(2, 3, name="split", pointwise_regularizer=R.L1L2(0.03, 0.04))(frames)
    b = L.DepthwiseConv2D(2, name="deep")(b)
    b = L.Flatten()(b)
    c = L.Dense(3, name="frozen", kernel_regularizer="l2", trainable=False)(L.Concatenate()([a, b]))
    c = L.Dense(2, name="odd", kernel_regularizer=R.OrthogonalRegularizer(0.05))(c)
    c = L.Dense(2, name="last", bias_regularizer=R.L2(0.06))(c)
    model = keras.Model([words, frames], c)
    model.compile("sgd", "mse")
    for weight in model.weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    return model


def total(model: Any) -> float:
    """The penalty by Keras' own list of losses."""
    return sum(float(loss) for loss in model.losses)


def test_the_penalty_is_the_sum_of_the_losses_of_keras() -> None:
    model = many_kernels()
    before = total(model)
    found = make_adjustable(model, [("cells", "kernel_regularizer", "l2")])
    assert len(model.losses) == 1  # the orthogonal one, which is not an L1 or L2
    found.penalties.attach()
    assert total(model) == pytest.approx(before, rel=1e-6)


def test_each_slot_penalizes_its_own_weights() -> None:
    model = many_kernels()
    expected = {
        ("words", "embeddings_regularizer"): ["embeddings"],
        ("cells", "kernel_regularizer"): ["kernel", "kernel"],  # both directions
        ("cells", "recurrent_regularizer"): ["recurrent_kernel", "recurrent_kernel"],
        ("split", "pointwise_regularizer"): ["pointwise_kernel"],
        ("split", "depthwise_regularizer"): ["depthwise_kernel"],
        ("deep", "depthwise_regularizer"): ["kernel"],
        ("last", "kernel_regularizer"): ["kernel"],
    }
    varied = [(layer, slot, "l1") for layer, slot in expected]
    found = make_adjustable(model, varied)
    found.penalties.attach()
    base = total(model)
    for (layer, slot), names in expected.items():
        weights = [weight for weight in model.get_layer(layer).weights if weight.name in set(names)]
        assert [weight.name for weight in weights] == names
        present = {
            ("words", "embeddings_regularizer"): 0.01,
            ("split", "pointwise_regularizer"): 0.03,
        }
        change = 0.5 - present.get((layer, slot), 0.0)
        found.strengths.assign(strategy((layer, slot, "l1", 0.5)))
        expected_sum = sum(float(np.abs(weight.numpy()).sum()) for weight in weights)
        assert total(model) - base == pytest.approx(change * expected_sum, rel=1e-4)


def test_a_strategy_leaves_other_strengths_as_the_user_set_them() -> None:
    import keras

    dataset, trial = vectors(), Trial(seed=0, epochs=3)
    changed = strategy(("out", "kernel_regularizer", "l2", 0.3))
    both = [*keys(changed), ("hidden", "kernel_regularizer", "l2")]
    mine = make_trainer(
        mlp(lambda: keras.regularizers.L2(0.2)), dataset, varied=both, batch_size=8, epochs=3
    )
    bare = make_trainer(mlp(), dataset, varied=both, batch_size=8, epochs=3)
    wanted = strategy(
        ("hidden", "kernel_regularizer", "l2", 0.2), ("out", "kernel_regularizer", "l2", 0.3)
    )
    assert mine.train(Trial(strategy=changed, seed=0, epochs=3)) == bare.train(
        Trial(strategy=wanted, seed=0, epochs=3)
    )
    removed = strategy(("hidden", "kernel_regularizer", "l2", 0.0))
    assert mine.train(Trial(strategy=removed, seed=0, epochs=3)) == bare.train(trial)


def test_slots_that_cannot_vary_are_refused() -> None:
    with pytest.raises(InputError, match="odd: kernel_regularizer holds a regularizer of another"):
        make_adjustable(many_kernels(), [("odd", "kernel_regularizer", "l2")])
    with pytest.raises(InputError, match="nowhere: the loaded model has no such layer"):
        make_adjustable(many_kernels(), [("nowhere", "kernel_regularizer", "l2")])
    trainer = make_trainer(mlp(), vectors(), varied=[], batch_size=8, epochs=1)
    with pytest.raises(ValueError, match="not among the slots"):
        trainer.train(
            Trial(strategy=strategy(("hidden", "kernel_regularizer", "l2", 0.1)), seed=0, epochs=1)
        )
