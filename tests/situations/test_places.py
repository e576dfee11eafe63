"""Where regularization goes, and where it must not: rows 10, 16, 19 and 20."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.situations.models import REBOUNDS, report_on, report_on_model
from tests.situations.trainings import changed, fired, value

pytestmark = pytest.mark.tensorflow


def dropouts(report: Any) -> set[str]:
    """The layers behind which, or at which, any strategy would drop."""
    return {layer for layer, _, kind in changed(report) if kind not in ("l1", "l2")}


def dense_block(units: int, name: str) -> list[Any]:
    """Dense, Batch Normalization, ReLU."""
    from keras import layers

    return [
        layers.Dense(units, name=name),
        layers.BatchNormalization(name=f"{name}_norm"),
        layers.ReLU(name=f"{name}_relu"),
    ]


def output() -> Any:
    from keras import layers

    return layers.Dense(4, activation="softmax", name="out")


def convolutions() -> list[Any]:
    from keras import layers

    return [
        layers.Conv2D(8, 3, name="conv"),
        layers.Dropout(0.2, name="misplaced"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(name="pool"),
        output(),
    ]


def mixed() -> list[Any]:
    from keras import layers

    return [
        layers.Dense(64, activation="relu", name="early"),
        *dense_block(64, "normalized"),
        layers.Dense(64, activation="relu", name="late"),
        output(),
    ]


@pytest.mark.parametrize(
    ("shape", "make", "places"),
    [
        pytest.param((8, 8, 1), convolutions, {"pool"}, id="convolutions"),
        pytest.param(
            (20,),
            lambda: [*dense_block(64, "a"), *dense_block(64, "b"), output()],
            {"b_relu"},
            id="every layer normalized",
        ),
        pytest.param((20,), mixed, {"late"}, id="one layer normalized"),
    ],
)
def test_dropout_goes_behind_the_last_batch_normalization_at_a_low_rate(
    shape: tuple[int, ...], make: Callable[[], list[Any]], places: set[str]
) -> None:
    report = report_on(shape, make)
    assert report.verdict == "overfitting"
    assert dropouts(report) == places
    assert "dropout-after-last-batch-normalization" in fired(report)
    assert 0 < report.recommendation.dropout <= 0.2


def test_no_l2_on_kernels_that_batch_normalization_follows() -> None:
    penalized = {layer for layer, _, kind in changed(report_on((20,), mixed)) if kind == "l2"}
    assert penalized == {"early", "late"}


def test_a_residual_block_takes_no_dropout_inside() -> None:
    import keras
    from keras import layers

    inputs = keras.Input((8, 8, 4))
    inner = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    inner = layers.ReLU()(layers.BatchNormalization()(inner))
    inner = layers.Conv2D(4, 3, padding="same", name="second")(inner)
    joined = layers.Add()([inputs, layers.BatchNormalization()(inner)])
    pooled = layers.GlobalAveragePooling2D(name="pool")(layers.ReLU()(joined))
    model = keras.Model(inputs, output()(pooled))
    report = report_on_model(model, REBOUNDS, optimizer="sgd", loss="categorical_crossentropy")
    assert dropouts(report) == {"pool"}


def test_dropout_in_front_of_batch_normalization_is_named_and_never_strengthened() -> None:
    from keras import layers

    def misplaced() -> list[Any]:
        return [
            layers.Dense(64, activation="relu", name="early"),
            layers.Dropout(0.1, name="shifting"),
            *dense_block(64, "normalized"),
            layers.Dense(64, activation="relu", name="late"),
            layers.Dropout(0.1, name="fine"),
            output(),
        ]

    report = report_on((20,), misplaced)
    assert "dropout-before-batch-normalization" in fired(report)
    assert dropouts(report) == {"fine"}
    (change,) = (c for c in report.recommendation.changes if c.family == "dropout")
    assert (change.slot, change.before) == ("rate", 0.1)
    assert 0.1 < change.to <= 0.2


@pytest.mark.parametrize("is_normalized", [False, True])
def test_convolutions_drop_whole_maps_at_low_rates(is_normalized: bool) -> None:
    from keras import layers

    def plain() -> list[Any]:
        return [
            *([layers.BatchNormalization()] if is_normalized else []),
            layers.Conv2D(8, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="hidden"),
            output(),
        ]

    changes = {c.layer: c for c in report_on((8, 8, 1), plain).recommendation.changes}
    assert changes["conv"].kind == "SpatialDropout2D"
    assert changes["conv"].to <= 0.2
    assert (changes["hidden"].to <= 0.2) == is_normalized


def pretrained(*head: Any) -> Any:
    """A frozen base with a penalty of its own, and a head of 64 or no hidden units."""
    import keras
    from keras import layers

    base = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(256, activation="relu", kernel_regularizer="l2", name="one"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(256, activation="relu", name="two"),
        ],
        name="base",
    )
    base.trainable = False
    return keras.Sequential([keras.Input((64,)), base, *head, output()])


def test_only_the_head_of_a_pretrained_network_is_regularized() -> None:
    from keras import layers

    model = pretrained(layers.Dense(64, activation="relu", name="hidden"))
    assert model.losses == []  # Keras leaves the frozen penalty out
    report = report_on_model(model, REBOUNDS, optimizer="adam", loss="categorical_crossentropy")
    assert value(report, "penalty.total") == 0
    assert {"transfer-learning-head", "penalty-on-frozen-layers"} <= fired(report)
    assert {layer for layer, _, _ in changed(report)} == {"hidden"}
    (finding,) = (f for f in report.findings if f.rule == "transfer-learning-head")
    for advice in ("fewer units", "global average pooling", "runs in inference mode"):
        assert advice in " ".join(finding.rationale.split())
    # What stands inside the base asks for nothing, as it is not trained.
    assert not [f for f in report.findings if f.layer and f.layer.startswith("base/")]


def test_dropout_in_front_of_a_bare_head_stays_outside_the_frozen_base() -> None:
    report = report_on_model(
        pretrained(), REBOUNDS, optimizer="adam", loss="categorical_crossentropy"
    )
    # Inside the base it would be off wherever the base is called with `training=False`.
    assert changed(report) == {("base", "output", "Dropout"), ("out", "kernel_regularizer", "l2")}
    assert '# new: takes the output of "base"' in report.recommendation.code


def recurrent(**arguments: Any) -> list[Any]:
    from keras import layers

    return [layers.LSTM(32, name="memory", **arguments), output()]


def test_recurrent_dropout_is_warned_of_and_never_proposed() -> None:
    slow = report_on((12, 5), lambda: recurrent(recurrent_dropout=0.2))
    assert "recurrent-dropout-is-slow" in fired(slow)
    for report in (slow, report_on((12, 5), recurrent)):
        slots = {slot for layer, slot, kind in changed(report) if kind == "Dropout"}
        assert slots == {"dropout"}  # the argument that keeps the fused kernel
        assert 0 < report.recommendation.dropout <= 0.3
    assert "recurrent-dropout-is-slow" not in fired(report_on((12, 5), recurrent))
    # What is there stays there.
    assert "recurrent_dropout=0.2, dropout=0.2" in slow.recommendation.code


@pytest.mark.parametrize("units", [16, 48])
def test_dropout_is_off_for_small_regression_networks(units: int) -> None:
    from keras import layers

    report = report_on(
        (5,),
        lambda: [layers.Dense(units, activation="relu", name="hidden"), layers.Dense(1)],
        loss="mse",
    )
    assert "small-regression-network" in fired(report)
    assert report.recommendation.strategy == "l2"
    assert dropouts(report) == set()


def test_dropout_is_off_for_layers_of_fewer_than_32_units() -> None:
    from keras import layers

    report = report_on(
        (20,),
        lambda: [
            layers.Dense(128, activation="relu", name="wide"),
            layers.Dense(31, activation="relu", name="narrow"),
            layers.Dense(32, activation="relu", name="enough"),
            output(),
        ],
    )
    assert dropouts(report) == {"wide", "enough"}
    narrow = [f.layer for f in report.findings if f.rule == "layer-too-narrow-for-dropout"]
    assert narrow == ["narrow"]
