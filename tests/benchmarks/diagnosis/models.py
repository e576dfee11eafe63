"""Small Keras networks: the user's, of stock layers, and its twin with adjustable strengths.

TensorFlow and Keras are imported inside the functions: case lists and tables need neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["mlp", "cnn", "cnn-bn", "conv1d", "lstm", "gru", "bow"]
Target = Literal["binary", "multiclass", "regression"]
Drop = Callable[[Any], Any]

LOSSES: dict[Target, str] = {
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "regression": "mean_squared_error",
}


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A network family with its size; `width` is units, filters or embedding dimensions."""

    kind: Kind
    width: int
    depth: int = 1
    activation: str = "relu"

    def widened(self, factor: int) -> Architecture:
        return replace(self, width=self.width * factor)


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """Regularization of the hidden layers: L1 and L2 on kernels, dropout after each block."""

    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0

    @property
    def is_none(self) -> bool:
        return not (self.l1 or self.l2 or self.dropout)

    def at_least(self, other: Strengths) -> Strengths:
        """What is there already, raised to `other` where it is weaker."""
        return Strengths(
            l1=max(self.l1, other.l1),
            l2=max(self.l2, other.l2),
            dropout=max(self.dropout, other.dropout),
        )


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What the network reads and answers: input shape without the batch, classes, vocabulary."""

    shape: tuple[int, ...]
    target: Target
    classes: int = 1
    vocabulary: int = 0


def user_model(architecture: Architecture, signature: Signature, strengths: Strengths) -> Any:
    """The network as a user writes it: stock layers, regularizers and `Dropout` only."""
    import keras

    def drop(x: Any) -> Any:
        return keras.layers.Dropout(strengths.dropout)(x) if strengths.dropout else x

    regularizer = None
    if strengths.l1 and strengths.l2:
        regularizer = keras.regularizers.L1L2(l1=strengths.l1, l2=strengths.l2)
    elif strengths.l1:
        regularizer = keras.regularizers.L1(strengths.l1)
    elif strengths.l2:
        regularizer = keras.regularizers.L2(strengths.l2)
    return _assemble(architecture, signature, regularizer, drop)


def adjustable_model(architecture: Architecture, signature: Signature, dropout: Any) -> Any:
    """The same network whose dropout rate is the variable `dropout`, traced once for all rates."""
    from tests.benchmarks.diagnosis.dropout import variable_dropout

    def drop(x: Any) -> Any:
        return variable_dropout(dropout)(x)

    return _assemble(architecture, signature, None, drop)


def _assemble(
    architecture: Architecture, signature: Signature, regularizer: Any, drop: Drop
) -> Any:
    import keras

    inputs = keras.Input(signature.shape, dtype="int32" if signature.vocabulary else "float32")
    body = {
        "mlp": _mlp,
        "cnn": _cnn,
        "cnn-bn": _cnn,
        "conv1d": _conv1d,
        "lstm": _recurrent,
        "gru": _recurrent,
        "bow": _bag_of_words,
    }[architecture.kind]
    hidden = body(inputs, architecture, signature, regularizer, drop)
    activation = {"binary": "sigmoid", "multiclass": "softmax", "regression": None}
    units = signature.classes if signature.target == "multiclass" else 1
    outputs = keras.layers.Dense(units, activation[signature.target], name="output")(hidden)
    return keras.Model(inputs, outputs)


def _mlp(x: Any, arch: Architecture, signature: Signature, regularizer: Any, drop: Drop) -> Any:
    from keras import layers

    for _ in range(arch.depth):
        x = layers.Dense(arch.width, arch.activation, kernel_regularizer=regularizer)(x)
        x = drop(x)
    return x


def _cnn(x: Any, arch: Architecture, signature: Signature, regularizer: Any, drop: Drop) -> Any:
    from keras import layers

    for block in range(arch.depth):
        x = layers.Conv2D(
            arch.width * (block + 1), 3, padding="same", kernel_regularizer=regularizer
        )(x)
        if arch.kind == "cnn-bn":
            x = layers.BatchNormalization()(x)
        x = layers.Activation(arch.activation)(x)
        x = layers.MaxPooling2D(2)(x)
    x = drop(layers.Flatten()(x))
    x = layers.Dense(2 * arch.width, arch.activation, kernel_regularizer=regularizer)(x)
    return drop(x)


def _conv1d(x: Any, arch: Architecture, signature: Signature, regularizer: Any, drop: Drop) -> Any:
    from keras import layers

    for _ in range(arch.depth):
        x = layers.Conv1D(
            arch.width,
            5,
            padding="same",
            activation=arch.activation,
            kernel_regularizer=regularizer,
        )(x)
        x = layers.MaxPooling1D(4)(x)
    x = drop(layers.Flatten()(x))
    x = layers.Dense(2 * arch.width, arch.activation, kernel_regularizer=regularizer)(x)
    return drop(x)


def _recurrent(
    x: Any, arch: Architecture, signature: Signature, regularizer: Any, drop: Drop
) -> Any:
    from keras import layers

    layer = layers.LSTM if arch.kind == "lstm" else layers.GRU
    return drop(layer(arch.width, kernel_regularizer=regularizer, unroll=True)(x))


def _bag_of_words(
    x: Any, arch: Architecture, signature: Signature, regularizer: Any, drop: Drop
) -> Any:
    from keras import layers

    x = layers.Embedding(signature.vocabulary, arch.width, embeddings_regularizer=regularizer)(x)
    x = drop(layers.GlobalAveragePooling1D()(x))
    for _ in range(arch.depth - 1):
        x = drop(layers.Dense(arch.width, arch.activation, kernel_regularizer=regularizer)(x))
    return x
