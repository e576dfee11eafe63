"""What a model is made of, on models drawn by hand."""

import pytest

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.catalog import OF_NETWORK, OF_OPTIMIZER
from advisor.evidence.measurement import read
from advisor.inputs.model_facts import ModelFacts, OptimizerFacts, Penalty
from tests.evidence.arrays import chain, layer, model, tensor

L2 = {"kernel_regularizer": Penalty(kind="l2", l2=0.01)}


def measured(facts: ModelFacts):
    network = read(LayerFlow(model=facts), OF_NETWORK)
    optimizer = read(facts, OF_OPTIMIZER)
    return {
        **{
            name: lack.reason
            for readings in (network, optimizer)
            for name, lack in readings.missing.items()
        },
        **network.values,
        **optimizer.values,
    }


def dense(path, units, **facts):
    return layer(path, units=units, tensors=([[0.0] * units] * 2, [0.0] * units), **facts)


def classifier(**facts):
    return chain(
        [
            layer("input", "InputLayer"),
            dense("a", 4, activation="relu", regularizers=L2),
            layer("drop", "Dropout", rates={"rate": 0.3}),
            dense("b", 6, activation="relu"),
            dense("out", 3, activation="softmax"),
        ],
        **facts,
    )


def test_sizes_of_a_sequential_classifier():
    found = measured(classifier())
    assert found["model.depth"] == 3
    assert found["model.hidden_layers"] == 2
    assert (found["model.width"], found["model.narrowest_hidden"]) == (6, 4)
    assert found["model.parameters"] == 12 + 18 + 9  # (2 rows + bias) x units
    assert found["model.only_dense"] is True
    assert found["model.has_convolution"] is False


def test_depth_is_that_of_the_longest_branch():
    branches = [
        layer("input", "InputLayer"),
        dense("a", 4, inbound=("input",)),
        dense("b", 4, inbound=("a",)),
        dense("c", 4, inbound=("input",)),
        layer("join", "Concatenate", inbound=("b", "c")),
        dense("out", 1, inbound=("join",), is_output=True),
    ]
    assert measured(model(branches))["model.depth"] == 3


def test_a_shared_layer_that_feeds_itself_ends():
    looped = [
        layer("input", "InputLayer"),
        dense("a", 4, inbound=("input", "relu"), calls=2),
        layer("relu", "ReLU", inbound=("a",)),
        dense("out", 1, inbound=("relu",), is_output=True),
    ]
    assert measured(model(looped))["model.depth"] == 2


def test_frozen_layers_and_statistics_are_not_trained():
    frozen = dense("a", 4, trainable=False)  # 12 weights
    norm = layer(
        "bn",
        "BatchNormalization",
        tensors=(
            tensor([0.0] * 4, "gamma"),
            tensor([0.0] * 4, "moving_mean"),
        ),
    )
    found = measured(chain([frozen, norm, dense("out", 2)]))
    assert found["model.trainable_parameters"] == 4 + 6  # gamma; (2 + 1) x 2
    assert found["model.frozen_share"] == pytest.approx(12 / 22)
    assert found["model.has_frozen_layers"] is True
    assert found["model.has_batch_normalization"] is True


@pytest.mark.parametrize(
    ("facts", "task", "classes"),
    [
        ({"loss": "sparse_categorical_crossentropy"}, "classification", 3),
        ({"loss": "binary_crossentropy"}, "classification", 2),
        ({"loss": "mean_squared_error"}, "regression", "neither the loss nor"),
        ({"loss": "my_loss"}, "unknown", "neither the loss nor"),
        ({"loss": "mean_squared_error, binary_crossentropy"}, "unknown", "neither the loss nor"),
        ({}, "classification", 3),  # by the softmax
    ],
)
def test_task_and_classes(facts, task, classes):
    found = measured(classifier(**facts))
    assert found["model.task"] == task
    if isinstance(classes, str):
        assert classes in found["model.classes"]
    else:
        assert found["model.classes"] == classes


def test_classes_of_an_output_with_its_activation_in_a_layer_of_its_own():
    facts = chain([dense("a", 4), dense("logits", 7), layer("softmax", "Softmax")])
    assert measured(facts)["model.classes"] == 7
    facts = chain(
        [dense("a", 4), dense("logits", 7), layer("s", "Activation", activation="softmax")]
    )
    assert measured(facts)["model.classes"] == 7
    facts = chain([dense("a", 4), dense("out", 1, activation="sigmoid")])
    assert measured(facts)["model.classes"] == 2


