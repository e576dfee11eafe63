"""Small Keras models of every kind that a saved file can hold: `ZOO` maps a name to a builder.

A builder returns a model with weights drawn from a seed, so that no two of them are alike: a
weight taken for another one shows.
"""

import inspect
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

Builder = Callable[[], Any]
ZOO: dict[str, Builder] = {}


def zoo(build: Builder) -> Builder:
    """Enter a builder into the zoo under its own name, with its weights drawn from a seed."""

    def seeded() -> Any:
        model = build()
        randomize(model)
        return model

    ZOO[build.__name__] = seeded
    return seeded


def randomize(model: Any) -> None:
    """Draw every floating weight anew, each with a scale of its own."""
    rng = np.random.default_rng(20)
    for index, weight in enumerate(model.weights):
        if "float" in weight.dtype:
            values = rng.normal(scale=1 + index / 100, size=weight.shape)
            weight.assign(np.asarray(values, "float32"))


@cache
def custom() -> SimpleNamespace:
    """Classes of a user's own, registered so that Keras can load the models that hold them."""
    import keras
    from keras import layers

    register = keras.saving.register_keras_serializable(package="zoo")

    @register
    class Block(layers.Layer):
        """A layer that makes layers, and a weight, of its own."""

        def __init__(self, units: int, rate: float = 0.2, **options: Any) -> None:
            super().__init__(**options)
            self.units, self.rate = units, rate
            self.wide = layers.Dense(2 * units)
            self.narrow = layers.Dense(units, use_bias=False)
            self.drop = layers.Dropout(rate)
            self.steps = [layers.LayerNormalization(), layers.Dense(units)]

        def build(self, shape: Any) -> None:
            self.gain = self.add_weight(name="gain", shape=(self.units,))
            self.wide.build(shape)
            self.narrow.build((*shape[:-1], 2 * self.units))
            for step in self.steps:
                step.build((*shape[:-1], self.units))

        def call(self, x: Any) -> Any:
            x = self.drop(self.narrow(self.wide(x))) * self.gain
            for step in self.steps:
                x = step(x)
            return x

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units, "rate": self.rate}

    @register
    class Dense(layers.Layer):
        """A namesake of Keras' own layer, with its weights the other way round."""

        def __init__(self, units: int, **options: Any) -> None:
            super().__init__(**options)
            self.units = units

        def build(self, shape: Any) -> None:
            self.offset = self.add_weight(name="offset", shape=(self.units,))
            self.matrix = self.add_weight(name="matrix", shape=(shape[-1], self.units))

        def call(self, x: Any) -> Any:
            return x @ self.matrix + self.offset

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    @register
    class Subclassed(keras.Model):
        """Layers under attributes before and after `layers`, in a list, and inside a Block."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.embed = layers.Dense(6)
            self.cells = layers.LSTM(4, return_sequences=True)
            self.attend = layers.MultiHeadAttention(2, 3)
            self.convolve = layers.Conv1D(5, 3, padding="same", name="smoothing")
            self.norm = layers.BatchNormalization()
            self.out = layers.Dense(3, activation="softmax")
            self.blocks = [Block(5), Block(5)]
            self.drop = layers.Dropout(0.4)

        def call(self, x: Any) -> Any:
            x = self.cells(self.embed(x))
            x = self.convolve(self.attend(x, x))
            for block in self.blocks:
                x = block(self.drop(x))
            return self.out(self.norm(x))

    @register
    class WithBase(keras.Model):
        """A subclassed model around a functional one that is made in code."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            x = keras.Input((8, 8, 3))
            y = layers.Conv2D(4, 3, name="stem")(x)
            y = layers.BatchNormalization(name="stem_norm")(y)
            y = layers.Dense(6)(layers.GlobalAveragePooling2D()(y))
            self.base = keras.Model(x, y, name="backbone")
            self.head = layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.head(self.base(x))

    @register
    class Passed(keras.Model):
        """A subclassed model whose config holds the layers that it was given."""

        def __init__(self, body: Any, head: Any, **options: Any) -> None:
            super().__init__(**options)
            self.body, self.head = body, head

        def call(self, x: Any) -> Any:
            return self.head(self.body(x))

        def get_config(self) -> dict[str, Any]:
            serialize = keras.saving.serialize_keras_object
            parts = {"body": serialize(self.body), "head": serialize(self.head)}
            return {**super().get_config(), **parts}

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            for name in ("body", "head"):
                config[name] = keras.saving.deserialize_keras_object(config[name])
            return cls(**config)

    @register
    class Own(keras.Model):
        """A functional model under a class of its own."""

        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    @register
    class Chain(keras.Sequential):
        """A Sequential under a class of its own."""

    @register
    def negated(x: Any) -> Any:
        return -x

    return SimpleNamespace(
        **{name: value for name, value in locals().items() if name not in ("keras", "layers")}
    )


