"""Models of the kinds that users bring, each with changes that use every slot it has."""

from collections.abc import Callable
from typing import Any

import numpy as np

from advisor.regularization import Change, Slot
from advisor.values import dataclass
from tests.zoo import custom


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """`build` gives an uncompiled model, `inputs` a batch of four rows; `inserted` new layers."""

    build: Callable[[], Any]
    inputs: Callable[[np.random.Generator], Any]
    changes: tuple[Change, ...]
    inserted: tuple[str, ...] = ()


def change(layer: str, slot: Slot, kind: str, to: float, before: float = 0.0) -> Change:
    return Change(layer=layer, slot=slot, kind=kind, before=before, to=to, low=to, high=to)


def penalties(*layers: str, l2: float = 0.01) -> tuple[Change, ...]:
    return tuple(change(layer, "kernel_regularizer", "l2", l2) for layer in layers)


def dropout(*layers: str, rate: float = 0.5, kind: str = "Dropout") -> tuple[Change, ...]:
    return tuple(change(layer, "output", kind, rate) for layer in layers)


def rows(*shape: int) -> Callable[[np.random.Generator], Any]:
    return lambda rng: rng.normal(size=(4, *shape)).astype("float32")


def tokens(length: int) -> Callable[[np.random.Generator], Any]:
    return lambda rng: rng.integers(0, 9, (4, length)).astype("int32")


def plain() -> Any:
    import keras
    from keras import layers as L
    from keras import regularizers as R

    first = L.Dense(6, "relu", name="first", kernel_regularizer=R.L1L2(1e-3, 2e-3))
    second = L.Dense(5, name="second", kernel_regularizer=R.L2(5e-3))
    return keras.Sequential(
        [
            keras.Input((7,)),
            first,
            L.Dropout(0.3, name="drop"),
            second,
            L.Activation("relu"),
            L.Dropout(0.0, name="idle"),
            L.Dense(4, name="third"),
            L.GaussianDropout(0.2, name="noise"),
            L.Dense(2, name="out"),
        ]
    )


def convolutional() -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            L.Conv2D(3, 3, name="conv"),
            L.BatchNormalization(),
            L.ReLU(name="relu"),
            L.SeparableConv2D(4, 3, name="separable"),
            L.DepthwiseConv2D(2, name="depthwise"),
            L.Flatten(name="flat"),
            L.Dense(2, name="out"),
        ]
    )


def residual() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,))
    y = L.Dense(6, "relu", name="a")(x)
    z = keras.ops.relu(y * 2.0 + x)
    z = L.Add(name="sum")([z, L.Dense(6, name="b")(y)])
    return keras.Model(x, L.Dense(2, name="out")(z))


def bidirectional() -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential(
        [
            keras.Input((5, 3)),
            L.Bidirectional(L.LSTM(3, return_sequences=True), name="two_ways"),
            L.LSTM(4, name="lstm"),
            L.Dense(2, name="out"),
        ]
    )


def several_inputs() -> Any:
    import keras
    from keras import layers as L

    inputs = {"deep": keras.Input((4,), name="deep"), "wide": keras.Input((5,), name="wide")}
    x = L.Concatenate(name="both")(
        [L.Dense(3, name="w")(inputs["wide"]), L.Dense(3, name="d")(inputs["deep"])]
    )
    return keras.Model(inputs, {"u": L.Dense(2, name="u")(x), "v": L.Dense(1, name="v")(x)})


def nested() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((4,))
    inner = keras.Sequential([keras.Input((4,)), L.Dense(4, name="e1"), L.ReLU()], name="inner")
    encoder = keras.Model(x, L.Dense(4, name="e2")(inner(L.Dense(4, name="e1")(x))), name="enc")
    y = keras.Input((4,))
    return keras.Model(y, L.Dense(2, name="out")(encoder(L.Dense(4, name="e1")(y))))


def siamese() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((4,))
    tower = keras.Model(x, L.Dense(3, name="t2")(L.Dense(5, name="t1")(x)), name="tower")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    return keras.Model([a, b], L.Dense(2, name="out")(tower(a) - tower(b)))