def test_what_hangs_on_the_graph_is_missing_without_one():
    loose = model([dense("a", 4), dense("b", 2)], kind="subclassed", loss="mean_squared_error")
    found = measured(loose)
    for name in ("model.depth", "model.hidden_layers", "model.width", "model.classes"):
        assert "how the layers are connected" in found[name]
    assert found["model.task"] == "regression"
    assert found["model.only_dense"] is True


def test_layer_kinds_are_found_by_class_not_by_name():
    facts = chain(
        [
            layer("conv", "Embedding"),
            layer("x", "Bidirectional", wrapped_class="LSTM"),
            layer("y", "RNN", wrapped_class="MyCell"),
            layer("z", "Dense", module="my_package.layers"),
            layer("m", "MultiHeadAttention"),
            layer("r", "RandomFlip"),
        ]
    )
    found = measured(facts)
    assert found["model.has_embedding"] is True
    assert found["model.has_recurrent"] is True
    assert found["model.has_attention"] is True
    assert found["model.has_augmentation"] is True
    assert found["model.has_convolution"] is False
    assert found["model.only_dense"] is False


@pytest.mark.parametrize(
    ("first", "is_normalized"),
    [
        (layer("n", "Normalization"), True),
        (layer("n", "Rescaling"), True),
        (layer("n", "BatchNormalization"), True),
        (layer("n", "Flatten"), False),
    ],
)
def test_input_normalization_stands_before_the_first_weights(first, is_normalized):
    found = measured(chain([first, dense("a", 4), layer("ln", "LayerNormalization")]))
    assert found["model.has_input_normalization"] is is_normalized
    assert found["model.has_normalization"] is True


def test_present_strengths():
    facts = chain(
        [
            dense("a", 4, regularizers=L2),
            layer("drop", "Dropout", rates={"rate": 0.3}),
            layer("lstm", "LSTM", rates={"dropout": 0.4, "recurrent_dropout": 0.1}, units=4),
            layer("noise", "GaussianNoise", rates={"stddev": 0.2}),
            dense("out", 3, regularizers={"bias_regularizer": Penalty(kind="l1", l1=0.5)}),
        ]
    )
    found = measured(facts)
    assert found["regularization.l2"] == 0.01
    assert found["regularization.l1"] == 0.5
    assert found["regularization.dropout"] == 0.4
    for name in ("l1", "l2", "dropout", "recurrent_dropout", "noise", "any"):
        assert found[f"regularization.has_{name}"] is True, name
    for name in ("unknown", "constraint", "activity", "frozen_penalty", "normalization_penalty"):
        assert found[f"regularization.has_{name}"] is False, name
    assert found["regularization.has_default_l2"] is True


def test_a_plain_model_has_none():
    found = measured(chain([dense("a", 4), layer("d", "Dropout", rates={"rate": 0.0})]))
    assert (found["regularization.l1"], found["regularization.dropout"]) == (0, 0)
    assert found["regularization.has_any"] is False
    assert found["regularization.has_dropout"] is False


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"regularizers": {"kernel_regularizer": Penalty(kind="nothing")}}, "has_nothing_penalty"),
        ({"regularizers": {"kernel_regularizer": Penalty(kind="Mine")}}, "has_unknown"),
        ({"regularizers": {"activity_regularizer": Penalty(kind="l1", l1=0.1)}}, "has_activity"),
        ({"regularizers": L2, "trainable": False}, "has_frozen_penalty"),
        ({"constraints": {"kernel_constraint": "MaxNorm"}}, "has_constraint"),
        (
            {"regularizers": {"gamma_regularizer": Penalty(kind="l2", l2=0.1)}},
            "has_normalization_penalty",
        ),
    ],
)
def test_other_regularization_is_seen(facts, name):
    assert measured(chain([dense("a", 4)]))[f"regularization.{name}"] is False
    assert measured(chain([dense("a", 4, **facts)]))[f"regularization.{name}"] is True


def test_a_penalty_on_a_frozen_layer_is_no_present_strength():
    found = measured(chain([dense("a", 4, regularizers=L2, trainable=False)]))
    assert found["regularization.l2"] == 0
    assert found["regularization.has_any"] is False