def _compiled(model: Any, optimizer: Any = "adam", loss: str = "mse") -> Any:
    model.compile(optimizer, loss)
    return model


@zoo
def mlp() -> Any:
    import keras
    from keras import layers as L
    from keras import regularizers as R

    model = keras.Sequential(
        [
            keras.Input((9,)),
            L.Dense(8, "relu", kernel_regularizer=R.L2(1e-3), bias_regularizer=R.L1(2e-5)),
            L.Dropout(0.35),
            L.Dense(
                7, "gelu", kernel_regularizer=R.L1L2(3e-4, 5e-4), kernel_constraint="unit_norm"
            ),
            L.GaussianNoise(0.05),
            L.Dense(6, activity_regularizer=R.L1(1e-6), use_bias=False),
            L.AlphaDropout(0.1),
            L.Dense(3, "softmax", kernel_regularizer=R.OrthogonalRegularizer(0.02)),
        ]
    )
    model.compile(
        keras.optimizers.AdamW(2e-3, weight_decay=0.01),
        "categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


@zoo
def convolutional() -> Any:
    import keras
    from keras import layers as L

    return _compiled(
        keras.Sequential(
            [
                keras.Input((16, 16, 3)),
                L.RandomFlip("horizontal"),
                L.RandomRotation(0.1),
                L.Rescaling(1 / 255),
                L.Conv2D(4, 3, kernel_regularizer="l2", use_bias=False),
                L.BatchNormalization(),
                L.ReLU(),
                L.SpatialDropout2D(0.15),
                L.MaxPooling2D(),
                L.Conv2D(5, (3, 2), activation="relu", kernel_regularizer="l1"),
                L.BatchNormalization(scale=False, center=False),
                L.Flatten(),
                L.Dense(4, kernel_regularizer="L1L2"),
            ]
        ),
        loss="categorical_crossentropy",
    )


@zoo
def separable() -> Any:
    import keras
    from keras import layers as L
    from keras import regularizers as R

    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            L.SeparableConv2D(
                4, 3, depthwise_regularizer=R.L2(1e-4), pointwise_regularizer=R.L1(2e-4)
            ),
            L.DepthwiseConv2D(3, depthwise_regularizer=R.L2(3e-4)),
            L.Conv2DTranspose(5, 3, kernel_regularizer=R.L2(4e-4)),
            L.Reshape((-1, 5)),
            L.SeparableConv1D(3, 3),
            L.DepthwiseConv1D(2, use_bias=False),
        ]
    )


@zoo
def one_and_three_axes() -> Any:
    import keras
    from keras import layers as L

    volume = keras.Input((6, 6, 6, 2), name="volume")
    series = keras.Input((9, 3), name="series")
    a = L.GlobalAveragePooling3D()(L.Conv3DTranspose(3, 2)(L.Conv3D(4, 3)(volume)))
    b = L.GlobalMaxPooling1D()(L.Conv1DTranspose(4, 2)(L.Conv1D(5, 3, groups=1)(series)))
    return keras.Model([volume, series], L.Dense(2)(L.Concatenate()([a, b])))


