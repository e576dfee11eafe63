"""From fired rules to strategies: families, strengths and places."""

import pytest

from advisor.candidates.placement import Placement
from advisor.candidates.proposals import propose_less, propose_more
from advisor.inputs.model_facts import ModelFacts
from advisor.regularization import Change
from tests.builders import dense, evidence, findings, l2, layer, model, suggestion

HIDDEN = {"layer.kind": "dense", "layer.is_output": False}
OUTPUT = {"layer.kind": "dense", "layer.is_output": True}


def placement(facts: ModelFacts, **kinds: dict[str, object]) -> Placement:
    return Placement(model=facts, evidence=evidence(layers=kinds))  # type: ignore[arg-type]


@pytest.fixture
def mlp() -> Placement:
    facts = model(
        layer("input", "InputLayer"),
        dense("a", 64, 20, ["input"]),
        dense("b", 64, 64, ["a"]),
        dense("out", 3, 64, ["b"]),
    )
    return placement(facts, a=HIDDEN, b=HIDDEN, out=OUTPUT)


def places(changes: tuple[Change, ...]) -> list[tuple[str, str, str, float]]:
    return [(c.layer, c.slot, c.kind, c.to) for c in changes]


def test_the_family_most_spoken_for_comes_first(mlp: Placement) -> None:
    fired = findings(
        suggestion("one", {"dropout": 0.4}),
        suggestion("two", {"l2": 0.9}),
        suggestion("three", {"l2": 0.3}),
    )
    first, second, *rest = propose_more(fired, mlp)
    assert first.families == ("l2",)
    assert first.score == pytest.approx(0.9 + 0.3)
    assert [f.rule.id for f in first.supporters] == ["two", "three"]
    assert second.families == ("dropout",)
    assert [p.families for p in rest] == [("l2", "dropout")]


def test_families_spoken_for_nearly_equally_are_combined(mlp: Placement) -> None:
    fired = findings(suggestion("one", {"dropout": 0.8}), suggestion("two", {"l2": 0.6}))
    first, *others = propose_more(fired, mlp)
    assert first.families == ("l2", "dropout")
    assert first.strategy.family == "l2+dropout"
    assert [p.families for p in others] == [("dropout",), ("l2",)]


def test_hidden_layers_are_regularized_and_the_output_layer_is_not(mlp: Placement) -> None:
    fired = findings(suggestion("one", {"dropout": 0.8, "l2": 0.7}))
    (both, *_) = propose_more(fired, mlp)
    assert places(both.strategy.changes) == [
        ("a", "output", "Dropout", 0.3),
        ("b", "output", "Dropout", 0.3),
        ("a", "kernel_regularizer", "l2", 1e-3),
        ("b", "kernel_regularizer", "l2", 1e-3),
    ]


def test_first_means_the_kernel_on_the_inputs(mlp: Placement) -> None:
    (only,) = propose_more(findings(suggestion("x", {"l1": 1.0}, where="first")), mlp)
    assert places(only.strategy.changes) == [("a", "kernel_regularizer", "l1", 1e-3)]


def test_a_rule_that_fired_for_many_layers_counts_once(mlp: Placement) -> None:
    fired = findings(
        *(suggestion("x", {"dropout": 0.5}, where="layer", layer=name) for name in ("a", "b")),
        suggestion("y", {"l2": 0.6}),
    )
    best, second, *_ = (p for p in propose_more(fired, mlp) if len(p.families) == 1)
    assert (best.families, best.score, second.score) == (("l2",), 0.6, 0.5)
    assert len(second.supporters) == 1
    assert [c.layer for c in second.strategy.changes] == ["a", "b"]


def test_a_veto_beats_any_weight(mlp: Placement) -> None:
    fired = findings(suggestion("for", {"l2": 1.0}), suggestion("against", forbid=("l2",)))
    assert propose_more(fired, mlp) == ()


def test_a_veto_for_one_layer_spares_the_others(mlp: Placement) -> None:
    fired = findings(
        suggestion("for", {"dropout": 1.0}),
        suggestion("tiny", forbid=("dropout",), layer="b", where="layer"),
    )
    (only,) = propose_more(fired, mlp)
    assert places(only.strategy.changes) == [("a", "output", "Dropout", 0.3)]


