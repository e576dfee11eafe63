"""What is said of each layer, on models drawn by hand."""

import pytest

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.architecture.layers import PlacedLayer
from advisor.evidence.catalog import OF_LAYER
from advisor.evidence.measurement import read
from advisor.inputs.model_facts import ModelFacts, Penalty
from tests.evidence.arrays import chain, layer, model, tensor


def measured(facts: ModelFacts, path: str):
    placed = PlacedLayer(flow=LayerFlow(model=facts), layer=facts.layer(path))
    readings = read(placed, OF_LAYER)
    reasons = {name: lack.reason for name, lack in readings.missing.items()}
    return {**reasons, **readings.values}


def residual():
    """input -> c1 -> relu -> pool -> drop -> add(+ skip) -> bn -> flat -> d1 -> out -> softmax."""
    steps = [
        ("input", "InputLayer", ()),
        ("c1", "Conv2D", ("input",)),
        ("relu", "ReLU", ("c1",)),
        ("pool", "MaxPooling2D", ("relu",)),
        ("skip", "Conv2D", ("input",)),
        ("drop", "Dropout", ("pool",)),
        ("add", "Add", ("drop", "skip")),
        ("bn", "BatchNormalization", ("add",)),
        ("flat", "Flatten", ("bn",)),
        ("d1", "Dense", ("flat",)),
        ("late", "Dropout", ("d1",)),
        ("out", "Dense", ("late",)),
        ("softmax", "Softmax", ("out",)),
    ]
    return model(
        [
            layer(
                path,
                class_name,
                inbound=inbound,
                rates={"rate": 0.2} if class_name == "Dropout" else {},
                is_output=path == "softmax",
            )
            for path, class_name, inbound in steps
        ]
    )


@pytest.mark.parametrize("path", ["c1", "skip", "relu", "drop", "add"])
def test_what_reaches_a_batch_normalization_before_other_weights(path):
    found = measured(residual(), path)
    assert found["layer.is_before_batch_normalization"] is True
    assert found["layer.is_after_last_batch_normalization"] is False


@pytest.mark.parametrize("path", ["d1", "late", "out"])
def test_what_stands_behind_the_last_batch_normalization(path):
    found = measured(residual(), path)
    assert found["layer.is_before_batch_normalization"] is False
    assert found["layer.is_after_last_batch_normalization"] is True


def test_a_kernel_between_shields_from_the_normalization():
    facts = chain([layer("a"), layer("b"), layer("bn", "BatchNormalization"), layer("out")])
    assert measured(facts, "a")["layer.is_before_batch_normalization"] is False
    assert measured(facts, "a")["layer.is_after_last_batch_normalization"] is False
    assert measured(facts, "b")["layer.is_before_batch_normalization"] is True


def test_without_batch_normalization_every_layer_is_behind_the_last_one():
    facts = chain([layer("a"), layer("out")])
    assert measured(facts, "a")["layer.is_after_last_batch_normalization"] is True


@pytest.mark.parametrize(
    ("path", "is_output", "is_hidden"),
    [("d1", False, True), ("out", True, False), ("softmax", True, False), ("relu", False, False)],
)
def test_the_output_layer_is_the_last_with_a_kernel(path, is_output, is_hidden):
    found = measured(residual(), path)
    assert (found["layer.is_output"], found["layer.is_hidden"]) == (is_output, is_hidden)


def test_dropout_behind_a_layer_is_its_dropout():
    facts = residual()
    assert measured(facts, "c1")["layer.has_dropout"] is True
    assert measured(facts, "skip")["layer.has_dropout"] is False
    assert measured(facts, "d1")["layer.has_dropout"] is True
    assert measured(facts, "out")["layer.has_dropout"] is False
    assert measured(facts, "drop")["layer.is_dropout_layer"] is True
    assert measured(facts, "drop")["layer.rate"] == 0.2
    assert measured(facts, "c1")["layer.rate"] == 0


@pytest.mark.parametrize(
    ("class_name", "wrapped", "kind"),
    [
        ("Dense", None, "dense"),
        ("EinsumDense", None, "dense"),
        ("SeparableConv2D", None, "convolutional"),
        ("DepthwiseConv2D", None, "depthwise"),
        ("Bidirectional", "GRU", "recurrent"),
        ("TimeDistributed", "Dense", "dense"),
        ("RNN", "LSTMCell", "recurrent"),
        ("RNN", "MyCell", "recurrent"),
        ("Embedding", None, "embedding"),
        ("GroupQueryAttention", None, "attention"),
        ("LayerNormalization", None, "normalization"),
        ("SpatialDropout2D", None, "dropout"),
        ("RandomRotation", None, "augmentation"),
        ("DropoutLikeThing", None, "other"),
        ("Flatten", None, "other"),
    ],
)
def test_kinds(class_name, wrapped, kind):
    facts = chain([layer("x", class_name, wrapped_class=wrapped)])
    assert measured(facts, "x")["layer.kind"] == kind


def test_a_class_of_the_users_own_is_not_taken_for_keras():
    own = layer("x", "Dense", module="my_package", tensors=(tensor([[1.0, 2.0]], "unknown"),))
    facts = chain([own, layer("out")])
    assert measured(facts, "x")["layer.kind"] == "other"
    assert measured(facts, "x")["layer.is_hidden"] is True  # it has a kernel nevertheless


def test_strengths_of_a_layer():
    penalties = {
        "kernel_regularizer": Penalty(kind="l1+l2", l1=0.1, l2=0.2),
        "bias_regularizer": Penalty(kind="l2", l2=0.3),
        "activity_regularizer": Penalty(kind="l1", l1=9.0),
    }
    rates = {"dropout": 0.4, "recurrent_dropout": 0.25}
    found = measured(
        chain([layer("x", "LSTM", units=8, regularizers=penalties, rates=rates, calls=2)]), "x"
    )
    assert (found["layer.l1"], found["layer.l2"]) == (0.1, 0.3)
    assert found["layer.has_bias_penalty"] is True
    assert (found["layer.rate"], found["layer.recurrent_dropout"]) == (0.4, 0.25)
    assert (found["layer.units"], found["layer.calls"]) == (8, 2)


def test_the_penalty_of_a_frozen_layer_has_no_strength():
    frozen = layer(
        "x", trainable=False, regularizers={"kernel_regularizer": Penalty(kind="l2", l2=1.0)}
    )
    found = measured(chain([frozen]), "x")
    assert found["layer.l2"] == 0
    assert found["layer.is_trainable"] is False


def test_an_activity_regularizer_alone_is_no_penalty_on_weights():
    penalties = {"activity_regularizer": Penalty(kind="l1", l1=1.0)}
    assert measured(chain([layer("x", regularizers=penalties)]), "x")["layer.l1"] == 0


def test_without_settings_or_a_graph_the_reason_is_given():
    facts = model([layer("x", is_inferred=True), layer("y", is_inferred=True)], kind="weights")
    found = measured(facts, "x")
    for name in ("l1", "l2", "has_dropout", "rate", "recurrent_dropout"):
        assert "doesn't contain the layer's settings" in found[f"layer.{name}"]
    for name in ("is_output", "is_hidden", "is_before_batch_normalization"):
        assert "how the layers are connected" in found[f"layer.{name}"]
    assert found["layer.is_inferred"] is True
