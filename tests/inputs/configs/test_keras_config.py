import json
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.inputs.configs import layer_graph
from advisor.inputs.configs.keras_config import ConfigModel, read_config
from advisor.inputs.model_facts import LayerFacts, Penalty
from tests.inputs.config_samples import called, functional, layer, regularizer, sequential, tensor


def read(config: object, compile_config: object = None) -> ConfigModel:
    """The facts of a config after a round trip through JSON, as of a file."""
    return read_config(json.loads(json.dumps(config)), "model.keras", compile_config)


def layers_of(config: object) -> dict[str, LayerFacts]:
    return {found.path: found for found in read(config).layers}


def edges(config: object) -> dict[str, tuple[str, ...]]:
    return {found.path: found.inbound for found in read(config).layers}


def inputs(name: str) -> dict[str, Any]:
    return called(layer("InputLayer", name, batch_shape=[None, 4]))


# The graph


def test_layers_of_a_sequential_model_follow_each_other() -> None:
    model = sequential("m", [layer("InputLayer", "x"), layer("Dense", "a"), layer("Dense", "b")])
    assert edges(model) == {"x": (), "a": ("x",), "b": ("a",)}
    assert [found.is_output for found in read(model).layers] == [False, False, True]


def test_a_nested_model_is_joined_to_what_feeds_it_and_what_it_feeds() -> None:
    inner = functional(
        "enc",
        [inputs("i"), called(layer("Dense", "d"), [tensor("i")])],
        [["i", 0, 0]],
        [["d", 0, 0]],
    )
    model = functional(
        "m",
        [
            inputs("x"),
            called(layer("Dense", "before"), [tensor("x")]),
            called(inner, [tensor("before")]),
            called(layer("Dense", "after"), [tensor("enc", 1)]),
        ],
        ["x", 0, 0],
        ["after", 0, 0],
    )
    assert edges(model) == {
        "x": (),
        "before": ("x",),
        "enc/d": ("before",),
        "after": ("enc/d",),
    }


def test_inputs_and_outputs_of_a_nested_model_are_told_apart() -> None:
    inner = functional(
        "two",
        [
            inputs("i"),
            inputs("j"),
            called(layer("Dense", "p"), [tensor("i")]),
            called(layer("Dense", "q"), [tensor("j")]),
        ],
        [["i", 0, 0], ["j", 0, 0]],
        [["p", 0, 0], ["q", 0, 0]],
    )
    model = functional(
        "m",
        [
            inputs("x"),
            inputs("y"),
            called(inner, [[tensor("x"), tensor("y")]]),
            called(layer("Dense", "first"), [tensor("two", 1, 0)]),
            called(layer("Dense", "second"), [tensor("two", 1, 1)]),
        ],
        [["x", 0, 0], ["y", 0, 0]],
        [["first", 0, 0], ["second", 0, 0]],
    )
    found = edges(model)
    assert (found["two/p"], found["two/q"]) == (("x",), ("y",))
    assert (found["first"], found["second"]) == (("two/p",), ("two/q",))


def test_inputs_in_a_dict_are_joined_by_key_whatever_their_order() -> None:
    inner = functional(
        "keyed",
        [
            inputs("i"),
            inputs("j"),
            called(layer("Dense", "p"), [tensor("i")]),
            called(layer("Dense", "q"), [tensor("j")]),
        ],
        {"wide": ["j", 0, 0], "deep": ["i", 0, 0]},
        ["p", 0, 0],
    )
    model = functional(
        "m",
        [
            inputs("x"),
            inputs("y"),
            called(inner, [{"wide": tensor("x"), "deep": tensor("y")}]),
        ],
        [["x", 0, 0], ["y", 0, 0]],
        ["keyed", 1, 0],
    )
    assert edges(model)["keyed/q"] == ("x",)
    assert edges(model)["keyed/p"] == ("y",)
    assert layers_of(model)["keyed/p"].is_output
    assert not layers_of(model)["keyed/q"].is_output


def test_a_shared_layer_takes_from_all_that_it_was_called_on() -> None:
    model = functional(
        "m",
        [
            inputs("x"),
            inputs("y"),
            called(layer("Dense", "shared"), [tensor("x")], [tensor("y")]),
            called(layer("Add", "sum"), [[tensor("shared", 0), tensor("shared", 1)]]),
        ],
        [["x", 0, 0], ["y", 0, 0]],
        ["sum", 0, 0],
    )
    found = layers_of(model)
    assert found["shared"].inbound == ("x", "y")
    assert found["shared"].calls == 2
    assert found["sum"].inbound == ("shared",)