@zoo
def convolutional_recurrent() -> Any:
    import keras
    from keras import layers as L

    model = [keras.Input((3, 6, 6, 2)), L.ConvLSTM2D(4, 3, dropout=0.1, recurrent_dropout=0.2)]
    return keras.Sequential([*model, L.Flatten(), L.Dense(2)])


@zoo
def recurrent() -> Any:
    import keras
    from keras import layers as L
    from keras import regularizers as R

    return _compiled(
        keras.Sequential(
            [
                keras.Input((7, 4)),
                L.LSTM(5, return_sequences=True, dropout=0.2, recurrent_dropout=0.1),
                L.GRU(4, return_sequences=True, recurrent_regularizer=R.L2(1e-3)),
                L.SimpleRNN(3, kernel_regularizer=R.L1(1e-4), bias_regularizer=R.L2(1e-5)),
                L.Dense(1),
            ]
        ),
        optimizer="rmsprop",
    )


@zoo
def bidirectional() -> Any:
    import keras
    from keras import layers as L
    from keras import regularizers as R

    back = L.GRU(4, go_backwards=True, kernel_regularizer=R.L2(5e-4), return_sequences=True)
    ahead = L.GRU(4, kernel_regularizer=R.L1(2e-4), return_sequences=True)
    return keras.Sequential(
        [
            keras.Input((7, 4)),
            L.Bidirectional(L.LSTM(3, return_sequences=True, dropout=0.3), merge_mode="sum"),
            L.Bidirectional(ahead, backward_layer=back, name="two_ways"),
            L.Dense(1),
        ]
    )


@zoo
def time_distributed() -> Any:
    import keras
    from keras import layers as L

    frame = keras.Sequential(
        [keras.Input((6, 6, 1)), L.Conv2D(3, 3, name="look"), L.Flatten(), L.Dropout(0.2)],
        name="frame",
    )
    return keras.Sequential(
        [
            keras.Input((4, 6, 6, 1)),
            L.TimeDistributed(frame, name="frames"),
            L.TimeDistributed(L.Dense(5, kernel_regularizer="l2")),
            L.LSTM(3),
        ]
    )


@zoo
def stacked_cells() -> Any:
    import keras
    from keras import layers as L

    cells = [L.GRUCell(4, dropout=0.1), L.LSTMCell(3), L.LSTMCell(2)]
    model = [keras.Input((5, 3)), L.RNN(cells, return_sequences=True), L.RNN(L.SimpleRNNCell(4))]
    return keras.Sequential([*model, L.Dense(1)])


@zoo
def transformer() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,), dtype="int32")
    y = L.Embedding(20, 8, embeddings_regularizer="l2")(x)
    a = L.MultiHeadAttention(2, 4, dropout=0.1, kernel_regularizer=keras.regularizers.L2(2e-4))(
        y, y
    )
    y = L.LayerNormalization()(y + a)
    b = L.GroupQueryAttention(4, 4, 2, dropout=0.2)(y, y)
    y = L.LayerNormalization()(y + b)
    y = L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")(y)
    y = L.RMSNormalization()(y)
    return _compiled(keras.Model(x, L.Dense(2)(L.GlobalAveragePooling1D()(y))))


@zoo
def masked_text() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,), dtype="int32", name="tokens")
    y = L.Embedding(15, 4, mask_zero=True)(x)
    y = L.LSTM(3, return_sequences=True)(y)
    y = L.Attention(use_scale=True, score_mode="concat", dropout=0.25)([y, y])
    y = L.AdditiveAttention()([y, y])
    return keras.Model(x, L.Dense(2)(L.GlobalMaxPooling1D()(y)))


@zoo
def nested() -> Any:
    import keras
    from keras import layers as L

    def wrapped(depth: int) -> Any:
        x = keras.Input((5,))
        inner = L.Dense(5, name="dense") if depth == 0 else wrapped(depth - 1)
        return keras.Model(x, L.Dense(5)(L.Dropout(0.1)(inner(x))), name=f"level_{depth}")

    chain = keras.Sequential([keras.Input((5,)), L.Dense(4), wrapped_dropout()], name="chain")
    x = keras.Input((5,))
    return _compiled(keras.Model(x, L.Dense(2)(chain(wrapped(4)(x)))))