def attention() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,), dtype="int32")
    y = L.Embedding(9, 4, name="embed")(x)
    y = L.LayerNormalization()(y + L.MultiHeadAttention(2, 3, name="attend")(y, y))
    y = L.GroupQueryAttention(4, 2, 2, name="grouped")(y, y)
    return keras.Model(x, L.Dense(2, name="out")(L.GlobalAveragePooling1D()(y)))


def mixed_precision() -> Any:
    import keras
    from keras import layers as L

    hidden = [L.Dense(5, name=name, dtype="mixed_float16") for name in ("a", "b")]
    return keras.Sequential([keras.Input((6,)), *hidden, L.Dense(2, name="out")])


def sequence() -> Any:
    import keras
    from keras import layers as L

    cells = [L.GRUCell(3), L.SimpleRNNCell(3)]
    return keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            L.Embedding(9, 4, name="embed"),
            L.Conv1D(4, 2, name="conv"),
            L.RNN(cells, return_sequences=True, name="cells"),
            L.TimeDistributed(L.Dense(3), name="each"),
            L.GRU(3, name="gru"),
            L.Dense(2, name="out"),
        ]
    )


def shared() -> Any:
    import keras
    from keras import layers as L

    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    twice = L.Dense(4, name="twice")
    y = L.Concatenate()([twice(a), twice(twice(b)), L.Dense(4, name="once")(a)])
    return keras.Model([a, b], L.Dense(2, name="out")(y))


def with_state() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((5, 3))
    y, h, c = L.LSTM(4, return_state=True, return_sequences=True, name="lstm")(x)
    y = L.Concatenate()([L.GlobalMaxPooling1D()(y), h, c])
    return keras.Model(x, L.Dense(2, name="out")(y))


def own_class() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((5,))
    hidden = L.Dense(4, name="hidden")(custom().Dense(5, name="mine")(x))
    return custom().Own(x, L.Dense(2, name="out")(hidden))


def with_code() -> Any:
    import keras
    from keras import layers as L

    step = L.Lambda(custom().negated, name="code")
    return keras.Sequential([keras.Input((4,)), L.Dense(4, name="a"), step, L.Dense(2, name="out")])


def frames() -> Any:
    import keras
    from keras import layers as L

    frame = keras.Sequential(
        [keras.Input((6, 6, 1)), L.Conv2D(3, 3, name="look"), L.Flatten()], name="frame"
    )
    return keras.Sequential(
        [
            keras.Input((3, 6, 6, 1)),
            L.TimeDistributed(frame, name="frames"),
            L.LSTM(3, name="lstm"),
            L.Dense(2, name="out"),
        ]
    )


def branches() -> Any:
    """Two branches of equal depth and shapes: dropout in one changes the order of the layers."""
    import keras
    from keras import layers as L

    x = keras.Input((4,), name="x")
    a, b, c = (L.Dense(4, name=name)(x) for name in "abc")
    return keras.Model(x, L.Dense(2, name="out")(L.Concatenate()([a, b, c])))


