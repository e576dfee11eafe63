from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.evidence.weights.penalty import weight_penalty
from advisor.inputs.configs.keras_config import read_config
from advisor.inputs.model_facts import LayerFacts, TensorFacts
from advisor.inputs.weight_files.class_inference import shape_class
from advisor.inputs.weight_files.model_assembly import JoinedLayers, join_layers
from advisor.inputs.weight_files.weight_holders import read_holders
from tests.inputs.config_samples import called, functional, layer, regularizer, sequential, tensor
from tests.inputs.weight_file_samples import Group, datasets_tree, marked, weights_tree


def joined(config: Any, groups: Mapping[str, Group], folder: Path) -> JoinedLayers:
    tree = weights_tree(folder / "w.h5", groups)
    return join_layers(read_config(config, "model.keras"), read_holders([tree]))


def by_path(found: JoinedLayers) -> dict[str, LayerFacts]:
    return {facts.path: facts for facts in found.layers}


def mark_of(facts: LayerFacts) -> float:
    """The first value of the layer's first weight, which tells whose it is."""
    stored = facts.tensors[0].stored
    assert stored is not None
    return float(next(stored.chunks(1 << 20))[0])


def dense(name: str, units: int = 2, **config: Any) -> dict[str, Any]:
    return layer("Dense", name, units=units, use_bias=False, **config)


THREE = sequential("m", [dense("a"), dense("b"), dense("c")])


def test_a_name_beats_the_number_of_a_group(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "layers/dense": ("c", [marked((2, 2), 3)]),
        "layers/dense_1": ("a", [marked((2, 2), 1)]),
        "layers/dense_2": ("b", [marked((2, 2), 2)]),
    }
    found = by_path(joined(THREE, groups, tmp_path))
    assert {path: mark_of(facts) for path, facts in found.items()} == {"a": 1, "b": 2, "c": 3}
    assert not any(facts.is_inferred for facts in found.values())


def test_without_names_layers_of_a_class_are_counted(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "layers/dense": (None, [marked((2, 2), 1)]),
        "layers/dense_1": (None, [marked((2, 2), 2)]),
        "layers/dense_2": (None, [marked((2, 2), 3)]),
    }
    found = joined(THREE, groups, tmp_path)
    assert {path: mark_of(facts) for path, facts in by_path(found).items()} == {
        "a": 1,
        "b": 2,
        "c": 3,
    }
    assert "does not name the layers" in " ".join(found.notes)


def test_operations_are_not_counted_but_layers_of_the_same_name_are(tmp_path: Path) -> None:
    operation = {
        "module": "keras.src.ops.numpy",
        "class_name": "Dense",
        "config": {"name": "op"},
        "registered_name": "Dense",
    }
    model = functional(
        "m",
        [
            called(layer("InputLayer", "x")),
            called(operation, [tensor("x")]),
            called(dense("a"), [tensor("op")]),
        ],
        ["x", 0, 0],
        ["a", 0, 0],
    )
    found = by_path(joined(model, {"layers/dense": (None, [marked((2, 2), 1)])}, tmp_path))
    assert mark_of(found["a"]) == 1


def test_groups_with_the_gaps_of_tensorflow_2_12_are_matched_in_order(tmp_path: Path) -> None:
    parent = "_layer_checkpoint_dependencies"
    groups: dict[str, Group] = {
        f"{parent}/dense": (None, [marked((2, 2), 1)]),
        f"{parent}/dense_2": (None, [marked((2, 2), 2)]),
        f"{parent}/dense_10": (None, [marked((2, 2), 3)]),
    }
    found = by_path(joined(THREE, groups, tmp_path))
    assert {path: mark_of(facts) for path, facts in found.items()} == {"a": 1, "b": 2, "c": 3}


def test_old_groups_that_are_fewer_than_the_layers_are_not_guessed(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "_layer_checkpoint_dependencies/dense": (None, [(2, 2)]),
        "_layer_checkpoint_dependencies/dense_2": (None, [(2, 2)]),
    }
    found = joined(THREE, groups, tmp_path)
    assert all(not by_path(found)[path].tensors for path in "abc")
    assert "No weights are stored for: a, b, c." in found.notes
    assert sum(facts.parameters for facts in found.layers) == 8  # both are still listed


def test_a_layer_stored_elsewhere_is_found_by_its_unique_name(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "layers/sequential": ("inner", []),
        "layers/sequential/layers/dense": ("a", [(2, 2)]),
        "layers/dense": ("b", [(2, 2)]),
        "elsewhere/dense": ("c", [marked((2, 2), 3)]),
    }
    model = sequential("m", [sequential("inner", [dense("a")]), dense("b"), dense("c")])
    assert mark_of(by_path(joined(model, groups, tmp_path))["c"]) == 3


