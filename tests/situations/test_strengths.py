"""Kinds of penalty and how strong they are: rows 11 to 15."""

import pytest

from advisor import diagnose
from tests.situations.models import REBOUNDS, SETTLES, report_on
from tests.situations.trainings import Strengths, changed, fired, needs, value

pytestmark = pytest.mark.tensorflow


def mlp(regularizer: object = None) -> list[object]:
    from keras import layers

    return [
        layers.Dense(64, activation="relu", kernel_regularizer=regularizer, name="a"),
        layers.Dense(64, activation="relu", kernel_regularizer=regularizer, name="b"),
        layers.Dense(4, activation="softmax", name="out"),
    ]


def kinds(report: object) -> set[str]:
    return {kind for _, _, kind in changed(report)}  # type: ignore[arg-type]


def test_l2_under_adam_is_not_weight_decay_and_adamw_is_offered_in_its_place() -> None:
    from keras.regularizers import L2

    report = report_on((20,), lambda: mlp(L2(1e-3)))
    assert "adaptive-optimizer-rescales-l2" in fired(report)
    advice = report.recommendation
    assert advice.l2 > 1e-3  # stronger than what is there, and not proposed anew
    assert {c.before for c in advice.changes if c.kind == "l2"} == {1e-3}
    assert "keras.optimizers.AdamW(weight_decay=...)" in advice.code
    assert "never with it" in advice.code
    assert 'exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])' in advice.code
    under_sgd = report_on((20,), lambda: mlp(L2(1e-3)), optimizer="sgd")
    assert "adaptive-optimizer-rescales-l2" not in fired(under_sgd)
    assert "AdamW" not in under_sgd.recommendation.code


def test_l2_is_never_proposed_beside_weight_decay() -> None:
    from keras.regularizers import L2

    decayed = report_on((20,), mlp, optimizer="adamw")
    assert (decayed.verdict, decayed.recommendation.action) == ("overfitting", "add")
    assert "weight-decay-takes-the-place-of-l2" in fired(decayed)
    assert "l2" not in kinds(decayed)
    assert "l2" in kinds(report_on((20,), mlp))
    both = report_on((20,), lambda: mlp(L2(1e-3)), optimizer="adamw")
    assert "l2-beside-weight-decay" in fired(both)
    assert "l2" not in kinds(both)
    assert value(both, "regularization.weight_decay") == 0.004  # Keras' default


def test_where_weight_decay_and_narrow_layers_rule_out_everything_the_reasons_are_named() -> None:
    from keras import layers

    report = report_on(
        (20,),
        lambda: [layers.Dense(16, activation="relu"), layers.Dense(4, activation="softmax")],
        optimizer="adamw",
    )
    assert (report.verdict, report.recommendation.action) == ("overfitting", "keep")
    reasons = " | ".join(report.recommendation.why)
    assert "AdamW already decays the weights" in reasons
    assert "too narrow for dropout" in reasons
    assert report.recommendation.early_stopping is not None


def test_adamw_decays_gamma_and_beta_unless_told_otherwise() -> None:
    import keras

    def normalized() -> list[object]:
        first, *rest = mlp()
        return [first, keras.layers.LayerNormalization(), *rest]

    saved = report_on((20,), normalized, optimizer="adamw")
    (finding,) = (f for f in saved.findings if f.rule == "weight-decay-reaches-bias-and-norm")
    assert 'exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])' in finding.rationale
    # A file doesn't show the call; a live optimizer does.
    model = keras.Sequential([keras.Input((20,)), *normalized()])
    model.compile(keras.optimizers.AdamW(), "categorical_crossentropy")
    model.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    assert "weight-decay-reaches-bias-and-norm" not in fired(diagnose(model, REBOUNDS))


