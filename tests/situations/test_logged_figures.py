"""What Keras logs, and what must not be read into it: rows 1 to 5, 7, 18 and 21."""

from collections.abc import Mapping
from typing import Any

import pytest

from advisor import diagnose
from tests.situations.trainings import Strengths, Training, fired, has_caveat, needs, value

pytestmark = pytest.mark.tensorflow


def test_loss_rises_while_accuracy_holds_is_overconfidence_and_only_mild(
    overconfident: Training,
) -> None:
    loss, accuracy = overconfident.logged["val_loss"], overconfident.logged["val_accuracy"]
    best = loss.index(min(loss))
    assert loss[-1] > 1.1 * loss[best]
    assert accuracy[-1] > accuracy[best] - 0.01
    report = overconfident.report()
    assert (report.verdict, report.severity) == ("overfitting", "mild")
    assert "validation-loss-rebounds-accuracy-holds" in fired(report)
    assert not fired(report) & {
        "validation-loss-rebounds-moderately",
        "validation-loss-rebounds-severely",
    }
    assert "validation accuracy has not fallen" in report.reason
    assert has_caveat(report, "calibration is worse than at the best epoch")
    assert report.recommendation.early_stopping is not None
    (finding,) = (f for f in report.findings if f.rule == "validation-loss-rebounds-accuracy-holds")
    assert "label smoothing" in finding.rationale
    strengths = [c.to for c in report.recommendation.changes if c.kind == "l2"]
    assert strengths == [pytest.approx(1e-3)]  # mild


def test_validation_accuracy_above_training_is_explained_by_dropout_and_no_fault(
    dropped_out: Training,
) -> None:
    logged = dropped_out.logged
    assert logged["val_accuracy"][-1] > logged["accuracy"][-1]
    # The same network on the same rows, with dropout off.
    clean = dropped_out.evaluated(dropped_out.rows)
    assert clean["accuracy"] > logged["accuracy"][-1]
    assert clean["loss"] < logged["loss"][-1]
    report = dropped_out.report()
    assert (report.verdict, report.recommendation.action) == ("healthy", "keep")
    assert value(report, "accuracy.gap") < 0
    explained = {"validation-accuracy-above-training", "dropout-inflates-training-figures"}
    assert explained <= fired(report)
    assert all(f.severity == "none" for f in report.findings if f.rule in explained)
    assert has_caveat(report, "not a fault")
    assert has_caveat(report, "training loss does not show underfitting")


def test_a_regression_whose_dropout_costs_more_than_memorising_is_told_to_lower_it(
    regressions: Mapping[float, Training],
) -> None:
    dropped_out, without = regressions[0.5], regressions[0.0]
    assert dropped_out.logged["loss"][-1] > 1.1 * dropped_out.logged["val_loss"][-1]
    report = dropped_out.report()
    assert "regression-lags-under-dropout" in fired(report)
    assert report.recommendation.action == "reduce"
    assert {(c.before, c.to) for c in report.recommendation.changes} == {(0.5, 0.25)}
    losses = {rate: each.evaluated(each.validation)["loss"] for rate, each in regressions.items()}
    assert losses[0.25] < losses[0.5]
    assert "regression-lags-under-dropout" not in fired(without.report())


def test_the_training_loss_is_an_epoch_mean_and_lags_behind(same_rows: Training) -> None:
    pairs = zip(same_rows.logged["loss"], same_rows.logged["val_loss"], strict=True)
    assert all(train > validation for train, validation in list(pairs)[:5])  # the very same rows
    report = same_rows.report()
    assert (report.verdict, report.recommendation.action) == ("healthy", "keep")
    assert "training-loss-is-an-epoch-mean" in fired(report)
    assert has_caveat(report, "a mean over an epoch of moving weights")


@pytest.mark.parametrize(
    "explanation", ["dropout", "recurrent dropout", "noise", "augmentation", None]
)
def test_a_training_loss_above_validation_has_one_explanation(explanation: str | None) -> None:
    import keras
    from keras import layers

    def maker() -> list[Any]:
        match explanation:
            case "dropout":
                return [layers.Flatten(), layers.Dropout(0.2)]
            case "recurrent dropout":
                return [layers.Reshape((8, 8)), layers.LSTM(32, recurrent_dropout=0.2)]
            case "noise":
                return [layers.GaussianNoise(0.3), layers.Flatten()]
            case "augmentation":
                return [layers.RandomFlip(), layers.Flatten()]
            case _:
                return [layers.Flatten()]

    model = keras.Sequential([keras.Input((8, 8, 1)), *maker(), layers.Dense(1)])
    model.compile("adam", "mse")
    curve = [0.8**epoch + 0.3 for epoch in range(40)]
    # The training loss is 7 % above validation in the one run, and twice as high in the other.
    for above, rule in ((1.07, "training-loss-is-an-epoch-mean"),
                        (2.0, "training-loss-far-above-validation")):  # fmt: skip
        history = {"loss": [above * each for each in curve], "val_loss": curve}
        report = diagnose(model, history)
        assert (rule in fired(report)) == (explanation is None)
        is_masked = explanation in ("dropout", "recurrent dropout", "noise")
        assert has_caveat(report, "Dropout or noise is on") == is_masked
        assert has_caveat(report, "Augmentation makes") == (explanation == "augmentation")


