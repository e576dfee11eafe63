"""What probes may vary: places, doses, arms and their names."""

from dataclasses import replace

import pytest

from advisor.candidates.arm import Arm, arm_name, parse_arms
from advisor.candidates.placement import Placement
from advisor.candidates.search_space import SearchSpace, search_space_of
from advisor.errors import UsageError
from advisor.evidence.measurement import Value
from advisor.inputs.model_facts import LayerFacts, ModelFacts, Penalty
from advisor.probes.combine import anchors, lattice
from advisor.regularization import FAMILIES, LAYER_FAMILIES, PENALTIES, Strategy
from tests.builders import dense, evidence, findings, l2, layer, model, suggestion

HIDDEN = {"layer.kind": "dense", "layer.is_output": False,
          "layer.is_after_last_batch_normalization": True}  # fmt: skip
OUTPUT = {**HIDDEN, "layer.is_output": True}
CONV = {**HIDDEN, "layer.kind": "convolutional"}


def placement(facts: ModelFacts, **kinds: dict[str, object]) -> Placement:
    return Placement(model=facts, evidence=evidence(layers=kinds))  # type: ignore[arg-type]


def mlp(**first: object) -> Placement:
    facts = model(
        layer("input", "InputLayer"),
        dense("a", 64, 20, ["input"], **first),
        dense("b", 64, 64, ["a"]),
        dense("out", 3, 64, ["b"]),
    )
    return placement(facts, a=HIDDEN, b=HIDDEN, out=OUTPUT)


def targets(strategy: Strategy) -> dict[tuple[str, str], float]:
    return {(c.layer, c.kind): c.to for c in strategy.changes}


@pytest.fixture
def space() -> SearchSpace:
    return search_space_of(findings(), mlp())


@pytest.fixture
def regularized() -> SearchSpace:
    return search_space_of(findings(), mlp(regularizers=l2(1e-3)))


def test_places_exist_whatever_the_rules_say(space: SearchSpace) -> None:
    assert space.families == FAMILIES
    assert [p.layer for p in space.places["l2"]] == ["a", "b", "out"]
    assert [p.layer for p in space.places["dropout"]] == ["a", "b"]
    assert not space.has_present


def test_an_arm_sets_its_dose_at_all_places_and_the_current_recipe_changes_nothing(
    space: SearchSpace,
) -> None:
    both = space.strategy(Arm(doses={"l2": 0.01, "dropout": 0.3}, share=0))
    assert targets(both) == {("a", "l2"): 0.01, ("b", "l2"): 0.01, ("out", "l2"): 0.01,
                             ("a", "Dropout"): 0.3, ("b", "Dropout"): 0.3}  # fmt: skip
    assert all(change.before == 0 for change in both.changes)
    assert space.strategy(Arm()) == space.strategy(Arm(share=0)) == Strategy()


def test_what_is_there_is_kept_weakened_removed_or_replaced(regularized: SearchSpace) -> None:
    assert regularized.has_present
    assert regularized.strategy(Arm()) == Strategy()
    assert targets(regularized.strategy(Arm(share=0))) == {("a", "l2"): 0.0}
    assert targets(regularized.strategy(Arm(share=0.5))) == {("a", "l2"): 0.0005}
    (less,) = regularized.strategy(Arm(share=0.5)).changes
    assert (less.before, less.low, less.high) == (1e-3, 0.0, 1e-3)
    alone = targets(regularized.strategy(Arm(doses={"dropout": 0.5}, share=0)))
    assert alone == {("a", "l2"): 0.0, ("a", "Dropout"): 0.5, ("b", "Dropout"): 0.5}
    replaced = targets(regularized.strategy(Arm(doses={"l2": 0.1}, share=0)))
    assert replaced == {("a", "l2"): 0.1, ("b", "l2"): 0.1, ("out", "l2"): 0.1}


def test_a_slot_that_already_has_the_dose_is_no_change(regularized: SearchSpace) -> None:
    same = targets(regularized.strategy(Arm(doses={"l2": 1e-3})))
    assert same == {("b", "l2"): 1e-3, ("out", "l2"): 1e-3}


def test_the_first_layer_is_all_that_take_the_same_inputs_in_a_class_of_ones_own() -> None:
    def gated(units: int, *more: LayerFacts) -> list[str]:
        facts = model(
            layer("input", "InputLayer"),
            layer("gate", "Gated", ["input"]),
            dense("gate/a", units, 20),
            dense("gate/b", units, 20),
            *more,
            dense("out", 1, units, ["gate"]),
        )
        kinds = {each.path: HIDDEN for each in facts.layers if each.tensors}
        space = search_space_of(findings(), placement(facts, **{**kinds, "out": OUTPUT}))
        return [place.layer for place in space.variants["l1", "first"]]

    assert gated(96) == ["gate/a", "gate/b"]
    assert gated(96, dense("gate/c", 96, 96)) == ["gate/a", "gate/b"]
    assert gated(20) == ["gate/a"]  # 20 units: gate/b may take them
    assert gated(96, dense("other/a", 96, 20)) == ["gate/a", "gate/b"]