def test_keras_l2_has_no_half() -> None:
    import keras

    model = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2"),
        ]
    )
    model.compile("sgd", "mse")
    report = diagnose(model, SETTLES)
    # 0.01 times ten squares of one; with a half it would be 0.05.
    assert value(report, "penalty.total") == pytest.approx(0.1)
    assert sum(float(each) for each in model.losses) == pytest.approx(0.1)
    assert "default-l2-is-strong" in fired(report)


def test_the_text_l1l2_is_a_regularizer_of_strength_zero() -> None:
    report = report_on((20,), lambda: mlp("l1l2"))
    assert "regularizer-does-nothing" in fired(report)
    assert value(report, "penalty.total") == 0
    assert value(report, "regularization.l2") == 0


def test_a_penalty_under_which_nothing_is_learned_is_reduced(penalized: Strengths) -> None:
    run = penalized["far too strong"]
    assert run.logged["accuracy"][-1] < 0.55
    report = run.report()
    assert (report.verdict, report.severity) == ("over-regularized", "severe")
    assert "regularized-network-at-chance" in fired(report)
    advice = report.recommendation
    assert (advice.action, advice.strategy) == ("reduce", "l2")
    assert [(c.before, c.to) for c in advice.changes] == [(1.0, pytest.approx(0.1))] * 2
    assert "regularizers.L2(0.1)" in advice.code
    # The same network does learn under less, so it is not told to weaken anything there.
    assert penalized["l2"].report().recommendation.action == "keep"
    assert penalized["none"].report().verdict != "over-regularized"


def test_only_kernels_are_penalized_by_default() -> None:
    from keras import layers

    report = report_on(
        (16,),
        lambda: [
            layers.Embedding(50, 32, name="tokens"),
            layers.SeparableConv1D(32, 3, name="separable"),
            layers.LayerNormalization(name="norm"),
            layers.DepthwiseConv1D(3, name="depthwise"),
            layers.LSTM(32, name="memory"),
            layers.Dense(64, activation="relu", name="hidden"),
            layers.Dense(4, activation="softmax", name="out"),
        ],
    )
    penalties = {(layer, slot) for layer, slot, kind in changed(report) if kind in ("l1", "l2")}
    # Neither biases nor gamma and beta, neither the depthwise kernels nor rare words' embeddings.
    assert penalties == {
        ("separable", "pointwise_regularizer"),
        ("memory", "kernel_regularizer"),
        ("hidden", "kernel_regularizer"),
    }


def test_penalties_on_bias_gamma_and_activity_are_named() -> None:
    from keras import layers

    def unusual() -> list[object]:
        return [
            layers.Dense(64, bias_regularizer="l2", activity_regularizer="l2", name="a"),
            layers.LayerNormalization(gamma_regularizer="l2"),
            layers.Dense(4, activation="softmax"),
        ]

    report = report_on((20,), unusual, SETTLES)
    named = {"penalty-on-bias", "penalty-on-normalization", "activity-is-penalized"}
    assert named <= fired(report)
    assert not named & fired(report_on((20,), mlp, SETTLES))
    # What an activity penalty adds depends on the data.
    assert "depends on the data" in report.missing["penalty.total"]


def test_layers_are_built_anew_as_setting_a_regularizer_later_does_nothing() -> None:
    import keras
    from keras.regularizers import L2

    model = keras.Sequential([keras.Input((20,)), *mlp()])
    model.get_layer("a").kernel_regularizer = L2(0.01)
    assert model.losses == []  # nothing is penalized: the variable was made without
    code = report_on((20,), mlp).recommendation.code
    assert ".kernel_regularizer =" not in code
    pasted: dict[str, object] = {}
    exec(compile(code, "pasted", "exec"), pasted)
    rebuilt = keras.Sequential([keras.Input((20,)), pasted["a"], pasted["b"], mlp()[-1]])
    assert len(rebuilt.losses) == 2
    assert sum(float(each) for each in rebuilt.losses) > 0


def test_what_the_gradients_say_needs_data(penalized: Strengths) -> None:
    assert needs(penalized["l2"].report(), "penalty-gradient-dominates") == ("data",)
