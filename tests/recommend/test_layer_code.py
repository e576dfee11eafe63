"""The code to paste: it runs, builds what is meant, and lets no name from a file become code."""

import os
from dataclasses import replace

import pytest

from advisor.inputs.model_facts import LayerFacts, ModelFacts, OptimizerFacts
from advisor.recommend.layer_code import generic_code, paste_code
from advisor.regularization import Change
from tests.builders import dense, l2, layer, model

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def change(name: str, slot: str, kind: str, to: float) -> Change:
    return Change(layer=name, slot=slot, kind=kind, before=0.0, to=to, low=to, high=to)  # type: ignore[arg-type]


def run(code: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(code, "pasted", "exec"), names)
    return names


def test_no_changes_no_code() -> None:
    assert paste_code(model(dense("a", 3, 2)), []) == ""


def test_the_code_as_a_user_sees_it() -> None:
    facts = model(dense("hidden", 64, 20), dense("out", 3, 64, ["hidden"]))
    code = paste_code(
        facts,
        [
            change("hidden", "kernel_regularizer", "l2", 1e-3),
            change("hidden", "output", "Dropout", 0.3),
        ],
    )
    assert code == (
        "from keras import layers, regularizers\n"
        "\n"
        "hidden = layers.Dense(\n"
        "    64,\n"
        '    activation="relu",\n'
        "    kernel_regularizer=regularizers.L2(0.001),\n"
        '    name="hidden",\n'
        ")\n"
        '# new: takes the output of "hidden"\n'
        'hidden_dropout = layers.Dropout(0.3, name="hidden_dropout")\n'
    )


def test_the_part_of_a_penalty_that_stays_is_kept() -> None:
    facts = model(dense("a", 3, 2, regularizers=l2(0.02)))
    code = paste_code(facts, [change("a", "kernel_regularizer", "l1", 1e-4)])
    assert "regularizers.L1L2(l1=0.0001, l2=0.02)" in code


def test_a_penalty_taken_to_nothing_is_none() -> None:
    facts = model(dense("a", 3, 2, regularizers=l2(0.02)))
    assert "kernel_regularizer=None" in paste_code(
        facts, [change("a", "kernel_regularizer", "l2", 0.0)]
    )


def test_dropout_behind_a_nested_model_is_named_after_it() -> None:
    facts = model(dense("enc/base/a", 8, 8), dense("head", 3, 8, ["enc/base/a"]))
    code = paste_code(facts, [change("enc/base", "output", "Dropout", 0.3)])
    assert code.splitlines()[2:] == [
        '# new: takes the output of "base"',
        'base_dropout = layers.Dropout(0.3, name="base_dropout")',
    ]


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("optimizer", "weight_decay", "is_offered"),
    [("Adam", None, True), ("Adam", 0.01, False), ("AdamW", 0.01, False), ("SGD", None, False)],
)
def test_weight_decay_is_offered_in_place_of_l2_under_adam_and_never_beside_decay(
    optimizer: str, weight_decay: float | None, is_offered: bool
) -> None:
    used = OptimizerFacts(name=optimizer, weight_decay=weight_decay)
    facts = replace(model(dense("a", 3, 2)), optimizer=used)
    code = paste_code(facts, [change("a", "kernel_regularizer", "l2", 1e-3)])
    assert ("AdamW(weight_decay=" in code) == is_offered
    assert ("exclude_from_weight_decay(" in code) == is_offered
    run(code)
    assert "AdamW" not in paste_code(facts, [change("a", "output", "Dropout", 0.3)])