def test_calls_of_a_layer_count_the_calls_of_the_models_around_it() -> None:
    inner = functional(
        "enc",
        [inputs("i"), called(layer("Dense", "d"), [tensor("i")], [tensor("i")])],
        ["i", 0, 0],
        ["d", 1, 0],
    )
    model = functional(
        "m",
        [inputs("x"), called(inner, [tensor("x")], [tensor("x")], [tensor("x")])],
        ["x", 0, 0],
        ["enc", 3, 0],
    )
    assert layers_of(model)["enc/d"].calls == 6  # 2 inside, 3 outside


def test_operations_are_listed_and_keep_the_graph_together() -> None:
    double = {
        "module": "keras.src.ops.numpy",
        "class_name": "Multiply",
        "config": {"name": "multiply"},
        "registered_name": "Multiply",
    }
    model = functional(
        "m",
        [
            inputs("x"),
            called(layer("Dense", "a"), [tensor("x")]),
            called(double, [tensor("a"), 2]),
            called(layer("Dense", "b"), [tensor("multiply")]),
        ],
        ["x", 0, 0],
        ["b", 0, 0],
    )
    assert edges(model)["b"] == ("multiply",)
    assert edges(model)["multiply"] == ("a",)


def test_inbound_nodes_in_the_form_of_keras_2_are_read() -> None:
    def old(described: dict[str, Any], nodes: list[Any]) -> dict[str, Any]:
        return {**described, "name": described["config"]["name"], "inbound_nodes": nodes}

    model = functional(
        "m",
        [
            old(layer("InputLayer", "x"), []),
            old(layer("Dense", "a"), [[["x", 0, 0, {}]]]),
            old(layer("Add", "sum"), [[["a", 0, 0, {}], ["x", 0, 0, {"y": ["a", 0, 0]}]]]),
            old(layer("TFOpLambda", "op"), [["sum", 0, 0, {"y": 2, "name": None}]]),
            old(layer("TFOpLambda", "k"), [["_CONSTANT_VALUE", -1, 5, {"y": ["op", 0, 0]}]]),
        ],
        [["x", 0, 0]],
        [["k", 0, 0]],
    )
    assert edges(model) == {
        "x": (),
        "a": ("x",),
        "sum": ("a", "x"),
        "op": ("sum",),
        "k": ("op",),
    }


def test_a_wrapper_around_a_model_is_that_model() -> None:
    frame = sequential("frame", [layer("InputLayer", "i"), layer("Conv2D", "look")])
    model = sequential("m", [layer("InputLayer", "x"), layer("TimeDistributed", "td", layer=frame)])
    assert edges(model) == {"x": (), "td/look": ("x",)}


def test_a_layer_that_is_its_own_input_names_itself() -> None:
    model = functional(
        "m",
        [inputs("x"), called(layer("Dense", "d"), [tensor("x")], [tensor("d")])],
        ["x", 0, 0],
        ["d", 1, 0],
    )
    assert edges(model)["d"] == ("x", "d")


def test_one_object_in_two_places_is_one_layer() -> None:
    shared = {**layer("Dense", "shared"), "shared_object_id": 7}
    inner = functional(
        "enc", [inputs("i"), called(shared, [tensor("i")])], ["i", 0, 0], ["shared", 0, 0]
    )
    model = functional(
        "m",
        [inputs("x"), called(inner, [tensor("x")]), called(shared, [tensor("enc", 1)])],
        ["x", 0, 0],
        ["shared", 0, 0],
    )
    found = layers_of(model)
    assert set(found) == {"x", "enc/shared"}
    assert found["enc/shared"].calls == 2
    assert found["enc/shared"].inbound == ("x", "enc/shared")
    assert found["enc/shared"].is_output


@pytest.mark.parametrize("settings", [{"units": 3}, {"units": 4}])
def test_a_first_listing_without_a_number_is_known_by_its_name_and_settings(
    settings: dict[str, Any],
) -> None:
    inner = functional(
        "enc",
        [inputs("i"), called(layer("Dense", "shared", units=3), [tensor("i")])],
        ["i", 0, 0],
        ["shared", 0, 0],
    )
    again = {**layer("Dense", "shared", **settings), "shared_object_id": 7}
    model = functional(
        "m",
        [inputs("x"), called(inner, [tensor("x")]), called(again, [tensor("enc", 1)])],
        ["x", 0, 0],
        ["shared", 0, 0],
    )
    expected = {"x", "enc/shared"} | ({"shared"} if settings == {"units": 4} else set())
    assert set(layers_of(model)) == expected