def test_a_name_that_is_not_unique_is_not_guessed(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "x/dense": ("a", [(2, 2)]),
        "y/dense": ("a", [(2, 2)]),
    }
    found = joined(sequential("m", [dense("a")]), groups, tmp_path)
    assert by_path(found)["a"].tensors == ()
    assert "No weights are stored for: a." in found.notes


@pytest.mark.parametrize(
    ("described", "shapes"),
    [
        (dense("d", 3), [(4, 5)]),
        (layer("Dense", "d", units=3), [(4, 3), (4,)]),
        (layer("Conv2D", "d", filters=3, kernel_size=[5, 5]), [(3, 3, 1, 3), (3,)]),
        (layer("Conv2DTranspose", "d", filters=3, kernel_size=[5, 5]), [(5, 5, 1, 3), (3,)]),
        (layer("Embedding", "d", input_dim=9, output_dim=3), [(3, 9)]),
        (layer("Dense", "d", units=3), [(4, 3)]),
        (layer("Dense", "d", units=3), [(4, 3), (3,), (3,)]),
    ],
)
def test_weights_that_do_not_fit_their_config_are_marked(
    described: dict[str, Any], shapes: list[tuple[int, ...]], tmp_path: Path
) -> None:
    name = described["class_name"]
    segment = {"Conv2D": "conv2d", "Conv2DTranspose": "conv2d_transpose"}.get(name, name.lower())
    found = joined(sequential("m", [described]), {f"layers/{segment}": ("d", shapes)}, tmp_path)
    assert by_path(found)["d"].is_inferred
    assert by_path(found)["d"].parameters == sum(int(np.prod(shape)) for shape in shapes)
    assert any(note.startswith("Weights that don't fit their config: d: ") for note in found.notes)


def test_more_than_ten_variables_are_in_the_order_of_saving(tmp_path: Path) -> None:
    mine = {**layer("Mine", "m"), "module": "mine", "registered_name": "mine>Mine"}
    variables = [marked((1,), index) for index in range(12)]
    found = joined(sequential("s", [mine]), {"layers/mine": ("m", variables)}, tmp_path)
    stored = [tensor_facts.stored for tensor_facts in by_path(found)["m"].tensors]
    assert [float(next(s.chunks(8))[0]) for s in stored if s] == list(range(12))


def test_random_state_and_training_state_are_no_weights(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "layers/dense": ("d", [(2, 2)]),
        "layers/dropout": ("drop", []),
        "layers/dropout/seed_generator": ("seed_generator", [np.zeros(2, "uint32")]),
        "optimizer": ("adam", [np.int64(5), np.float32(0.1), (2, 2), (2, 2)]),
        "metrics/mean": (None, [(), ()]),
    }
    model = sequential("m", [dense("d"), layer("Dropout", "drop", rate=0.2)])
    found = joined(model, groups, tmp_path)
    assert sum(facts.parameters for facts in found.layers) == 4
    assert [facts.path for facts in found.layers] == ["d", "drop"]


def test_a_model_that_was_never_built_says_so(tmp_path: Path) -> None:
    found = joined(THREE, {"layers/dense": ("a", []), "": ("m", [])}, tmp_path)
    assert all(facts.tensors == () for facts in found.layers)
    assert "never built" in " ".join(found.notes)


def test_each_weight_carries_the_penalty_of_its_own_direction(tmp_path: Path) -> None:
    ahead = layer("GRU", "forward_g", units=2, kernel_regularizer=regularizer("L1", l1=0.5))
    back = layer("GRU", "backward_g", units=2, kernel_regularizer=regularizer("L2", l2=0.25))
    groups: dict[str, Group] = {
        "layers/bidirectional": ("b", []),
        "layers/bidirectional/backward_layer/cell": ("gru_cell", [(3, 6), (2, 6), (2, 6)]),
        "layers/bidirectional/forward_layer/cell": ("gru_cell", [(3, 6), (2, 6), (2, 6)]),
    }
    model = sequential("m", [layer("Bidirectional", "b", layer=ahead, backward_layer=back)])
    facts = by_path(joined(model, groups, tmp_path))["b"]

    def strengths(tensor: TensorFacts) -> tuple[float, float] | None:
        penalty = weight_penalty(facts, role=tensor.role, part=tensor.part)
        return (penalty.l1, penalty.l2) if penalty else None

    assert [(t.part, t.role, strengths(t)) for t in facts.tensors] == [
        ("forward_layer/cell", "kernel", (0.5, 0.0)),
        ("forward_layer/cell", "recurrent_kernel", None),
        ("forward_layer/cell", "bias", None),
        ("backward_layer/cell", "kernel", (0.0, 0.25)),
        ("backward_layer/cell", "recurrent_kernel", None),
        ("backward_layer/cell", "bias", None),
    ]


