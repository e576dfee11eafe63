from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.inputs.configs.keras_config import read_config
from advisor.inputs.model_facts import LayerFacts, OptimizerFacts
from advisor.inputs.weight_files.legacy_h5 import named_weights, stored_optimizer, text_list
from advisor.inputs.weight_files.legacy_layers import join_named
from advisor.inputs.weight_files.model_assembly import JoinedLayers
from advisor.inputs.weight_files.weights_file import layers_of_names
from tests.inputs.config_samples import layer, sequential
from tests.inputs.weight_file_samples import datasets_tree

Layers = dict[str, dict[str, Any]]  # top-level layer -> variable's full name -> shape


def legacy_tree(path: Path, layers: Layers, root: str = "model_weights") -> Any:
    """The weights of a legacy file, in the order in which Keras lists them."""
    datasets = {
        f"{root}/{name}/{weight}".lstrip("/"): shape
        for name, weights in layers.items()
        for weight, shape in weights.items()
    }
    attributes: dict[str, Any] = {root or "/": {"layer_names": np.array(list(layers), "S")}}
    for name, weights in layers.items():
        attributes[f"{root}/{name}"] = {"weight_names": np.array(list(weights), "S")}
    return datasets_tree(path, datasets, attributes)


def joined(config: Any, layers: Layers, folder: Path) -> JoinedLayers:
    tree = legacy_tree(folder / "model.h5", layers)
    return join_named(read_config(config, "model.h5"), named_weights(tree))


def signs(facts: LayerFacts) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(tensor.part, tensor.role, tensor.shape) for tensor in facts.tensors]