def scaled_menu(**values: Value) -> SearchSpace:
    told = evidence(values, {"a": HIDDEN, "b": HIDDEN, "out": OUTPUT})  # type: ignore[dict-item]
    return search_space_of(findings(), replace(mlp(), evidence=told))


def test_penalties_go_down_with_the_tiny_loss_of_a_regression() -> None:
    tiny = scaled_menu(**{"model.task": "regression", "loss.val_min": 0.0092})
    assert tiny.unit == 0.01  # .0092 / .6 = .0153: 1.8 decades down
    assert tiny.scaled({"l2": 3e-3, "dropout": 0.2}) == {"l2": 3e-5, "dropout": 0.2}
    assert tiny.usual({"l2": 3e-5, "dropout": 0.2}) == {"l2": 3e-3, "dropout": 0.2}
    assert [note for note in tiny.notes if "0.01 of the usual doses" in note]
    assert [arm_name(arm) for arm in anchors(tiny)][:3] == ["L2 0.0001", "L1 1e-05", "dropout 0.2"]
    assert "L2 3e-06" in {arm_name(arm) for arm in lattice(tiny)}  # .0003 of the usual ones


@pytest.mark.parametrize(
    "values",
    [
        {"model.task": "regression", "loss.val_min": 0.02},
        {"model.task": "regression", "loss.val_min": 2.5e10},  # whose targets are to be scaled
        {"model.task": "classification", "loss.val_min": 0.005},
        {"model.task": "regression"},
    ],
)
def test_ordinary_losses_take_the_doses_as_they_are(values: dict[str, Value]) -> None:
    usual = scaled_menu(**values)
    assert usual == scaled_menu()
    assert usual.unit == 1
    assert usual.scaled({"l2": 1 / 3}) == {"l2": 1 / 3}


def test_frozen_layers_are_left_alone() -> None:
    facts = model(
        dense("a", 64, 20, trainable=False, regularizers=l2(0.1)),
        layer("drop", "Dropout", ["a"], trainable=False, rates={"rate": 0.4}),
        dense("out", 3, 64, ["drop"]),
    )
    space = search_space_of(findings(), placement(facts, a=HIDDEN, out=OUTPUT))
    assert not space.has_present
    assert [p.layer for p in space.places["l2"]] == ["out"]


def test_an_unknown_regularizer_is_left_in_peace() -> None:
    custom = {"kernel_regularizer": Penalty(kind="custom")}
    space = search_space_of(findings(), mlp(regularizers=custom))
    assert [p.layer for p in space.places["l2"]] == ["b", "out"]


def test_feature_maps_and_recurrent_states_take_half_the_rate() -> None:
    facts = model(
        dense("conv", 8, 9, class_name="Conv2D"),
        dense("lstm", 8, 9, ["conv"], class_name="LSTM",
              rates={"dropout": 0.2, "recurrent_dropout": 0.1}),
        dense("out", 3, 64, ["lstm"]),
    )  # fmt: skip
    kinds = {"conv": CONV, "lstm": {**HIDDEN, "layer.kind": "recurrent"}, "out": OUTPUT}
    space = search_space_of(findings(), placement(facts, **kinds))
    strategy = space.strategy(Arm(doses={"dropout": 0.5}, share=0))
    assert {(c.layer, c.slot): c.to for c in strategy.changes} == {
        ("conv", "output"): 0.25,
        ("lstm", "dropout"): 0.5,
        ("lstm", "recurrent_dropout"): 0.25,
    }


def test_no_recurrent_dropout_where_there_is_none() -> None:
    facts = model(dense("gru", 8, 9, class_name="GRU"), dense("out", 3, 64, ["gru"]))
    kinds = {"gru": {**HIDDEN, "layer.kind": "recurrent"}, "out": OUTPUT}
    space = search_space_of(findings(), placement(facts, **kinds))
    assert [p.slot for p in space.places["dropout"]] == ["dropout"]


def test_dropout_on_the_inputs_can_be_weakened_but_takes_no_hidden_rate() -> None:
    facts = model(
        layer("drop", "Dropout", rates={"rate": 0.2}),
        dense("a", 64, 20, ["drop"]),
        dense("out", 3, 64, ["a"]),
    )
    space = search_space_of(findings(), placement(facts, a=HIDDEN, out=OUTPUT))
    strategy = space.strategy(Arm(doses={"dropout": 0.5}, share=0.5))
    assert {c.layer: c.to for c in strategy.changes} == {"a": 0.5, "drop": 0.1}
    assert ("drop", "rate", "Dropout") in space.slots


def test_l1_may_go_on_the_first_kernel_alone(space: SearchSpace) -> None:
    arm = Arm(doses={"l1": 0.01}, share=0, where={"l1": "first"})
    assert targets(space.strategy(arm)) == {("a", "l1"): 0.01}
    assert arm_name(arm) == "L1 0.01 (first layer)"