# What a layer says of itself


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (regularizer("L1", l1=9.999999747378752e-05), Penalty(kind="l1", l1=0.0001)),
        (regularizer("L2", l2=0.009999999776482582), Penalty(kind="l2", l2=0.01)),
        (regularizer("L2", l2=0.1234567890123), Penalty(kind="l2", l2=0.1234567890123)),
        (regularizer("L1L2", l1=0.0, l2=0.02), Penalty(kind="l2", l2=0.02)),
        (regularizer("L1L2", l1=0.01, l2=0.02), Penalty(kind="l1+l2", l1=0.01, l2=0.02)),
        (regularizer("L1L2", l1=0.0, l2=0.0), Penalty(kind="nothing")),
        (regularizer("L2", l2=0), Penalty(kind="nothing")),
        (regularizer("L2"), Penalty(kind="l2", l2=0.01)),
        ("l2", Penalty(kind="l2", l2=0.01)),
        ("L1", Penalty(kind="l1", l1=0.01)),
        ("L1L2", Penalty(kind="nothing")),
        ("l1l2", Penalty(kind="nothing")),
        ("l1_l2", Penalty(kind="l1+l2", l1=0.01, l2=0.01)),
        (regularizer("OrthogonalRegularizer", factor=0.01), Penalty(kind="OrthogonalRegularizer")),
        ({"class_name": "L1L2", "config": {"l1": 0.5}}, Penalty(kind="l1", l1=0.5)),
        ({"class_name": "function", "config": "mine>squares"}, Penalty(kind="mine>squares")),
        ({**regularizer("L2", l2=0.1), "module": "mine"}, Penalty(kind="L2 of mine")),
        (regularizer("L2", l2="0.1"), Penalty(kind="L2 of unreadable strength")),
        (regularizer("L2", l2=float("nan")), Penalty(kind="L2 of unreadable strength")),
        (17, Penalty(kind="custom")),
    ],
)
def test_regularizers_are_read_with_their_strengths(
    value: object, expected: Penalty | None
) -> None:
    found = layers_of(sequential("m", [layer("Dense", "d", kernel_regularizer=value)]))["d"]
    assert found.regularizers.get("kernel_regularizer") == expected


def test_wrapped_layers_show_through() -> None:
    lstm = layer(
        "LSTM",
        "forward_l",
        units=3,
        activation="tanh",
        dropout=0.2,
        recurrent_dropout=0.0,
        recurrent_regularizer=regularizer("L2", l2=0.5),
        kernel_constraint={"class_name": "MaxNorm", "config": {"max_value": 2}},
    )
    found = layers_of(sequential("m", [layer("Bidirectional", "b", layer=lstm)]))["b"]
    assert found.wrapped_class == "LSTM"
    assert (found.units, found.activation) == (3, "tanh")
    assert found.rates == {"dropout": 0.2}  # a recurrent dropout of 0 is none
    assert found.regularizers == {"recurrent_regularizer": Penalty(kind="l2", l2=0.5)}
    assert found.constraints == {"kernel_constraint": "MaxNorm"}


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (layer("Dropout", "d", rate=0.5), {"rate": 0.5}),
        (layer("Dropout", "d", rate=0), {"rate": 0.0}),
        (layer("SpatialDropout3D", "d", rate=0.1), {"rate": 0.1}),
        (layer("GaussianNoise", "d", stddev=0.3), {"stddev": 0.3}),
        (layer("MultiHeadAttention", "d", dropout=0.1), {"dropout": 0.1}),
        (layer("MultiHeadAttention", "d", dropout=0.0), {}),
        (layer("TimeDistributed", "d", layer=layer("Dropout", "i", rate=0.4)), {"rate": 0.4}),
        (layer("RNN", "d", cell=layer("GRUCell", "c", dropout=0.3)), {"dropout": 0.3}),
        (layer("Conv2D", "d", dilation_rate=[2, 2], rate=3), {}),
        (layer("Dropout", "d", rate="0.5"), {}),
    ],
)
def test_rates_are_those_of_layers_that_drop_out(
    described: dict[str, Any], expected: dict[str, float]
) -> None:
    assert layers_of(sequential("m", [described]))["d"].rates == expected


