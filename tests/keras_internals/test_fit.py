"""What `fit` knows and hands to no callback, read from inside a training."""

from typing import Any

import keras
import numpy as np
import pytest

from advisor.keras_internals.fit import adapted_batch_size, fit_locals, keras_mask
from tests.recorder.trainings import X, Y, network

pytestmark = pytest.mark.tensorflow


class Watcher(keras.callbacks.Callback):  # type: ignore[misc]
    """Sees the call of `fit` that it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.seen = fit_locals(self.model)


def seen_by(model: Any, *rows: Any, **arguments: Any) -> Any:
    watcher = Watcher()
    model.fit(*rows, verbose=0, callbacks=[watcher], **arguments)
    return watcher.seen


def test_a_callback_sees_the_arguments_of_the_fit_it_is_in() -> None:
    weights = {0: 1.0, 1: 2.0, 2: 3.0}
    names = seen_by(network(), X, Y, batch_size=7, class_weight=weights, validation_split=0.25)
    assert (names["batch_size"], names["class_weight"]) == (7, weights)
    assert names["validation_split"] == 0.25
    assert len(names["val_x"]) == len(names["val_y"]) == 15  # a quarter of 60
    assert isinstance(names["callbacks"], keras.callbacks.CallbackList)
    assert names["val_sample_weight"] is None


def test_outside_of_fit_nothing_is_seen() -> None:
    assert fit_locals(network()) is None


def test_the_fit_of_another_model_is_not_taken_for_this_ones() -> None:
    other, found = network(), []

    class Asking(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            found.append(fit_locals(other))

    network().fit(X, Y, verbose=0, callbacks=[Asking()])
    assert found == [None]


class OwnFit(keras.Sequential):  # type: ignore[misc]
    def fit(self, *rows: Any, **arguments: Any) -> Any:
        return super().fit(*rows, batch_size=9, **arguments)


def test_a_fit_of_the_users_own_is_seen_through() -> None:
    model = OwnFit([keras.Input((5,)), keras.layers.Dense(3)])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert seen_by(model, X, Y)["batch_size"] == 9


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return X[:6], Y[:6]


@pytest.mark.parametrize(
    ("rows", "arguments", "size"),
    [((X, Y), {"batch_size": 7}, 7), ((X, Y), {}, 32), ((Batches(),), {}, None)],
)
def test_the_size_of_the_batches_is_the_adapters(rows: Any, arguments: Any, size: Any) -> None:
    assert adapted_batch_size(seen_by(network(), *rows, **arguments)) == size


def test_without_an_adapter_no_size_is_known() -> None:
    assert adapted_batch_size({}) is None


def test_a_mask_that_an_embedding_makes_hangs_on_the_outputs() -> None:
    tokens = np.array([[4, 0, 0], [1, 2, 0]])
    outputs = keras.layers.Embedding(5, 2, mask_zero=True)(tokens)
    assert np.array_equal(keras_mask(outputs), tokens != 0)
    assert keras_mask(keras.layers.Embedding(5, 2)(tokens)) is None
