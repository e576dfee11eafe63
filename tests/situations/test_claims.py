"""The question that started it, claim by claim, where no row of the situations says it already."""

from typing import Any

import pytest

from advisor import diagnose
from tests.situations.models import REBOUNDS, SETTLES, report_on
from tests.situations.trainings import Strengths, Training, fired, has_caveat, value

pytestmark = pytest.mark.tensorflow


def test_combinations_are_listed_instead_of_guessed() -> None:
    from keras import layers

    def wide() -> list[Any]:
        return [layers.Dense(128, activation="relu"), layers.Dense(4, activation="softmax")]

    advice = report_on((300,), wide, train_size=200).recommendation
    listed = [advice.strategy, *(other.strategy for other in advice.alternatives)]
    assert len(set(listed)) == len(listed)
    assert {"l1+dropout", "l2+dropout", "l1+l2"} <= set(listed)
    assert all(other.why for other in advice.alternatives)


def test_l1_and_dropout_go_together_where_inputs_outnumber_rows_and_layers_are_wide() -> None:
    from keras import layers

    def wide() -> list[Any]:
        return [
            layers.Dense(256, activation="relu", name="first"),
            layers.Dense(256, activation="relu", name="second"),
            layers.Dense(4, activation="softmax", name="out"),
        ]

    report = report_on((2000,), wide, train_size=150)
    assert {"wide-layers-on-many-inputs", "more-inputs-than-rows"} <= fired(report)
    advice = report.recommendation
    assert advice.strategy == "l1+dropout"
    assert {c.layer for c in advice.changes if c.kind == "l1"} == {"first"}
    assert {c.layer for c in advice.changes if c.kind == "Dropout"} == {"first", "second"}
    pasted: dict[str, Any] = {}
    exec(compile(advice.code, "pasted", "exec"), pasted)
    assert float(pasted["first"].kernel_regularizer.l1) == pytest.approx(advice.l1)
    assert pasted["second_dropout"].rate == advice.dropout