def test_a_veto_removes_a_family_and_says_so() -> None:
    space = search_space_of(findings(suggestion("decay-is-there", forbid=("l2",))), mlp())
    assert space.families == tuple(family for family in FAMILIES if family != "l2")
    assert space.notes == ("L2 was not probed: decay-is-there fired",)
    assert not space.is_possible(Arm(doses={"l2": 0.01}))


def test_a_family_that_rules_keep_from_all_its_places_is_told_from_one_without_any() -> None:
    lag = suggestion("variance-lags", forbid=FAMILIES)
    by_layer = [suggestion(f"{x}-is-tiny", forbid=("dropout",), layer=x) for x in ("a", "b")]
    space = search_space_of(findings(lag, *by_layer), mlp())
    assert space.families == ()
    assert space.forbidden == dict.fromkeys(FAMILIES, ("variance-lags fired",)) | {
        "dropout": ("variance-lags fired", "a-is-tiny fired", "b-is-tiny fired"),
    }
    assert space.notes == ()  # nothing is probed, and `forbidden` says why
    assert search_space_of(findings(*by_layer), mlp()).forbidden.keys() == {"dropout"}
    assert search_space_of(findings(by_layer[0]), mlp()).forbidden == {}
    assert (
        search_space_of(findings(lag), placement(model(layer("input", "InputLayer")))).forbidden
        == {}
    )


def test_a_veto_for_a_layer_spares_the_others() -> None:
    tiny = suggestion("tiny", forbid=("dropout",), layer="b", where="layer")
    space = search_space_of(findings(tiny), mlp())
    assert [p.layer for p in space.places["dropout"]] == ["a"]
    assert space.notes == ()


def test_the_rules_suggest_where_to_start() -> None:
    space = search_space_of(findings(suggestion("one", {"l2": 0.9})), mlp())
    assert space.starts == {"l2": 1e-3}


def test_what_rules_recommend_without_data_leaves_the_trials_as_they_were() -> None:
    spoken_for = suggestion("one", {"l2": 0.9})
    light = suggestion("few-rows", strength_without_data={"l2": 0.01, "dropout": 0.1})
    assert search_space_of(findings(spoken_for, light), mlp()) == search_space_of(
        findings(spoken_for), mlp()
    )


def test_slots_hold_all_that_any_arm_may_vary(regularized: SearchSpace) -> None:
    varied = set(regularized.slots)
    arms = [Arm(share=0), Arm(doses=dict.fromkeys(FAMILIES, 0.5), share=0)]
    used = {(c.layer, c.slot, c.kind) for arm in arms for c in regularized.strategy(arm).changes}
    assert used == varied
    # Penalties on three kernels, layers after the two hidden ones.
    assert len(regularized.slots) == len(varied) == 3 * len(PENALTIES) + 2 * len(LAYER_FAMILIES)


@pytest.mark.parametrize(
    ("arm", "name"),
    [
        (Arm(), "current"),
        (Arm(share=0), "none"),
        (Arm(share=0.5), "half of current"),
        (Arm(share=0.1), "0.1 of current"),
        (Arm(doses={"l2": 0.01}, share=0), "L2 0.01"),
        (Arm(doses={"l2": 0.001, "dropout": 0.3}, share=0), "dropout 0.3 + L2 0.001"),
        (Arm(doses={"l1": 1e-5}), "current + L1 1e-05"),
    ],
)
def test_arms_have_names(arm: Arm, name: str) -> None:
    assert arm_name(arm) == name


def test_arms_are_read_as_users_write_them() -> None:
    assert parse_arms("none, l2=0.01,dropout=0.3+L2=1e-3,current+l1@first=0.1") == (
        Arm(share=0),
        Arm(doses={"l2": 0.01}, share=0),
        Arm(doses={"dropout": 0.3, "l2": 0.001}, share=0),
        Arm(doses={"l1": 0.1}, share=1, where={"l1": "first"}),
    )


@pytest.mark.parametrize(
    "text",
    ["", ",", "l3=0.1", "l2", "l2=", "l2=much", "l2=nan", "l2=-1", "dropout=1", "l1@last=0.1",
     "l2=inf", "half", "l2=0"],
)  # fmt: skip
def test_wrong_arms_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"--arms: .*write for example none,l2=0\.01"):
        parse_arms(text)


def test_attention_without_a_kernel_takes_no_penalty() -> None:
    facts = model(
        layer("input", "InputLayer"),
        layer("scores", "Attention", inbound=("input",)),
        dense("out", 3, 8, ["scores"]),
    )
    kinds = {"scores": {**HIDDEN, "layer.kind": "attention"}, "out": OUTPUT}
    found = search_space_of(findings(), placement(facts, **kinds)).places["l2"]
    assert [place.layer for place in found] == ["out"]