def test_adding_l2_raises_the_loss_by_its_penalty(penalized: Strengths) -> None:
    plain, under_l2 = penalized["none"], penalized["l2"]
    assert under_l2.logged["loss"][-1] > plain.logged["loss"][-1]
    penalty = sum(float(each) for each in under_l2.model.losses)
    report = under_l2.report()
    assert value(report, "penalty.total") == pytest.approx(penalty, rel=1e-5)
    assert value(report, "penalty.l2") == value(report, "penalty.total")
    for split, logged in (("train", "loss"), ("val", "val_loss")):
        total = value(report, f"loss.{split}_last")
        # The median of the last three epochs, which is that of the middle one on a smooth curve.
        assert total == pytest.approx(sorted(under_l2.logged[logged][-3:])[1])
        data = value(report, f"loss.{split}_data_last")
        assert data == pytest.approx(total - penalty, rel=1e-5)
        without = under_l2.logged[logged.replace("loss", "binary_crossentropy")]
        assert data == pytest.approx(without[-2], abs=0.002)
    assert "penalty-is-in-both-losses" in fired(report)
    assert has_caveat(report, "compare runs by metrics, or log the loss function as a metric")
    assert report.verdict != "over-regularized"  # the penalty alone rose: nothing is wrong
    assert value(plain.report(), "penalty.total") == 0


def test_the_validation_loss_contains_the_penalty(penalized: Strengths) -> None:
    run = penalized["l2"]
    penalty = sum(float(each) for each in run.model.losses)
    assert penalty > 0.05
    difference = run.logged["val_loss"][-1] - run.logged["val_binary_crossentropy"][-1]
    assert difference == pytest.approx(penalty, rel=1e-4)
    assert value(run.report(), "penalty.total") == pytest.approx(difference, rel=1e-4)


def test_the_string_l2_means_a_hundredth_without_a_half(penalized: Strengths) -> None:
    report = penalized["l2"].report()
    assert value(report, "regularization.l2") == 0.01
    assert "default-l2-is-strong" in fired(report)
    assert "default-l2-is-strong" not in fired(penalized["far too strong"].report())


def test_class_weights_scale_only_the_training_loss(weighted_classes: Training) -> None:
    logged = weighted_classes.logged
    assert logged["loss"][0] > 1.5 * logged["val_loss"][0]
    report = weighted_classes.report()
    assert "training-loss-far-above-validation" in fired(report)
    assert has_caveat(report, "class or sample weights?")
    assert report.verdict != "over-regularized"
    assert report.recommendation.action == "keep"
    # Only the Recorder sees how `fit` was called; the report says so.
    assert needs(report, "class-weights-scale-training-loss") == ("recorder",)


def test_a_restored_model_is_not_the_end_of_its_history(overconfident: Training) -> None:
    validation = overconfident.evaluated(overconfident.validation)
    losses = overconfident.logged["val_loss"]
    assert validation["loss"] == pytest.approx(min(losses), rel=1e-3)
    assert validation["loss"] < 0.95 * losses[-1]
    report = overconfident.report()
    assert "saved-model-may-be-another-epoch" in fired(report)
    best = 1 + losses.index(min(losses))
    assert value(report, "stopping.epoch") == best
    assert has_caveat(report, f"assumed to be from epoch {len(losses)}")
    assert has_caveat(report, f"it is from about epoch {best}")
    assert needs(report, "best-weights-were-restored") == ("recorder",)


def test_a_checkpoint_is_known_by_the_steps_it_took(overconfident: Training) -> None:
    import keras

    # 100 rows in batches of 32 are 4 steps an epoch; the optimizer's counter stays where it was.
    sizes = {"train_size": 100, "batch_size": 32}
    assert "saved-before-the-history-ends" not in fired(overconfident.report(**sizes))
    losses = overconfident.logged["val_loss"]
    checkpoint = keras.models.load_model(overconfident.file)
    checkpoint.optimizer.iterations.assign(4 * (1 + losses.index(min(losses))))
    report = diagnose(checkpoint, overconfident.history, **sizes)
    assert "saved-before-the-history-ends" in fired(report)
    assert has_caveat(report, "its weights are not those of the last epoch")


def test_augmentation_makes_the_training_figures_pessimistic(augmented: Training) -> None:
    logged = augmented.logged
    assert logged["val_accuracy"][-1] > logged["accuracy"][-1]
    assert augmented.evaluated(augmented.rows)["accuracy"] > logged["accuracy"][-1] + 0.02
    report = augmented.report()
    assert value(report, "gap.loss") < 0
    assert "augmentation-inflates-training-figures" in fired(report)
    assert has_caveat(report, "Augmentation makes the training figures pessimistic")
    assert report.verdict not in ("overfitting", "over-regularized")
    assert report.recommendation.changes == ()