def test_layers_inside_a_users_own_layer_are_listed_after_it_as_inferred(tmp_path: Path) -> None:
    groups: dict[str, Group] = {
        "layers/block": ("block", [(7,)]),
        "layers/block/attend": ("looks", []),
        "layers/block/attend/_key_dense": ("key", [(4, 2, 3), (2, 3)]),
        "layers/block/attend/_output_dense": ("attention_output", [(2, 3, 4), (4,)]),
        "layers/block/attend/_query_dense": ("query", [(4, 2, 3), (2, 3)]),
        "layers/block/attend/_value_dense": ("value", [(4, 2, 3), (2, 3)]),
        "layers/block/remember": ("lstm", []),
        "layers/block/remember/cell": ("lstm_cell", [(4, 8), (2, 8), (8,)]),
        "layers/block/steps/layer_normalization": ("first_step", [(4,), (4,)]),
        "layers/block/odd": ("odd", [(3, 5, 7)]),
        "layers/block/drop": ("dropout_3", []),
        "layers/dense": ("head", [(2, 2)]),
    }
    mine = {**layer("Block", "block"), "module": "mine", "registered_name": "mine>Block"}
    found = joined(sequential("m", [mine, dense("head")]), groups, tmp_path)
    assert [x.path for x in found.layers][::6] == ["block", "head"]
    assert {(x.path, x.class_name, x.is_inferred) for x in found.layers} == {
        ("block", "Block", False),
        ("block/looks", "MultiHeadAttention", True),
        ("block/lstm", "LSTM", True),
        ("block/first_step", "LayerNormalization", True),
        ("block/odd", "unknown", True),
        ("block/dropout_3", "Dropout", True),
        ("head", "Dense", False),
    }
    attention = by_path(found)["block/looks"].tensors
    assert [t.part for t in attention[::2]] == [
        "query_dense",
        "key_dense",
        "value_dense",
        "output_dense",
    ]
    assert {t.role for t in attention} == {"kernel", "bias"}
    assert by_path(found)["block/lstm"].units == 2
    assert by_path(found)["block/odd"].tensors[0].role == "unknown"
    assert "block/looks" in " ".join(found.notes)


def test_an_argument_that_names_the_group_of_a_layer_is_a_marked_guess(tmp_path: Path) -> None:
    model = {
        "module": "mine",
        "class_name": "Net",
        "config": {"name": "net", "head": dense("out", kernel_regularizer="l2")},
        "registered_name": "mine>Net",
    }
    found = joined(model, {"head": (None, [marked((2, 2), 4)])}, tmp_path)
    assert [x.path for x in found.layers] == ["out"]
    assert mark_of(found.layers[0]) == 4
    assert found.layers[0].is_inferred
    assert "Weights matched by the name of an argument alone: out." in found.notes


def test_a_layer_may_be_spread_over_shards(tmp_path: Path) -> None:
    first = weights_tree(tmp_path / "a.h5", {"layers/dense": ("d", [(2, 3)])})
    second = weights_tree(tmp_path / "b.h5", {"layers/dense_1": (None, [(3, 4)])})
    third = datasets_tree(tmp_path / "c.h5", {"layers/dense/vars/1": np.zeros(3, "float32")}, {})
    holders = read_holders([first, second, third])
    assert [dataset.shape for dataset in holders["layers/dense"].variables] == [(2, 3), (3,)]
    assert holders["layers/dense"].name == "d"


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(3, 8), (2, 8), (8,)], "LSTMCell"),
        ([(3, 6), (2, 6), (2, 6)], "GRUCell"),
        ([(3, 2), (2, 2), (2,)], "SimpleRNNCell"),
        ([(3, 4), (4,)], "Dense"),
        ([(3, 3, 2, 4), (4,)], "Conv2D"),
        ([(3, 3, 4, 4), (4,)], None),  # or a Conv2DTranspose
        ([(4,), (4,), (4,), (4,)], "BatchNormalization"),
        ([(4,), (4,)], None),
        ([(3, 4)], None),  # a Dense without a bias, or an Embedding
        ([], None),
    ],
)
def test_shapes_tell_a_class_only_where_few_have_them(
    shapes: list[tuple[int, ...]], expected: str | None
) -> None:
    assert shape_class(shapes) == expected