def with_first_kernel(kernel: Any) -> Any:
    """A network whose first kernel is given."""
    import keras

    keras.utils.set_random_seed(0)
    inputs, units = kernel.shape
    model = keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(units, activation="relu", name="first"),
            keras.layers.Dense(4, activation="softmax", name="out"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy")
    model.get_layer("first").kernel.assign(kernel)
    return model


def kernel(inputs: int, units: int) -> Any:
    import numpy as np

    return np.random.default_rng(0).normal(0, 0.1, size=(inputs, units)).astype("float32")


def supporters(report: Any, family: str) -> str:
    """What speaks for a family, whether it came first or not."""
    advice = report.recommendation
    others = [other.why for other in advice.alternatives if other.strategy == family]
    return " | ".join([*(advice.why if family in advice.strategy else ()), *others])


def test_few_neurons_or_one_direction_that_dominate_speak_for_dropout() -> None:
    import numpy as np

    dominated = kernel(20, 64)
    dominated[:, 0] *= 8
    report = diagnose(with_first_kernel(dominated), REBOUNDS)
    assert value(report, "weights.neuron_largest_over_median") > 5
    assert "few-neurons-dominate" in fired(report)
    assert "In one layer, the largest neuron" in supporters(report, "dropout")
    alike = np.outer(kernel(60, 1), np.ones(64)).astype("float32") + 0.01 * kernel(60, 64)
    report = diagnose(with_first_kernel(alike), REBOUNDS)
    assert "one-direction-dominates" in fired(report)
    assert report.recommendation.strategy == "dropout"
    assert not fired(diagnose(with_first_kernel(kernel(60, 64)), REBOUNDS)) & {
        "few-neurons-dominate",
        "one-direction-dominates",
    }


def test_outlying_weights_speak_for_l2() -> None:
    outlying = kernel(20, 64)
    outlying[3, 5] = 5.0
    report = diagnose(with_first_kernel(outlying), REBOUNDS)
    assert value(report, "weights.largest_over_median") > 50
    assert "single-weights-stand-out" in fired(report)
    assert report.recommendation.l2 > 0
    assert "The largest weight of a kernel" in supporters(report, "l2")
    usual = diagnose(with_first_kernel(kernel(20, 64)), REBOUNDS)
    assert "single-weights-stand-out" not in fired(usual)


def test_few_telling_inputs_speak_for_l1_on_the_first_kernel() -> None:
    selecting = kernel(50, 64)
    selecting[5:] *= 0.01
    report = diagnose(with_first_kernel(selecting), REBOUNDS)
    assert value(report, "weights.inputs_for_90_share") <= 0.1
    assert "few-inputs-carry-first-kernel" in fired(report)
    assert report.recommendation.l1 > 0
    assert [c.layer for c in report.recommendation.changes if c.kind == "l1"] == ["first"]
    usual = diagnose(with_first_kernel(kernel(50, 64)), REBOUNDS)
    assert "few-inputs-carry-first-kernel" not in fired(usual)


def test_sparsity_under_l1_is_reported_as_near_zero_and_not_as_zero() -> None:
    import keras

    sparse = kernel(50, 64)
    sparse[5:] *= 1e-6
    model = with_first_kernel(sparse)
    assert "l1-has-made-weights-small" not in fired(diagnose(model, SETTLES))
    config = model.get_config()
    config["layers"][1]["config"]["kernel_regularizer"] = keras.regularizers.serialize(
        keras.regularizers.L1(1e-3)
    )
    penalized = keras.Sequential.from_config(config)
    penalized.set_weights(model.get_weights())
    report = diagnose(penalized, SETTLES)
    assert "l1-has-made-weights-small" in fired(report)
    assert value(report, "weights.near_zero_share") > 0.8
    assert value(report, "weights.zero_share") == 0


def test_a_loss_that_rose_with_l2_is_split_and_the_next_places_to_look_are_named(
    penalized: Strengths,
) -> None:
    plain, harmless = penalized["none"].report(), penalized["l2"].report()
    assert value(harmless, "loss.train_last") > value(plain, "loss.train_last")
    assert value(harmless, "penalty.total") + value(harmless, "loss.train_data_last") == (
        pytest.approx(value(harmless, "loss.train_last"))
    )
    (finding,) = (f for f in harmless.findings if f.rule == "penalty-is-in-both-losses")
    assert finding.severity == "none"
    for word in ("architecture", "preprocessing", "class balance"):
        assert word in finding.rationale
    # Where the data loss on the training rows rose as well, the strength is too high.
    harmful = penalized["far too strong"].report()
    assert value(harmful, "loss.train_data_last") > 1.5 * value(plain, "loss.train_data_last")
    assert (harmful.verdict, harmful.recommendation.action) == ("over-regularized", "reduce")


def test_validation_above_training_without_dropout_is_not_blamed_on_dropout(
    same_rows: Training, dropped_out: Training
) -> None:
    assert "validation-accuracy-above-training" not in fired(same_rows.report())
    assert has_caveat(dropped_out.report(), "is what dropout does to the logged figures")
    # The clean training figure takes the training rows.
    assert dropped_out.report().missing["data.clean_train_accuracy"] == "no data was given"


def test_a_fall_of_accuracy_under_regularization_is_told_apart(penalized: Strengths) -> None:
    def accuracies(name: str) -> tuple[float, float]:
        report = penalized[name].report()
        return value(report, "accuracy.train_last"), value(report, "accuracy.gap")

    (plain, _), (mild, mild_gap), (strong, _) = map(accuracies, penalized)
    assert strong < mild < plain  # training falls under both
    # Under the mild one it falls towards validation: nothing to weaken. Under the other, with it.
    assert mild_gap < 0.05
    assert penalized["l2"].report().verdict == "healthy"
    assert penalized["far too strong"].report().verdict == "over-regularized"
