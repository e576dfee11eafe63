"""Where layers keep the dropout that they apply themselves."""

from collections.abc import Callable
from typing import Any, get_args

import keras
import numpy as np
import pytest

from advisor.keras_internals.dropout import (
    MaskSlot,
    dropout_layer_of,
    forget_mask,
    is_training,
    keep_mask,
    kept_mask,
    replace_head_rate,
    wrap_scores,
)

pytestmark = pytest.mark.tensorflow

CELLS = [keras.layers.SimpleRNNCell, keras.layers.GRUCell, keras.layers.LSTMCell]
SEQUENCE = np.ones((2, 3, 4), "float32")
HEADS: dict[str, Callable[[], Any]] = {
    "MultiHeadAttention": lambda: keras.layers.MultiHeadAttention(2, 4, dropout=0.25),
    "GroupQueryAttention": lambda: keras.layers.GroupQueryAttention(4, 2, 2, dropout=0.25),
}


def test_layers_inside_a_call_know_whether_it_trains() -> None:
    seen = []

    class Inner(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:  # takes no `training`
            seen.append(is_training())
            return inputs

    model = keras.Sequential([keras.Input((4,)), Inner()])
    seen.clear()  # of what building the model called
    model(SEQUENCE[0], training=True)
    model(SEQUENCE[0], training=False)
    assert seen == [True, False]


def test_nothing_trains_outside_of_a_call() -> None:
    assert not is_training()


@pytest.mark.parametrize("slot", get_args(MaskSlot))
@pytest.mark.parametrize("make", CELLS)
def test_a_cell_keeps_a_mask_until_it_forgets_it(make: Any, slot: MaskSlot) -> None:
    cell = make(4, **{slot: 0.5})
    assert kept_mask(cell, slot) is None
    keep_mask(cell, slot, "a mask")
    assert kept_mask(cell, slot) == "a mask"
    forget_mask(cell, slot)
    assert kept_mask(cell, slot) is None


@pytest.mark.parametrize("slot", get_args(MaskSlot))
@pytest.mark.parametrize("make", CELLS)
def test_a_mask_that_is_kept_is_the_one_a_cell_applies(make: Any, slot: MaskSlot) -> None:
    cell = make(4, **{slot: 0.5})
    state = [np.ones((2, 4), "float32") for _ in keras.tree.flatten(cell.state_size)]
    cell(SEQUENCE[:, 0], state, training=True)
    kept = kept_mask(cell, slot)
    assert kept is not None
    first = cell(SEQUENCE[:, 0], state, training=True)[0]
    second = cell(SEQUENCE[:, 0], state, training=True)[0]
    assert np.array_equal(first, second)  # drawn once
    forget_mask(cell, slot)
    cell(SEQUENCE[:, 0], state, training=True)
    assert kept_mask(cell, slot) is not kept


def test_attention_branches_on_the_rate_that_was_put_in() -> None:
    layer = HEADS["MultiHeadAttention"]()
    assert replace_head_rate(layer, 0.5) == 0.25
    assert replace_head_rate(layer, 0.25) == 0.5


@pytest.mark.parametrize("make", HEADS.values(), ids=HEADS)
def test_attention_drops_in_a_dropout_layer_of_its_own(make: Callable[[], Any]) -> None:
    layer, inputs = make(), keras.Input((3, 4))
    model = keras.Model(inputs, layer(inputs, inputs))
    dropout = dropout_layer_of(layer)
    assert (type(dropout), dropout.rate) == (keras.layers.Dropout, 0.25)
    before = np.asarray(model(SEQUENCE))
    dropout.call = lambda scores, training=False: keras.ops.zeros_like(scores)
    assert not np.array_equal(before, np.asarray(model(SEQUENCE)))


@pytest.mark.parametrize("make", [keras.layers.Attention, keras.layers.AdditiveAttention])
def test_scores_are_applied_as_wrapped(make: Any) -> None:
    layer, seen = make(dropout=0.5), []

    def watched(apply: Callable[..., Any]) -> Callable[..., Any]:
        def applied(
            scores: Any, value: Any, scores_mask: Any = None, training: bool = False
        ) -> Any:
            seen.append((tuple(scores.shape), training))
            result, weights = apply(scores, value, scores_mask=scores_mask, training=False)
            return result * 0, weights

        return applied

    wrap_scores(layer, watched)
    outputs = layer([SEQUENCE, SEQUENCE], training=True)
    assert not np.asarray(outputs).any()
    assert seen == [((2, 3, 3), True)]