def real_layers() -> list[tuple[str, object, list[Change]]]:
    import keras

    keras_layers = keras.layers
    return [
        (
            "a convolution with everything set",
            keras_layers.Conv2D(
                8, (3, 5), strides=2, padding="same", activation="gelu", use_bias=False,
                kernel_initializer=keras.initializers.HeNormal(seed=3), name="c",
            ),
            [change("c", "kernel_regularizer", "l2", 3e-3)],
        ),
        (
            "a separable convolution",
            keras_layers.SeparableConv1D(8, 3, dilation_rate=2, name="s"),
            [
                change("s", "depthwise_regularizer", "l1", 1e-4),
                change("s", "pointwise_regularizer", "l2", 1e-3),
            ],
        ),
        (
            "an LSTM",
            keras_layers.LSTM(5, return_sequences=True, activation="relu", name="r"),
            [change("r", "dropout", "Dropout", 0.2), change("r", "kernel_regularizer", "l2", 1e-3)],
        ),
        (
            "an embedding",
            keras_layers.Embedding(50, 8, mask_zero=True, name="e"),
            [change("e", "embeddings_regularizer", "l2", 1e-3)],
        ),
        (
            "attention",
            keras_layers.MultiHeadAttention(num_heads=2, key_dim=4, name="m"),
            [change("m", "dropout", "Dropout", 0.1)],
        ),
        (
            "a dropout layer",
            keras_layers.SpatialDropout1D(0.1, name="d"),
            [change("d", "rate", "SpatialDropout1D", 0.25)],
        ),
    ]  # fmt: skip


@pytest.mark.tensorflow
@pytest.mark.parametrize("index", range(6))
def test_pasted_layers_differ_from_the_users_in_the_changes_only(index: int) -> None:
    import keras

    _, users, changes = real_layers()[index]
    facts = facts_of(users)
    built = run(paste_code(model(facts), changes))[facts.name]
    expected = keras.saving.serialize_keras_object(users)["config"]
    actual = keras.saving.serialize_keras_object(built)["config"]
    changed = {c.slot for c in changes}
    assert {k: v for k, v in actual.items() if k not in changed} == {
        k: v for k, v in expected.items() if k not in changed
    }
    for each in changes:
        value = actual[each.slot]
        strength = value["config"][each.kind] if isinstance(value, dict) else value
        assert strength == pytest.approx(each.to, rel=1e-6)


def facts_of(users: object) -> LayerFacts:
    import keras

    saved = keras.saving.serialize_keras_object(users)
    return LayerFacts(
        path=users.name,
        name=users.name,
        class_name=saved["class_name"],
        module=saved["module"],
        config=saved["config"],
    )


@pytest.mark.tensorflow
def test_a_wrapped_layer_is_changed_inside_its_wrapper() -> None:
    import keras

    users = keras.layers.Bidirectional(
        keras.layers.GRU(4, reset_after=False), merge_mode="sum", name="both"
    )
    saved = keras.saving.serialize_keras_object(users)
    facts = LayerFacts(
        path="both",
        name="both",
        class_name="Bidirectional",
        wrapped_class="GRU",
        module="keras.layers",
        config=saved["config"],
    )
    built = run(paste_code(model(facts), [change("both", "kernel_regularizer", "l2", 1e-3)]))[
        "both"
    ]
    assert built.merge_mode == "sum"
    assert built.forward_layer.cell.reset_after is False
    assert built.backward_layer.cell.kernel_regularizer.l2 == pytest.approx(1e-3)


def hostile_model() -> ModelFacts:
    name = 'x"\n__import__("os").abort()\n#\u202e'
    return model(
        dense(name, 3, 2, config={"name": name, "units": 3, 'a="': 1, "note": '"\nboom()\n"'}),
        layer("custom", 'Evil"\nboom()', module="mine"),
        layer("known", "Dense()\nboom", module="keras.layers"),
    )


def test_names_from_the_file_never_become_code() -> None:
    facts = hostile_model()
    changes = [change(each.path, "kernel_regularizer", "l2", 1e-3) for each in facts.layers]
    code = paste_code(facts, [*changes, change(facts.layers[0].path, "output", "Dropout", 0.2)])
    assert code.isascii()
    calls = [line for line in code.split("\n") if not line.lstrip().startswith("#")]
    assert not any("boom()" in line.split('"')[0] for line in calls)
    compile(code, "pasted", "exec")
    assert '# "custom" ("Evil\\"\\nboom()"): pass it' in code


@pytest.mark.tensorflow
def test_code_without_a_model_runs() -> None:
    names = run(generic_code({"l1": 1e-4, "l2": 1e-3, "dropout": 0.3}))
    assert names["penalty"].l1 == pytest.approx(1e-4)
    assert names["dropout"].rate == pytest.approx(0.3)
    assert generic_code({}) == ""