def test_the_more_specific_rule_sets_the_strength_at_its_layer(mlp: Placement) -> None:
    fired = findings(
        suggestion("general", {"dropout": 1.0}),
        suggestion(
            "special",
            {"dropout": 0.6},
            where="layer",
            layer="b",
            strengths={"dropout": (0.1, 0.05, 0.2)},
        ),
    )
    (only,) = propose_more(fired, mlp)
    assert places(only.strategy.changes) == [
        ("a", "output", "Dropout", 0.3),
        ("b", "output", "Dropout", 0.1),
    ]


def test_strengths_without_data_are_the_weakest_stated_and_go_wherever_the_family_goes(
    mlp: Placement,
) -> None:
    fired = findings(
        suggestion("general", {"l2": 1.0}),
        suggestion("first", {"l2": 0.6}, where="first", strengths={"l2": (0.1, 0.05, 0.2)}),
        suggestion("few-rows", strength_without_data={"l2": 0.01}),
        suggestion("many-inputs", strength_without_data={"l2": 0.02, "dropout": 0.2}),
    )
    (only,) = propose_more(fired, mlp)  # a strength alone speaks for no family
    assert places(only.strategy.changes) == [
        ("a", "kernel_regularizer", "l2", 0.01),
        ("b", "kernel_regularizer", "l2", 0.01),
    ]
    # .01 lies below what `first` would try, which is widened; `general` would try 1e-4 to .1.
    assert [(c.low, c.high) for c in only.strategy.changes] == [(0.01, 0.2), (1e-4, 0.1)]
    assert [f.rule.id for f in only.supporters] == ["general", "first"]


def test_strengths_without_data_say_nothing_of_where_trials_start(mlp: Placement) -> None:
    fired = findings(
        suggestion("x", {"l2": 1.0}), suggestion("few-rows", strength_without_data={"l2": 0.01})
    )
    (only,) = propose_more(fired, mlp)
    assert only.strengths["l2"].start == 1e-3
    assert only.strength_without_data == {"l2": 0.01}


def test_a_strength_without_data_does_not_weaken_what_is_there() -> None:
    facts = model(dense("a", 64, 20, regularizers=l2(0.05)), dense("out", 3, 64, ["a"]))
    shape = placement(facts, a=HIDDEN, out=OUTPUT)
    fired = findings(
        suggestion("x", {"l2": 1.0}), suggestion("few-rows", strength_without_data={"l2": 0.01})
    )
    (only,) = propose_more(fired, shape)
    assert places(only.strategy.changes) == [("a", "kernel_regularizer", "l2", 0.1)]  # its most


def test_what_is_there_is_strengthened_by_a_step_and_never_proposed_anew() -> None:
    facts = model(
        dense("a", 64, 20, regularizers=l2(3e-3)),
        layer("drop", "Dropout", ["a"], rates={"rate": 0.45}),
        dense("b", 64, 64, ["drop"], regularizers=l2(0.1)),
        dense("out", 3, 64, ["b"]),
    )
    shape = placement(facts, a=HIDDEN, b=HIDDEN, out=OUTPUT)
    (l2_only, *_) = propose_more(findings(suggestion("x", {"l2": 1.0})), shape)
    # 3e-3 is above the start of 1e-3: half a decade more; 0.1 is the strong end already.
    (change,) = l2_only.strategy.changes
    assert (change.layer, change.before) == ("a", 3e-3)
    assert change.to == pytest.approx(3e-3 * 10**0.5)
    (dropout_only, *_) = propose_more(findings(suggestion("x", {"dropout": 1.0})), shape)
    assert places(dropout_only.strategy.changes) == [
        ("drop", "rate", "Dropout", 0.5),
        ("b", "output", "Dropout", 0.3),
    ]