def test_a_layer_in_a_frozen_model_is_frozen() -> None:
    inner = sequential("inner", [layer("Dense", "d")])
    inner["config"]["trainable"] = False
    found = layers_of(sequential("m", [inner, layer("Dense", "head")]))
    assert (found["inner/d"].trainable, found["head"].trainable) == (False, True)


def test_initializers_and_activations_are_named_by_their_class_and_function() -> None:
    zeros = {"module": "keras.initializers", "class_name": "Zeros", "config": {}}
    leaky = {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "l"}}
    described = layer(
        "Dense", "d", kernel_initializer="glorot_uniform", bias_initializer=zeros, activation=leaky
    )
    found = layers_of(sequential("m", [described]))["d"]
    assert found.initializers == {
        "kernel_initializer": "GlorotUniform",
        "bias_initializer": "Zeros",
    }
    assert found.activation == "leaky_re_lu"


# How it was compiled


def test_an_optimizer_given_by_name_is_known_without_its_learning_rate() -> None:
    found = read(sequential("m", [], compile_config={"optimizer": "adam", "loss": "mse"})).compiled
    assert found.optimizer is not None
    assert (found.optimizer.name, found.optimizer.learning_rate) == ("Adam", None)
    assert found.loss == "mean_squared_error"
    assert found.is_compiled


@pytest.mark.parametrize("compile_config", [None, {}, [], "adam", {"optimizer": 3, "loss": None}])
def test_a_model_without_compilation_says_so(compile_config: object) -> None:
    found = read(sequential("m", [], compile_config=compile_config)).compiled
    assert not found.is_compiled
    assert found.optimizer is None


def test_a_schedule_stands_in_for_the_learning_rate() -> None:
    decay = {"module": "keras.optimizers.schedules", "class_name": "CosineDecay", "config": {}}
    optimizer = {"class_name": "Custom>SGD", "config": {"learning_rate": decay}}
    found = read(sequential("m", [], compile_config={"optimizer": optimizer})).compiled.optimizer
    assert found is not None
    assert (found.name, found.learning_rate, found.schedule) == ("SGD", None, "CosineDecay")


def test_the_optimizer_inside_a_loss_scale_optimizer_is_the_optimizer() -> None:
    inner = {"class_name": "AdamW", "config": {"learning_rate": 0.002, "weight_decay": 0.004}}
    outer = {"class_name": "LossScaleOptimizer", "config": {"inner_optimizer": inner}}
    found = read(sequential("m", [], compile_config={"optimizer": outer})).compiled.optimizer
    assert found is not None
    assert (found.name, found.learning_rate, found.weight_decay) == ("AdamW", 0.002, 0.004)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("mse", "mean_squared_error"),
        ({"module": "builtins", "class_name": "function", "config": "kld"}, "kl_divergence"),
        (
            {"class_name": "SparseCategoricalCrossentropy", "config": {"name": "mine"}},
            "sparse_categorical_crossentropy",
        ),
        ({"a": "mse", "b": "mae", "c": None}, "mean_squared_error, mean_absolute_error"),
        (["bce", "bce"], "binary_crossentropy"),
        ([], None),
    ],
)
def test_losses_get_their_canonical_name(loss: object, expected: str | None) -> None:
    compile_config = {"optimizer": "sgd", "loss": loss, "metrics": [["acc"], {"x": "mae"}]}
    found = read(sequential("m", [], compile_config=compile_config)).compiled
    assert found.loss == expected
    assert found.metrics == ("acc", "mae")


# Code


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (
            layer("Lambda", "f", function={"class_name": "__lambda__"}),
            "Lambda 'f' runs Python code",
        ),
        (layer("TFSMLayer", "f", filepath="x"), "TFSMLayer 'f' loads another saved model"),
        (layer("TorchModuleWrapper", "f"), "TorchModuleWrapper 'f' unpickles a PyTorch module"),
        (
            layer("StringLookup", "f", vocabulary="/etc/passwd"),
            "StringLookup 'f' reads the file '/etc/passwd'",
        ),
        (
            {**layer("Mine", "f"), "module": "mine.layers"},
            "Mine 'f' comes from the module 'mine.layers'",
        ),
        ({**layer("Mine", "f"), "module": None}, "Mine 'f' is a class of the user's own"),
        (
            {**layer("Dense", "f"), "registered_name": "mine>Dense"},
            "Dense 'f' is a class of the user's own",
        ),
        (
            {"module": "keras.utils", "class_name": "get_file", "config": {}},
            "'get_file' of the module 'keras.utils' is no part of a model",
        ),
        ({"class_name": "Mine", "config": {"name": "f"}}, "Mine 'f' is a class of the user's own"),
    ],
)
def test_parts_that_run_code_are_told(described: dict[str, Any], said: str) -> None:
    assert said in read(sequential("m", [described])).code_parts


