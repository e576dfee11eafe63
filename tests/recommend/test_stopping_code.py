"""Early stopping as it is printed: it restores the epoch of the lowest validation data loss."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.inputs.live_model import describe_live_model
from advisor.inputs.model_facts import ModelFacts, Penalty
from advisor.recommend.stopping_code import holds_penalty, stopping_code
from advisor.regularization import Change
from tests.builders import dense, l2, model

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EPOCHS = 15
RANDOM = np.random.default_rng(0)
# Weights of inputs that are always 0 do nothing but to let the penalty fall, epoch for epoch.
X = np.hstack([RANDOM.normal(size=(200, 20)), np.zeros((200, 60))]).astype("float32")
KIND = RANDOM.integers(0, 3, 200).astype("int32")  # there is nothing to learn of it
VALUE = (X[:, 2] / 2 + RANDOM.normal(size=200)).astype("float32")[:, None]
TRAIN, VALIDATION = slice(0, 60), slice(60, 200)

Compiled = tuple[Any, Any, Callable[[Any], float]]  # model, targets, data loss of predictions


def network(*outputs: tuple[str, int], dtype: str | None = None) -> Any:
    """A network that overfits soon, while its penalty goes on falling."""
    import keras

    keras.utils.set_random_seed(3)
    penalized = {"kernel_regularizer": keras.regularizers.L2(0.02)}
    inputs = keras.Input((80,))
    hidden = keras.layers.Dense(64, activation="relu", **penalized, dtype=dtype)(inputs)
    made = {name: keras.layers.Dense(n, name=name, **penalized)(hidden) for name, n in outputs}
    return keras.Model(inputs, made if len(made) > 1 else next(iter(made.values())))


def one_named_loss() -> Compiled:
    import keras

    made = network(("kind", 3))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return made, KIND, lambda said: float(loss(KIND[VALIDATION], said))


def label_smoothing() -> Compiled:
    import keras

    made = network(("kind", 3))
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    made.compile(keras.optimizers.Adam(3e-3), loss)
    targets = np.eye(3, dtype="float32")[KIND]
    return made, targets, lambda said: float(loss(targets[VALIDATION], said))


def weighted_outputs() -> Compiled:
    import keras

    made = network(("kind", 3), ("value", 1))
    kind = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses, weights = {"kind": kind, "value": "mse"}, {"kind": 1.0, "value": 0.3}
    made.compile(keras.optimizers.Adam(3e-3), losses, loss_weights=weights)

    def data_loss(said: Mapping[str, Any]) -> float:
        squared = float(np.mean((said["value"] - VALUE[VALIDATION]) ** 2))
        return float(kind(KIND[VALIDATION], said["kind"])) + 0.3 * squared

    return made, {"kind": KIND, "value": VALUE}, data_loss


def mixed_precision() -> Compiled:
    import keras

    made = network(("value", 1), dtype="mixed_float16")
    made.compile(keras.optimizers.Adam(3e-3), "mae")
    return made, VALUE, lambda said: float(np.mean(np.abs(VALUE[VALIDATION] - said)))


def own_loss() -> Compiled:
    import keras

    made = network(("value", 1))

    def half_squared(truth: Any, said: Any) -> Any:
        return keras.ops.mean((truth - said) ** 2, axis=-1) / 2

    made.compile(keras.optimizers.Adam(3e-3), half_squared)
    return made, VALUE, lambda said: float(np.mean((VALUE[VALIDATION] - said) ** 2)) / 2


def taken(targets: Any, rows: slice) -> Any:
    if isinstance(targets, Mapping):
        return {name: part[rows] for name, part in targets.items()}
    return targets[rows]


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "case", [one_named_loss, label_smoothing, weighted_outputs, mixed_precision, own_loss]
)
def test_the_printed_code_restores_the_epoch_of_the_lowest_data_loss(
    case: Callable[[], Compiled],
) -> None:
    import keras

    made, targets, data_loss = case()
    names: dict[str, Any] = {}
    exec(stopping_code(describe_live_model(made), patience=EPOCHS, has_penalty=True), names)
    logged, without, weights = list[float](), list[float](), list[Any]()

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logged.append(logs["val_loss"])
            without.append(data_loss(made.predict(X[VALIDATION], verbose=0)))
            weights.append(made.get_weights())

    made.fit(
        X[TRAIN],
        taken(targets, TRAIN),
        validation_data=(X[VALIDATION], taken(targets, VALIDATION)),
        epochs=EPOCHS,
        batch_size=20,
        verbose=0,
        callbacks=[Watch(), *names["callbacks"]],
    )
    best = int(np.argmin(without))
    assert best < int(np.argmin(logged)) - 2  # where EarlyStopping would have gone
    for kept, expected in zip(made.get_weights(), weights[best], strict=True):
        np.testing.assert_array_equal(kept, expected)
    (stopping,) = names["callbacks"]
    assert stopping.best == pytest.approx(min(without), rel=1e-4)


@pytest.mark.tensorflow
def test_without_a_validation_loss_it_warns_as_keras_does() -> None:
    made, targets, _ = one_named_loss()
    names: dict[str, Any] = {}
    exec(stopping_code(None, patience=5, has_penalty=True), names)
    with pytest.warns(UserWarning, match="val_loss"):
        made.fit(X, targets, epochs=1, verbose=0, callbacks=names["callbacks"])


def test_without_a_penalty_it_is_one_line() -> None:
    code = stopping_code(None, patience=7, has_penalty=False)
    assert code == "keras.callbacks.EarlyStopping(patience=7, restore_best_weights=True)"


def test_keras_2_has_no_regularizers_on_variables() -> None:
    old = replace(model(dense("a", 3, 2)), keras_version="2.15.0")
    code = stopping_code(old, patience=5, has_penalty=True)
    assert "penalty = sum(self.model.losses)" in code
    assert "trainable_weights" not in code


def test_an_activity_penalty_is_said_to_stay() -> None:
    penalty = {"activity_regularizer": Penalty(kind="l2", l2=0.1)}
    facts = model(dense("a", 3, 2, regularizers=penalty))
    assert "still contains the activity penalty" in stopping_code(
        facts, patience=5, has_penalty=True
    )
    assert not holds_penalty(facts, ())


def to(strength: float, kind: str = "l2", layer: str = "a") -> Change:
    slot = "output" if kind == "Dropout" else "kernel_regularizer"
    return Change(layer=layer, slot=slot, kind=kind, before=0.0, to=strength, low=0.0, high=1.0)  # type: ignore[arg-type]


CUSTOM = {"kernel_regularizer": Penalty(kind="Orthogonal")}
NOTHING = {"kernel_regularizer": Penalty(kind="nothing")}


@pytest.mark.parametrize(
    ("facts", "changes", "holds"),
    [
        (model(dense("a", 3, 2)), (), False),
        (model(dense("a", 3, 2)), (to(0.3, "Dropout"),), False),
        (model(dense("a", 3, 2)), (to(0.01),), True),
        (model(dense("a", 3, 2, regularizers=l2(0.1))), (to(0.3, "Dropout"),), True),
        (model(dense("a", 3, 2, regularizers=l2(0.1))), (to(0.0),), False),
        (model(dense("a", 3, 2, regularizers=l2(0.1), trainable=False)), (), False),
        (model(dense("a", 3, 2, trainable=False)), (to(0.01),), False),
        (model(dense("a", 3, 2, trainable=False)), (to(0.01), to(0.01, layer="b")), True),
        (model(dense("a", 3, 2, regularizers=CUSTOM)), (), True),
        (model(dense("a", 3, 2, regularizers=NOTHING)), (), False),
        (model(dense("a", 3, 2, is_inferred=True)), (), True),  # its file holds weights alone
    ],
)
def test_a_penalty_is_found_in_what_the_changes_leave(
    facts: ModelFacts, changes: tuple[Change, ...], holds: bool
) -> None:
    assert holds_penalty(facts, changes) is holds
