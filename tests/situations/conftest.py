"""The trainings of the situations, each run once and only where a test asks for it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.situations.trainings import Rows, Strengths, Training, fit, network, smooth, two_classes

Train = Callable[..., Training]


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Train]:
    """Make layers and train them, from the same seed wherever the training stands in the run."""
    import keras

    def run(layers: Callable[[], list[Any]], *rows: Rows, **arguments: Any) -> Training:
        keras.utils.set_random_seed(1)
        return fit(tmp_path_factory.mktemp("training"), layers(), *rows, **arguments)

    yield run
    keras.utils.clear_session()


@pytest.fixture(scope="session")
def overconfident(train: Train) -> Training:
    """100 rows, stopped early with the best weights put back."""
    from keras.callbacks import EarlyStopping

    return train(
        lambda: network(64),
        two_classes(100, 1, noise=0.7),
        two_classes(600, 2, noise=0.7),
        batch_size=32,
        epochs=40,
        callbacks=[EarlyStopping(patience=14, restore_best_weights=True)],
    )


@pytest.fixture(scope="session")
def dropped_out(train: Train) -> Training:
    """Dropout of .3 behind both layers, on rows enough for it."""
    from keras import layers

    return train(
        lambda: [
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ],
        two_classes(1200, 1, noise=0.5, inputs=4),
        two_classes(1200, 2, noise=0.5, inputs=4),
        batch_size=200,
        epochs=20,
    )


@pytest.fixture(scope="session")
def regressions(train: Train) -> Mapping[float, Training]:
    """A number to predict from 6 inputs, hardly any noise: by the rate of dropout."""
    from keras import layers

    def under(rate: float) -> Training:
        return train(
            lambda: [
                layers.Dense(32, activation="relu"),
                layers.Dropout(rate),
                layers.Dense(32, activation="relu"),
                layers.Dropout(rate),
                layers.Dense(1),
            ],
            smooth(600, 1),
            smooth(600, 2),
            loss="mean_squared_error",
            metrics=(),
            epochs=30,
        )

    return {rate: under(rate) for rate in (0.5, 0.25, 0.0)}


@pytest.fixture(scope="session")
def same_rows(train: Train) -> Training:
    """The training rows themselves as validation data."""
    rows = two_classes(200, 1, inputs=4)
    return train(lambda: network(8), rows, rows, batch_size=50, epochs=30, learning_rate=0.03)


@pytest.fixture(scope="session")
def penalized(train: Train) -> Strengths:
    """Without a penalty, under the text "l2", and under one that is far too strong."""
    from keras.regularizers import L2

    def under(regularizer: Any) -> Training:
        return train(
            lambda: network(32, kernel_regularizer=regularizer),
            two_classes(300, 1),
            two_classes(400, 2),
            metrics=["accuracy", "binary_crossentropy"],
            epochs=24,
        )

    return {"none": under(None), "l2": under("l2"), "far too strong": under(L2(1.0))}


@pytest.fixture(scope="session")
def sorted_labels(train: Train) -> Training:
    """Ten classes in order, and `validation_split`, which takes the last rows."""
    import numpy as np
    from keras import layers

    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 30)
    centers = random.normal(0, 2, size=(10, 8))
    inputs = (centers[labels] + random.normal(size=(300, 8))).astype("float32")
    return train(
        lambda: [layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")],
        (inputs, labels),
        loss="sparse_categorical_crossentropy",
        validation_split=0.2,
        batch_size=32,
        epochs=12,
    )


@pytest.fixture(scope="session")
def weighted_classes(train: Train) -> Training:
    """One row in nine is of the rare class, which counts nine times as much."""

    def rare(rows: int, seed: int) -> Rows:
        inputs, _ = two_classes(rows, seed, inputs=4)
        return inputs, (inputs[:, :1] > 1.2).astype("float32")

    return train(
        lambda: network(16),
        rare(300, 1),
        rare(300, 2),
        class_weight={0: 1.0, 1: 9.0},
        epochs=16,
        learning_rate=0.02,
    )


@pytest.fixture(scope="session")
def majority_only(train: Train) -> Training:
    """One row in 16 is positive, hard to tell, and the output starts at the classes' shares."""
    import keras
    import numpy as np

    def rare(rows: int, seed: int) -> Rows:
        random = np.random.default_rng(seed)
        labels = (random.random((rows, 1)) < 1 / 16).astype("float32")
        return (random.normal(size=(rows, 4)) + 0.3 * labels).astype("float32"), labels

    shares = keras.initializers.Constant(-2.75)
    return train(
        lambda: [
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid", bias_initializer=shares),
        ],
        rare(500, 1),
        rare(500, 2),
        epochs=16,
        learning_rate=0.003,
    )


@pytest.fixture(scope="session")
def noisy(train: Train) -> Training:
    """24 validation rows and a learning rate that never settles."""
    return train(
        lambda: network(32),
        two_classes(300, 1),
        two_classes(24, 2),
        batch_size=32,
        epochs=16,
        learning_rate=0.1,
    )


@pytest.fixture(scope="session")
def leaking(train: Train) -> Training:
    """Classes far apart, and validation rows that are training rows."""
    inputs, labels = two_classes(300, 1, noise=0.0, inputs=4)
    inputs[:, :2] += 2 * (2 * labels - 1)
    return train(
        lambda: network(16),
        (inputs, labels),
        (inputs[:150], labels[:150]),
        batch_size=32,
        epochs=16,
        learning_rate=0.02,
    )


@pytest.fixture(scope="session")
def augmented(train: Train) -> Training:
    """Small images whose telling corner is shifted away in training."""
    import numpy as np
    from keras import layers

    def images(rows: int, seed: int) -> Rows:
        random = np.random.default_rng(seed)
        labels = random.integers(0, 2, (rows, 1))
        pixels = random.normal(0, 0.7, size=(rows, 8, 8, 1))
        pixels[:, :4, :4, 0] += 0.5 * labels[:, None]
        return pixels.astype("float32"), labels.astype("float32")

    return train(
        lambda: [
            layers.RandomTranslation(0.4, 0.4, fill_mode="constant"),
            layers.Flatten(),
            *network(8),
        ],
        images(400, 1),
        images(400, 2),
        epochs=10,
    )
