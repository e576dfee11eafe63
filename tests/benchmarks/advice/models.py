"""The users' networks: plain Keras, compiled, most of them without any regularization.

Layers have names of their own, so that a strategy means the same layer in every process.
"""

from typing import Any

from tests.benchmarks.advice.tasks import Task

LOSSES = {
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "regression": "mean_squared_error",
}
ACTIVATIONS = {"binary": "sigmoid", "multiclass": "softmax", "regression": None}


def mlp(
    task: Task,
    shape: tuple[int, ...],
    *,
    widths: tuple[int, ...],
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    l2: float = 0.0,
    dropout: float = 0.0,
) -> Any:
    """Dense layers of these widths; `l2` and `dropout` are what the user has put there already."""
    from keras import Input, Sequential, layers, regularizers

    model = Sequential([Input(shape)])
    for index, width in enumerate(widths):
        penalty = regularizers.L2(l2) if l2 else None
        model.add(
            layers.Dense(
                width, activation="relu", kernel_regularizer=penalty, name=f"hidden_{index}"
            )
        )
        if dropout:
            model.add(layers.Dropout(dropout, name=f"dropout_{index}"))
    model.add(_output(task))
    return _compiled(model, task, learning_rate, optimizer)


def residual(
    task: Task, shape: tuple[int, ...], *, width: int, blocks: int, learning_rate: float = 1e-3
) -> Any:
    """Blocks of two Dense layers around a skip connection."""
    from keras import Input, Model, layers

    inputs = Input(shape)
    x = layers.Dense(width, activation="relu", name="stem")(inputs)
    for block in range(blocks):
        y = layers.Dense(width, activation="relu", name=f"block_{block}_in")(x)
        y = layers.Dense(width, name=f"block_{block}_out")(y)
        x = layers.Add(name=f"block_{block}_add")([x, y])
        x = layers.Activation("relu", name=f"block_{block}_relu")(x)
    return _compiled(Model(inputs, _output(task)(x)), task, learning_rate)


def cnn(
    task: Task,
    shape: tuple[int, ...],
    *,
    filters: int,
    dense: int,
    has_batch_normalization: bool = False,
    learning_rate: float = 1e-3,
) -> Any:
    """Two convolutions with pooling and a Dense layer."""
    from keras import Input, Sequential, layers

    model = Sequential([Input(shape)])
    for block in range(2):
        model.add(
            layers.Conv2D(
                filters * (block + 1),
                3,
                padding="same",
                use_bias=not has_batch_normalization,
                name=f"conv_{block}",
            )
        )
        if has_batch_normalization:
            model.add(layers.BatchNormalization(name=f"norm_{block}"))
        model.add(layers.Activation("relu", name=f"relu_{block}"))
        model.add(layers.MaxPooling2D(2, name=f"pool_{block}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(dense, activation="relu", name="hidden"))
    model.add(_output(task))
    return _compiled(model, task, learning_rate)


def conv1d(
    task: Task,
    shape: tuple[int, ...],
    *,
    filters: int,
    dense: int,
    dropout: float,
    learning_rate: float = 1e-3,
) -> Any:
    """Two convolutions over time, pooled, and a Dense layer with the user's own dropout."""
    from keras import Input, Sequential, layers

    model = Sequential([Input(shape)])
    for block in range(2):
        model.add(
            layers.Conv1D(filters, 5, padding="same", activation="relu", name=f"conv_{block}")
        )
        model.add(layers.MaxPooling1D(4, name=f"pool_{block}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(dense, activation="relu", name="hidden"))
    model.add(layers.Dropout(dropout, name="dropout"))
    model.add(_output(task))
    return _compiled(model, task, learning_rate)


def recurrent(
    task: Task, shape: tuple[int, ...], *, cell: str, units: int, learning_rate: float
) -> Any:
    """One LSTM or GRU, and the output."""
    from keras import Input, Sequential, layers

    layer = {"lstm": layers.LSTM, "gru": layers.GRU}[cell]
    model = Sequential([Input(shape), layer(units, name=cell), _output(task)])
    return _compiled(model, task, learning_rate)


def embedding(
    task: Task,
    shape: tuple[int, ...],
    *,
    vocabulary: int,
    dimensions: int,
    dense: int,
    learning_rate: float,
) -> Any:
    """Tokens embedded and averaged, and a Dense layer."""
    from keras import Input, Sequential, layers

    model = Sequential(
        [
            Input(shape, dtype="int32"),
            layers.Embedding(vocabulary, dimensions, name="embedding"),
            layers.GlobalAveragePooling1D(name="average"),
            layers.Dense(dense, activation="relu", name="hidden"),
            _output(task),
        ]
    )
    return _compiled(model, task, learning_rate)


def _output(task: Task) -> Any:
    from keras import layers

    units = task.classes if task.target == "multiclass" else 1
    return layers.Dense(units, activation=ACTIVATIONS[task.target], name="output")


def _compiled(model: Any, task: Task, learning_rate: float, optimizer: str = "adam") -> Any:
    from keras import optimizers

    chosen = {
        "adam": optimizers.Adam(learning_rate),
        "sgd": optimizers.SGD(learning_rate, momentum=0.9),
    }[optimizer]
    model.compile(chosen, LOSSES[task.target])
    return model