def wrapped_dropout() -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential([keras.Input((4,)), L.Dropout(0.6), L.Dense(3)], name="tail")


@zoo
def shared_layer() -> Any:
    import keras
    from keras import layers as L

    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    shared = L.Dense(5, name="shared", kernel_regularizer="l2")
    y = L.Concatenate()([shared(a), shared(b), L.Dense(4)(a)])
    return keras.Model([a, b], L.Dense(2)(y))


@zoo
def siamese() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,))
    tower = keras.Model(x, L.Dense(3)(L.Dropout(0.2)(L.Dense(7)(x))), name="tower")
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    return keras.Model([a, b], L.Dense(1)(tower(a) - tower(b)))


@zoo
def several_inputs_and_outputs() -> Any:
    import keras
    from keras import layers as L

    inputs = {"wide": keras.Input((9,), name="wide"), "deep": keras.Input((4,), name="deep")}
    x = L.Concatenate()([L.Dense(5)(inputs["wide"]), L.Dense(6)(inputs["deep"])])
    outputs = {
        "price": L.Dense(1, name="price")(x),
        "kind": L.Dense(3, "softmax", name="kind")(x),
    }
    model = keras.Model(inputs, outputs)
    losses = {"price": "mse", "kind": "sparse_categorical_crossentropy"}
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), losses, metrics={"kind": ["accuracy"]})
    return model


@zoo
def operations() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((6,))
    y = L.Dense(6)(x)
    z = keras.ops.relu(y * 2 + x)
    z = L.Add()([z, keras.ops.transpose(keras.ops.transpose(y))])
    return keras.Model(x, L.Dense(2)(keras.ops.concatenate([z, y], axis=-1)))


@zoo
def name_collisions() -> Any:
    import keras
    from keras import layers as L

    return keras.Sequential(
        [
            keras.Input((5,)),
            L.Dense(5, name="dense_2"),
            L.Dense(5, name="dense"),
            L.Dense(5, name="dropout"),
            L.Dropout(0.3, name="dense_1"),
            L.Dense(5, name="batch_normalization"),
            L.BatchNormalization(name="conv2d"),
        ]
    )


@zoo
def frozen() -> Any:
    import keras
    from keras import layers as L

    base = keras.Sequential([keras.Input((6,)), L.Dense(5), L.BatchNormalization()], name="base")
    base.trainable = False
    fixed = L.Dense(4, trainable=False, kernel_regularizer="l2", name="fixed")
    return _compiled(keras.Sequential([keras.Input((6,)), base, fixed, L.Dense(2)]))


@zoo
def own_layer() -> Any:
    import keras

    classes = custom()
    x = keras.Input((7,))
    y = classes.Block(6, name="block")(x)
    y = classes.Dense(6)(y)
    return keras.Model(x, keras.layers.Dense(6)(y))


@zoo
def subclassed() -> Any:
    model = custom().Subclassed(name="net")
    model(np.zeros((2, 5, 4), "float32"))
    return _compiled(model)


@zoo
def subclassed_around_functional() -> Any:
    model = custom().WithBase(name="net")
    model(np.zeros((1, 8, 8, 3), "float32"))
    return model


@zoo
def subclassed_with_layers_in_config() -> Any:
    import keras
    from keras import layers as L

    body = keras.Sequential([L.Dense(6, kernel_regularizer="l2"), L.Dropout(0.25)], name="body")
    model = custom().Passed(body, L.Dense(2, name="head"), name="net")
    model(np.zeros((2, 5), "float32"))
    return model


@zoo
def functional_subclass() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((5,))
    return _compiled(custom().Own(x, L.Dense(2)(L.Dropout(0.3)(L.Dense(4)(x)))))


@zoo
def sequential_subclass() -> Any:
    import keras
    from keras import layers as L

    return custom().Chain([keras.Input((5,)), L.Dense(4, kernel_regularizer="l1"), L.Dense(2)])