def test_a_model_of_keras_own_parts_has_no_code() -> None:
    described = layer("Dense", "d", kernel_regularizer=regularizer("L2", l2=0.1), activation="relu")
    assert read(sequential("m", [described])).code_parts == ()


def test_layers_of_the_users_own_are_not_taken_for_keras_namesakes() -> None:
    mine = {**layer("Dropout", "d", rate=0.5), "registered_name": "mine>Dropout"}
    found = read(sequential("m", [mine]))
    assert found.layers[0].rates == {}
    assert "can't be told: d (Dropout) has rate = 0.5" in " ".join(found.notes)


def test_layers_inside_the_config_of_a_users_own_class_are_listed() -> None:
    body = sequential("body", [layer("Dense", "d"), layer("Dropout", "drop", rate=0.1)])
    model = {
        "module": None,
        "class_name": "Net",
        "config": {"name": "net", "width": 3, "body": body, "heads": [layer("Dense", "head")]},
        "registered_name": "mine>Net",
    }
    found = read(model)
    assert found.kind == "subclassed"
    assert [x.path for x in found.layers] == ["body/d", "body/drop", "head"]
    assert found.layers[1].inbound == ("body/d",)


# Robustness


@pytest.mark.parametrize(
    "config",
    [
        None,
        [],
        "Sequential",
        {},
        {"class_name": "Sequential"},
        {"class_name": 3, "config": {}},
        {"class_name": "Sequential", "config": 3},
        {"config": {"layers": []}},
    ],
)
def test_what_describes_no_model_is_refused_in_one_line(config: object) -> None:
    with pytest.raises(InputError, match=r"^model.keras: .*model\.save") as raised:
        read(config)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "junk",
    [None, 3, -1.5, "x", True, [], {}, [[]], [None], {"class_name": 3}, [["a", 0, 0]], 10**30],
)
def test_values_of_a_wrong_type_count_as_absent(junk: object) -> None:
    keys = ["name", "trainable", "units", "activation", "rate", "dtype", "layer", "cell"]
    keys += ["kernel_initializer", "kernel_constraint", "cells", "backward_layer", "mean"]
    described = [layer("Dense", f"d{i}", **{key: junk}) for i, key in enumerate(keys)]
    described += [{**layer("LSTM", "e"), key: junk} for key in ("name", "inbound_nodes", "module")]
    found = read(
        functional("m", described, junk, junk, compile_config={"loss": junk, "metrics": junk})
    )
    assert len(found.layers) == len(described)


def test_names_are_cut_and_paths_are_kept_apart() -> None:
    long = "x" * 5000
    found = read(sequential("m", [layer("Dense", long), layer("Dense", long), layer("Dense", "")]))
    paths = [x.path for x in found.layers]
    assert paths == ["x" * 200, "x" * 200 + "#2", "dense"]


def test_a_model_of_too_many_layers_is_refused() -> None:
    described = layer("Dense", "d")
    with pytest.raises(InputError, match="more than 20,000 layers"):
        read_config(sequential("m", [described] * 20_001), "model.keras")


def test_deep_nesting_with_many_calls_takes_no_time() -> None:
    model = layer("Dense", "d")
    for depth in range(50):
        first = "i"
        name = model["config"]["name"]
        calls = [[tensor(first)], [tensor(name, 0)]]
        model = functional(
            f"level_{depth}", [inputs(first), called(model, *calls)], [first, 0, 0], [name, 1, 0]
        )
    found = read(model)
    assert found.layers[-1].calls == 2**50


def test_too_many_connections_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_graph, "MAX_EDGES", 100)
    described = [called(layer("Dense", f"d{i}"), [tensor("x")]) for i in range(8)]
    everything = [tensor(f"d{i}") for i in range(8)]
    described += [called(layer("Add", f"a{i}"), [everything]) for i in range(8)]
    with pytest.raises(InputError, match=r"^model\.keras: has more than 100 connections"):
        read(functional("m", [inputs("x"), *described], ["x", 0, 0], []))