def test_no_dropout_where_batch_normalization_follows() -> None:
    facts = model(
        dense("a", 64, 20),
        layer("bn", "BatchNormalization", ["a"]),
        layer("relu", "Activation", ["bn"]),
        dense("b", 64, 64, ["relu"]),
        layer("act", "ReLU", ["b"]),
        dense("out", 3, 64, ["act"]),
    )
    behind = {"layer.is_after_last_batch_normalization": True}
    ahead = {"layer.is_after_last_batch_normalization": False}
    shape = placement(facts, a={**HIDDEN, **ahead}, b={**HIDDEN, **behind}, out=OUTPUT)
    (only,) = propose_more(findings(suggestion("x", {"dropout": 1.0})), shape)
    # Behind the activation rather than between the kernel and it.
    assert places(only.strategy.changes) == [("act", "output", "Dropout", 0.3)]


def test_no_dropout_where_batch_normalization_may_follow() -> None:
    facts = model(dense("a", 64, 20), dense("b", 64, 64))
    fired = findings(suggestion("x", {"dropout": 1.0}))
    unjoined = {"a": HIDDEN, "b": HIDDEN}  # nothing tells what stands behind which layer
    normalized = Placement(
        model=facts, evidence=evidence({"model.has_batch_normalization": True}, unjoined)
    )
    assert propose_more(fired, normalized) == ()
    plain = Placement(
        model=facts, evidence=evidence({"model.has_batch_normalization": False}, unjoined)
    )
    (only,) = propose_more(fired, plain)
    assert [change.layer for change in only.strategy.changes] == ["a", "b"]


def test_a_last_block_in_front_of_batch_normalization_drops_the_input_of_the_output() -> None:
    facts = model(
        dense("a", 64, 20),
        layer("bn", "BatchNormalization", ["a"]),
        layer("relu", "ReLU", ["bn"]),
        dense("out", 3, 64, ["relu"]),
    )
    ahead = {"layer.is_after_last_batch_normalization": False}
    behind = {"layer.is_after_last_batch_normalization": True}
    shape = placement(facts, a={**HIDDEN, **ahead}, relu=behind, out=OUTPUT)
    fired = findings(suggestion("head", {"dropout": 0.5}, where="last-block"))
    (only,) = propose_more(fired, shape)
    assert places(only.strategy.changes) == [("relu", "output", "Dropout", 0.3)]


def test_dropout_goes_behind_a_nested_model_and_not_into_it() -> None:
    frozen = {"trainable": False}
    head = dense("head", 3, 8, ["base/b"])
    base = [dense("base/a", 8, 8, **frozen), dense("base/b", 8, 8, ["base/a"], **frozen)]
    fired = findings(suggestion("head", {"dropout": 0.5}, where="last-block"))
    (only,) = propose_more(fired, placement(model(*base, head), head=OUTPUT))
    assert places(only.strategy.changes) == [("base", "output", "Dropout", 0.3)]
    # With two ends, "the output of base" would be no single place.
    two_ends = model(*base, layer("other", "Flatten", ["base/a"]), head)
    assert propose_more(fired, placement(two_ends, head=OUTPUT)) == ()
    # Inside the same nested model the layer itself is meant.
    inside = model(dense("net/a", 8, 8, **frozen), dense("net/head", 3, 8, ["net/a"]))
    kinds: dict[str, dict[str, object]] = {"net/head": OUTPUT}  # type: ignore[dict-item]
    (only,) = propose_more(fired, placement(inside, **kinds))
    assert places(only.strategy.changes) == [("net/a", "output", "Dropout", 0.3)]


def test_a_rule_whose_places_are_all_vetoed_does_not_count() -> None:
    facts = model(
        layer("conv", "Conv2D", units=8),
        layer("pool", "GlobalAveragePooling2D", ["conv"]),
        dense("out", 3, 8, ["pool"]),
    )
    conv = {"layer.kind": "convolutional", "layer.is_output": False}
    shape = placement(facts, conv=conv, out=OUTPUT)
    fired = findings(
        suggestion("maps", {"dropout": 0.9}, where="convolutional"),
        suggestion("head", {"dropout": 0.5}, where="last-block"),
        suggestion("no", forbid=("dropout",), layer="conv", where="layer"),
    )
    (only,) = propose_more(fired, shape)
    assert (only.score, [f.rule.id for f in only.supporters]) == (0.5, ["head"])