@zoo
def reduced_precision() -> Any:
    import keras
    from keras import layers as L

    layers = [
        L.Dense(5, dtype="bfloat16"),
        L.Dense(4, dtype="float16"),
        L.Dense(3, dtype="float64"),
        L.Dense(3, dtype="mixed_float16"),
        L.Dense(2, dtype="mixed_bfloat16"),
    ]
    return keras.Sequential([keras.Input((6,)), *layers])


@zoo
def mixed_precision() -> Any:
    import keras
    from keras import layers as L

    model = [L.Dense(5, dtype="mixed_float16"), L.Dense(2, dtype="mixed_float16")]
    return _compiled(
        keras.Sequential([keras.Input((6,)), *model]),
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(3e-3)),
    )


@zoo
def quantized() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((8,))
    y = L.EinsumDense("ab,bc->ac", 6, bias_axes="c")(L.Dense(8)(x))
    model = keras.Model(x, L.Dense(2, use_bias=False)(y))
    model.quantize("int8")
    return model


@zoo
def low_rank() -> Any:
    import keras
    from keras import layers as L

    model = keras.Sequential([keras.Input((8,)), L.Dense(6), L.Dense(2)])
    model.layers[0].enable_lora(2)
    return model


@zoo
def preprocessing() -> Any:
    import keras
    from keras import layers as L

    scale = L.Normalization()
    scale.adapt(np.arange(12, dtype="float32").reshape(4, 3))
    number = keras.Input((3,), name="number")
    word = keras.Input((1,), dtype="string", name="word")
    words = L.StringLookup(vocabulary=["a", "b", "c"], output_mode="one_hot")(word)
    fixed = L.Normalization(mean=1.0, variance=2.0)(number)
    y = L.Concatenate()([scale(number), words, fixed])
    return keras.Model([number, word], L.Dense(2)(y))


@zoo
def normalizations() -> Any:
    import keras
    from keras import layers as L

    can_renormalize = "renorm" in inspect.signature(L.BatchNormalization).parameters  # Keras 3.14
    renormalized = {"renorm": True} if can_renormalize else {}
    return keras.Sequential(
        [
            keras.Input((6, 6, 4)),
            L.SpectralNormalization(L.Conv2D(4, 3)),
            L.GroupNormalization(2),
            L.PReLU(alpha_regularizer="l2"),
            L.UnitNormalization(),
            L.LayerNormalization(center=False, gamma_regularizer="l1"),
            L.BatchNormalization(**renormalized),
            L.Flatten(),
            L.SpectralNormalization(L.Dense(3, kernel_regularizer="l2")),
        ]
    )


@zoo
def lambda_layer() -> Any:
    import keras
    from keras import layers as L

    negated = custom().negated
    return keras.Sequential([keras.Input((4,)), L.Dense(4), L.Lambda(negated), L.Dense(1)])


@zoo
def tied_embedding() -> Any:
    import keras
    from keras import layers as L

    x = keras.Input((5,), dtype="int32")
    y = L.ReversibleEmbedding(12, 4, tie_weights=False)(x)
    return keras.Model(x, L.Dense(4)(y))


@zoo
def mobilenet_v2() -> Any:
    import keras

    return keras.applications.MobileNetV2((64, 64, 3), weights=None, classes=10)


@zoo
def resnet50() -> Any:
    import keras

    return keras.applications.ResNet50(input_shape=(64, 64, 3), weights=None, classes=10)


@zoo
def transfer() -> Any:
    import keras
    from keras import layers as L

    base = keras.applications.MobileNetV2((64, 64, 3), weights=None, include_top=False, alpha=0.35)
    base.trainable = False
    x = keras.Input((64, 64, 3))
    y = L.Dropout(0.5)(L.GlobalAveragePooling2D()(base(L.RandomFlip()(x))))
    return _compiled(keras.Model(x, L.Dense(3, "softmax")(y)), loss="categorical_crossentropy")