def test_settings_that_the_file_does_not_hold_are_missing_unless_seen():
    hidden = model([dense("a", 4, is_inferred=True)], kind="weights")
    found = measured(hidden)
    for name in ("l2", "has_l2", "dropout", "has_dropout", "has_any", "has_constraint"):
        assert "doesn't contain the settings of 1 layers" in found[f"regularization.{name}"]
    seen = model([dense("a", 4, is_inferred=True), dense("b", 4, regularizers=L2)])
    assert measured(seen)["regularization.has_l2"] is True


def bn(path="bn"):
    return layer(path, "BatchNormalization")


@pytest.mark.parametrize(
    ("layers", "before", "output"),
    [
        (
            [dense("a", 4), layer("d", "Dropout", rates={"rate": 0.5}), bn(), dense("o", 1)],
            True,
            False,
        ),
        # the variance shifts through the next layer, too
        (
            [layer("d", "Dropout", rates={"rate": 0.5}), dense("a", 4), bn(), dense("o", 1)],
            True,
            False,
        ),
        (
            [dense("a", 4), bn(), layer("d", "Dropout", rates={"rate": 0.5}), dense("o", 1)],
            False,
            False,
        ),
        (
            [dense("a", 4), bn(), dense("o", 1), layer("d", "Dropout", rates={"rate": 0.5})],
            False,
            True,
        ),
        (
            [dense("a", 4), layer("d", "Dropout", rates={"rate": 0.0}), bn(), dense("o", 1)],
            False,
            False,
        ),
    ],
)
def test_where_dropout_stands(layers, before, output):
    found = measured(chain(layers))
    assert found["regularization.has_dropout_before_batch_normalization"] is before
    assert found["regularization.has_output_dropout"] is output


def test_l2_under_a_normalization():
    under = [dense("a", 4, regularizers=L2), layer("relu", "ReLU"), bn(), dense("o", 1)]
    assert measured(chain(under))["regularization.l2_under_batch_normalization"] is True
    behind = [dense("a", 4), bn(), dense("o", 1, regularizers=L2)]
    assert measured(chain(behind))["regularization.l2_under_batch_normalization"] is False
    merged = [
        layer("input", "InputLayer"),
        dense("a", 4, regularizers=L2, inbound=("input",)),
        layer("add", "Add", inbound=("a", "input")),
        layer("bn", "BatchNormalization", inbound=("add",)),
        dense("o", 1, inbound=("bn",), is_output=True),
    ]
    assert measured(model(merged))["regularization.l2_under_batch_normalization"] is False


def test_weight_decay():
    adamw = OptimizerFacts(name="AdamW", learning_rate=0.001, weight_decay=0.02, iterations=0)
    found = measured(classifier(optimizer=adamw, is_compiled=True))
    assert found["optimizer.name"] == "AdamW"
    assert found["optimizer.is_adaptive"] is True
    assert found["optimizer.is_untrained"] is True
    assert found["optimizer.decays_everything"] is True
    assert found["regularization.weight_decay"] == 0.02
    assert found["regularization.has_l2_and_weight_decay"] is True
    spared = OptimizerFacts(name="AdamW", weight_decay=0.02, excluded_from_decay=("bias",))
    assert measured(classifier(optimizer=spared))["optimizer.decays_everything"] is False
    by_name = OptimizerFacts(name="AdamW")
    assert measured(classifier(optimizer=by_name))["regularization.weight_decay"] == 0.004
    sgd = OptimizerFacts(name="SGD", schedule="CosineDecay")
    found = measured(classifier(optimizer=sgd))
    assert found["optimizer.is_adaptive"] is False
    assert found["regularization.has_weight_decay"] is False
    assert found["regularization.has_l2_and_weight_decay"] is False
    assert "CosineDecay" in found["optimizer.learning_rate"]


def test_a_model_saved_without_its_optimizer():
    found = measured(chain([dense("a", 4)]))
    assert "without its optimizer" in found["regularization.weight_decay"]
    assert "without its optimizer" in found["optimizer.name"]
    assert found["model.is_compiled"] is False


def test_a_config_without_weights_has_no_sizes():
    facts = chain([layer("a", units=4), layer("out", units=2)])
    found = measured(facts)
    for name in ("parameters", "trainable_parameters", "frozen_share"):
        assert found[f"model.{name}"] == "the file contains no weights"
    assert found["model.width"] == 4