def test_a_separable_convolution_is_penalized_on_its_pointwise_kernel() -> None:
    facts = model(layer("sep", "SeparableConv2D", units=8), dense("out", 3, 8, ["sep"]))
    shape = placement(facts, sep={"layer.kind": "convolutional"}, out=OUTPUT)
    (only,) = propose_more(findings(suggestion("x", {"l2": 1.0})), shape)
    assert places(only.strategy.changes) == [("sep", "pointwise_regularizer", "l2", 1e-3)]


def test_frozen_layers_are_left_alone() -> None:
    facts = model(
        dense("a", 64, 20, trainable=False), dense("b", 64, 64, ["a"]), dense("out", 3, 64, ["b"])
    )
    shape = placement(facts, a=HIDDEN, b=HIDDEN, out=OUTPUT)
    (only,) = propose_more(findings(suggestion("x", {"l2": 1.0})), shape)
    assert places(only.strategy.changes) == [("b", "kernel_regularizer", "l2", 1e-3)]


def test_convolutions_drop_whole_maps_and_a_head_without_hidden_layers_drops_its_input() -> None:
    facts = model(
        layer("conv", "Conv2D", units=8),
        layer("pool", "GlobalAveragePooling2D", ["conv"]),
        dense("out", 3, 8, ["pool"]),
    )
    conv = {"layer.kind": "convolutional", "layer.is_output": False}
    shape = placement(facts, conv=conv, out=OUTPUT)
    fired = findings(
        suggestion("maps", {"dropout": 0.5}, where="convolutional"),
        suggestion("head", {"dropout": 0.5}, where="last-block"),
    )
    (only,) = propose_more(fired, shape)
    assert places(only.strategy.changes) == [
        ("conv", "output", "SpatialDropout2D", 0.3),
        ("pool", "output", "Dropout", 0.3),
    ]


def test_recurrent_layers_take_dropout_as_an_argument() -> None:
    facts = model(layer("lstm", "LSTM", units=16), dense("out", 3, 16, ["lstm"]))
    shape = placement(facts, lstm={"layer.kind": "recurrent"}, out=OUTPUT)
    (only,) = propose_more(findings(suggestion("x", {"dropout": 1.0}, where="recurrent")), shape)
    assert places(only.strategy.changes) == [("lstm", "dropout", "Dropout", 0.3)]


def test_a_linear_model_regularizes_its_only_kernel() -> None:
    shape = placement(model(dense("out", 3, 50)), out=OUTPUT)
    fired = findings(suggestion("x", {"l2": 0.9, "dropout": 0.9}))
    (only,) = propose_more(fired, shape)
    assert places(only.strategy.changes) == [("out", "kernel_regularizer", "l2", 1e-3)]


def test_without_a_model_strengths_are_proposed_without_places() -> None:
    (only,) = propose_more(findings(suggestion("x", {"l2": 1.0})), None)
    assert only.strategy.changes == ()
    assert only.strengths["l2"].start == 1e-3


def test_less_weakens_what_is_there() -> None:
    facts = model(
        dense("a", 64, 20, regularizers=l2(0.5)),
        layer("drop", "Dropout", ["a"], rates={"rate": 0.6}),
        dense("out", 3, 64, ["drop"]),
    )
    shape = placement(facts, a=HIDDEN, out=OUTPUT)
    less = propose_less(findings(suggestion("strong", reduce=("l2", "dropout"))), shape)
    assert less is not None
    # A decade of penalty, half of a rate.
    assert [(c.layer, c.before, c.to) for c in less.strategy.changes] == [
        ("a", 0.5, pytest.approx(0.05)),
        ("drop", 0.6, pytest.approx(0.3)),
    ]


def test_less_of_one_layer_only(mlp: Placement) -> None:
    facts = model(
        dense("a", 4, 4, regularizers=l2(0.5)), dense("b", 4, 4, ["a"], regularizers=l2(0.5))
    )
    shape = placement(facts, a=HIDDEN, b=HIDDEN)
    less = propose_less(findings(suggestion("x", reduce=("l2",), layer="b")), shape)
    assert less is not None
    assert [c.layer for c in less.strategy.changes] == ["b"]
    assert propose_less(findings(suggestion("x", reduce=("l1",))), mlp) is None