ARCHITECTURES = {
    "plain": Architecture(
        build=plain,
        inputs=rows(7),
        changes=(
            change("first", "kernel_regularizer", "l2", 0.03, before=2e-3),
            change("second", "kernel_regularizer", "l2", 0.0, before=5e-3),
            change("third", "kernel_regularizer", "l1", 0.02),
            change("third", "kernel_regularizer", "l2", 0.04),
            change("drop", "rate", "Dropout", 0.0, before=0.3),
            change("idle", "rate", "Dropout", 0.4),
            change("noise", "rate", "GaussianDropout", 0.1, before=0.2),
            *dropout("third", kind="AlphaDropout"),
        ),
        inserted=("third_dropout",),
    ),
    "convolutional": Architecture(
        build=convolutional,
        inputs=rows(8, 8, 2),
        changes=(
            *penalties("conv", "out"),
            change("separable", "depthwise_regularizer", "l1", 0.02),
            change("separable", "pointwise_regularizer", "l2", 0.03),
            change("depthwise", "depthwise_regularizer", "l2", 0.04),
            *dropout("relu", "depthwise", kind="SpatialDropout2D"),
            *dropout("flat"),
        ),
        inserted=("relu_dropout", "depthwise_dropout", "flat_dropout"),
    ),
    "residual": Architecture(
        build=residual,
        inputs=rows(6),
        changes=(*penalties("a", "b"), *dropout("a", "b", "sum")),
        inserted=("a_dropout", "b_dropout", "sum_dropout"),
    ),
    "bidirectional": Architecture(
        build=bidirectional,
        inputs=rows(5, 3),
        changes=(
            *penalties("two_ways", "lstm"),
            change("two_ways", "recurrent_regularizer", "l1", 0.02),
            change("two_ways", "dropout", "Dropout", 0.3),
            change("lstm", "recurrent_dropout", "Dropout", 0.2),
            *dropout("two_ways", kind="SpatialDropout1D"),
            *dropout("lstm"),
        ),
        inserted=("two_ways_dropout", "lstm_dropout"),
    ),
    "several inputs": Architecture(
        build=several_inputs,
        inputs=lambda rng: {"deep": rows(4)(rng), "wide": rows(5)(rng)},
        changes=(*penalties("w", "u"), *dropout("w", "both")),
        inserted=("w_dropout", "both_dropout"),
    ),
    "nested": Architecture(
        build=nested,
        inputs=rows(4),
        changes=(
            *penalties("e1", l2=0.01),
            *penalties("enc/e1", l2=0.02),
            *penalties("enc/inner/e1", l2=0.03),
            *dropout("enc/e1", "enc/inner/e1", "enc", "enc/e2"),
        ),
        inserted=("enc/e1_dropout", "enc/inner/e1_dropout", "enc_dropout", "enc/e2_dropout"),
    ),
    "siamese": Architecture(
        build=siamese,
        inputs=lambda rng: [rows(4)(rng), rows(4)(rng)],
        changes=(*penalties("tower/t1", "tower/t2"), *dropout("tower/t1", "tower")),
        inserted=("tower/t1_dropout", "tower_dropout"),
    ),
    "attention": Architecture(
        build=attention,
        inputs=tokens(6),
        changes=(
            change("embed", "embeddings_regularizer", "l2", 0.05),
            *penalties("attend", "grouped"),
            change("attend", "dropout", "Dropout", 0.4),
            change("grouped", "dropout", "Dropout", 0.3),
            *dropout("embed", kind="SpatialDropout1D"),
        ),
        inserted=("embed_dropout",),
    ),
    "mixed precision": Architecture(
        build=mixed_precision,
        inputs=rows(6),
        changes=(*penalties("a"), *dropout("a", "b")),
        inserted=("a_dropout", "b_dropout"),
    ),
    "sequence": Architecture(
        build=sequence,
        inputs=tokens(6),
        changes=(
            change("embed", "embeddings_regularizer", "l1", 0.02),
            *penalties("conv", "cells", "each", "gru"),
            change("cells", "dropout", "Dropout", 0.3),
            change("gru", "dropout", "Dropout", 0.2),
            *dropout("embed", "conv", kind="SpatialDropout1D"),
            *dropout("each"),
        ),
        inserted=("embed_dropout", "conv_dropout", "each_dropout"),
    ),
    "shared": Architecture(
        build=shared,
        inputs=lambda rng: [rows(4)(rng), rows(4)(rng)],
        changes=(*penalties("twice", "once"), *dropout("twice")),
        inserted=("twice_dropout",),
    ),
    "with state": Architecture(
        build=with_state,
        inputs=rows(5, 3),
        changes=(*penalties("lstm"), *dropout("lstm")),
        inserted=("lstm_dropout",),
    ),
    "own class": Architecture(
        build=own_class,
        inputs=rows(5),
        changes=(*penalties("hidden"), *dropout("mine", "hidden")),
        inserted=("mine_dropout", "hidden_dropout"),
    ),
    "with code": Architecture(
        build=with_code,
        inputs=rows(4),
        changes=(*penalties("a"), *dropout("code")),
        inserted=("code_dropout",),
    ),
    "frames": Architecture(
        build=frames,
        inputs=rows(3, 6, 6, 1),
        changes=(
            *penalties("frames/look"),
            *dropout("frames/look", kind="SpatialDropout2D"),
            *dropout("frames"),
        ),
        inserted=("frames/look_dropout", "frames_dropout"),
    ),
    "branches": Architecture(
        build=branches,
        inputs=rows(4),
        changes=(*penalties("a", l2=0.02), *dropout("b")),
        inserted=("b_dropout",),
    ),
}