def old(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer as Keras 2 writes it: without a module."""
    return {"class_name": class_name, "config": {"name": name} | config}


def test_names_of_keras_2_end_in_a_number_that_is_no_part_of_them(tmp_path: Path) -> None:
    weights = {"d": {"d/kernel:0": (3, 2), "d/bias:0": (2,)}}
    found = joined(sequential("m", [old("Dense", "d", units=2)]), weights, tmp_path)
    assert signs(found.layers[0]) == [("", "kernel", (3, 2)), ("", "bias", (2,))]
    assert found.notes == ()


def test_a_renamed_layer_keeps_its_weights_by_the_name_of_its_group(tmp_path: Path) -> None:
    weights = {"renamed": {"dense_17/kernel:0": (3, 2), "dense_17/bias:0": (2,)}}
    found = joined(sequential("m", [old("Dense", "renamed", units=2)]), weights, tmp_path)
    assert found.layers[0].parameters == 8


def test_layers_of_a_nested_model_are_told_by_the_names_around_their_weights(
    tmp_path: Path,
) -> None:
    tower = sequential("tower", [old("Dense", "a", units=2), old("BatchNormalization", "n")])
    outer = sequential("outer", [tower, old("Dense", "b", units=2)])
    weights = {
        "outer": {  # what can be trained comes first
            "tower/a/kernel:0": (2, 2),
            "tower/a/bias:0": (2,),
            "tower/n/gamma:0": (2,),
            "tower/n/beta:0": (2,),
            "b/kernel:0": (2, 2),
            "b/bias:0": (2,),
            "tower/n/moving_mean:0": (2,),
            "tower/n/moving_variance:0": (2,),
        }
    }
    found = {x.path: x for x in joined(sequential("m", [outer]), weights, tmp_path).layers}
    assert [role for _, role, _ in signs(found["outer/tower/a"])] == ["kernel", "bias"]
    assert [role for _, role, _ in signs(found["outer/tower/n"])] == [
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    ]
    assert found["outer/b"].parameters == 6
    assert not any(x.is_inferred for x in found.values())


def test_the_closest_of_layers_with_one_name_is_taken(tmp_path: Path) -> None:
    left, right = (sequential(side, [old("Dense", "dense", units=2)]) for side in ("l", "r"))
    weights = {
        "both": {
            "r/dense/kernel:0": (5, 2),
            "r/dense/bias:0": (2,),
            "l/dense/kernel:0": (4, 2),
            "l/dense/bias:0": (2,),
        }
    }
    model = sequential("m", [sequential("both", [left, right])])
    found = {x.path: x for x in joined(model, weights, tmp_path).layers}
    assert signs(found["both/l/dense"])[0] == ("", "kernel", (4, 2))
    assert signs(found["both/r/dense"])[0] == ("", "kernel", (5, 2))


def test_names_that_tell_nothing_are_matched_by_order_and_marked(tmp_path: Path) -> None:
    tower = sequential("t", [old("Dense", "a", units=2), old("Dense", "b", units=3)])
    weights = {
        "t": {
            "dense_7/kernel:0": (4, 2),
            "dense_7/bias:0": (2,),
            "dense_8/kernel:0": (2, 3),
            "dense_8/bias:0": (3,),
        }
    }
    found = joined(sequential("m", [tower]), weights, tmp_path)
    assert [x.parameters for x in found.layers] == [10, 9]
    assert all(x.is_inferred for x in found.layers)
    assert "Layers whose weights are matched by their order: t/a, t/b." in found.notes


def test_weights_that_fit_no_layer_are_listed_and_not_guessed(tmp_path: Path) -> None:
    tower = sequential("t", [old("Dense", "a", units=2), old("Dense", "b", units=3)])
    found = joined(sequential("m", [tower]), {"t": {"dense_7/kernel:0": (4, 2)}}, tmp_path)
    assert [x.parameters for x in found.layers if x.path in ("t/a", "t/b")] == [0, 0]
    assert "No weights are stored for: t/a, t/b." in found.notes
    assert sum(x.parameters for x in found.layers) == 8


def test_keras_3_0_names_no_layer_and_a_role_that_only_one_has_tells(tmp_path: Path) -> None:
    tower = sequential("t", [old("Dense", "a", units=2), old("BatchNormalization", "n")])
    roles = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")
    weights = {"t": {role: (3, 2) if role == "kernel" else (2,) for role in roles}}
    found = joined(sequential("m", [tower]), weights, tmp_path)
    assert [len(x.tensors) for x in found.layers] == [2, 4]


def test_parts_of_recurrent_and_attention_layers_are_told(tmp_path: Path) -> None:
    lstm = {"class_name": "LSTM", "config": {"name": "lstm", "units": 2}}
    cells = [{"class_name": "GRUCell", "config": {"units": 2, "name": f"c{i}"}} for i in (0, 1)]
    stacked = {"class_name": "StackedRNNCells", "config": {"cells": cells}}
    model = sequential(
        "m",
        [
            old("Bidirectional", "b", layer=lstm),
            old("RNN", "r", cell=stacked),
            old("MultiHeadAttention", "h"),
            old("TimeDistributed", "t", layer=old("Dense", "inner", units=2)),
            old("DepthwiseConv2D", "w"),
        ],
    )
    recurrent = ("kernel:0", "recurrent_kernel:0", "bias:0")
    shapes = [(3, 8), (2, 8), (8,)]
    gru = [(3, 6), (2, 6), (2, 6)]
    weights: Layers = {
        "b": {
            **dict(
                zip((f"b/forward_lstm/lstm_cell_1/{r}" for r in recurrent), shapes, strict=True)
            ),
            **dict(
                zip((f"b/backward_lstm/lstm_cell_2/{r}" for r in recurrent), shapes, strict=True)
            ),
        },
        "r": {
            **dict(zip((f"r/cell_0/{r}" for r in recurrent), gru, strict=True)),
            **dict(zip((f"r/cell_1/{r}" for r in recurrent), gru, strict=True)),
        },
        "h": {"h/query/kernel:0": (4, 2, 3), "h/attention_output/kernel:0": (2, 3, 4)},
        "t": {"t/kernel:0": (3, 2), "t/bias:0": (2,)},
        "w": {"w/kernel": (3, 3, 2, 1), "w/bias": (2,)},
    }
    found = {x.path: x for x in joined(model, weights, tmp_path).layers}
    assert [part for part, _, _ in signs(found["b"])][::3] == [
        "forward_layer/cell",
        "backward_layer/cell",
    ]
    assert [part for part, _, _ in signs(found["r"])][::3] == [
        "cell/cells/gru_cell",
        "cell/cells/gru_cell_1",
    ]
    assert [part for part, _, _ in signs(found["h"])] == ["query_dense", "output_dense"]
    assert [(part, role) for part, role, _ in signs(found["t"])] == [
        ("layer", "kernel"),
        ("layer", "bias"),
    ]
    assert [role for _, role, _ in signs(found["w"])] == ["depthwise_kernel", "bias"]


def test_a_frozen_kernel_that_is_listed_late_comes_first_again(tmp_path: Path) -> None:
    weights = {"d": {"d/bias": (2,), "d/lora_kernel_a": (3, 1), "d/kernel": (3, 2)}}
    found = joined(sequential("m", [layer("Dense", "d", units=2)]), weights, tmp_path)
    assert [role for _, role, _ in signs(found.layers[0])] == ["kernel", "bias", "lora_kernel_a"]


def test_layers_of_a_subclassed_model_are_listed_as_inferred(tmp_path: Path) -> None:
    model = {"class_name": "mine>Net", "config": {"name": "net"}}
    weights: Layers = {
        "dense_3": {"net/dense_3/kernel": (3, 2), "net/dense_3/bias": (2,)},
        "block": {"net/block/gain": (4,), "net/block/inner/kernel": (4, 4)},
    }
    found = joined(model, weights, tmp_path)
    assert [(x.path, x.class_name, x.is_inferred) for x in found.layers] == [
        ("dense_3", "Dense", True),
        ("block", "unknown", True),
        ("block/inner", "unknown", True),
    ]
    assert "made in code" in " ".join(found.notes) or "makes in code" in " ".join(found.notes)


def test_a_weights_file_of_keras_2_names_its_layers(tmp_path: Path) -> None:
    weights: Layers = {
        "dense_3": {"dense_3/kernel:0": (3, 2), "dense_3/bias:0": (2,)},
        "flatten": {},
        "head": {"head/kernel:0": (2, 5), "head/bias:0": (5,)},
        "lstm": {"lstm/lstm_cell/kernel:0": (3, 8), "lstm/lstm_cell/bias:0": (8,)},
    }
    tree = legacy_tree(tmp_path / "w.h5", weights, root="")
    found = layers_of_names(named_weights(tree))
    assert [(x.path, x.class_name, x.units) for x in found] == [
        ("dense_3", "Dense", 2),
        ("head", "Dense", 5),
        ("lstm", "LSTM", None),
    ]
    assert [tensor.part for tensor in found[2].tensors] == ["cell", "cell"]


def test_long_lists_of_names_are_put_together_again() -> None:
    pieces = {"weight_names0": ("a", "b"), "weight_names1": ("c",), "weight_names3": ("lost",)}
    assert text_list(pieces, "weight_names") == ("a", "b", "c")
    assert text_list({"weight_names": ("a",)}, "weight_names") == ("a",)
    assert text_list({"weight_names": "a"}, "weight_names") == ("a",)
    assert text_list({}, "weight_names") == ()


@pytest.mark.parametrize(
    ("stored", "learning_rate", "expected"),
    [
        ({"it": np.int64(7), "lr": np.float32(0.05)}, None, (7, 0.05)),
        ({"it": np.int64(7), "lr": np.float32(0.05)}, 0.2, (7, 0.2)),  # the config's is meant
        ({"it": np.int64(7), "m": np.zeros((2, 2), "float32")}, None, (7, None)),
        ({}, 0.2, (None, 0.2)),
    ],
)
def test_the_optimizer_tells_its_steps(
    stored: dict[str, Any],
    learning_rate: float | None,
    expected: tuple[int | None, float | None],
    tmp_path: Path,
) -> None:
    attributes = {"optimizer_weights": {"weight_names": np.array(list(stored), "S")}}
    datasets = {f"optimizer_weights/{name}": value for name, value in stored.items()}
    tree = datasets_tree(tmp_path / "o.h5", datasets, attributes if stored else {})
    found = stored_optimizer(OptimizerFacts(name="Adam", learning_rate=learning_rate), tree)
    assert found is not None
    assert (found.iterations, found.learning_rate) == expected
