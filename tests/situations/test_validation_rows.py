"""What the validation rows can and cannot tell: rows 6, 8, 9, 17 and 22."""

import pytest

from advisor import diagnose
from advisor.report.wording.advice import untested_line
from tests.situations.models import REBOUNDS, report_on
from tests.situations.trainings import Training, fired, has_caveat, needs, value

pytestmark = pytest.mark.tensorflow


def test_sorted_labels_with_validation_split_suspect_the_split_first(
    sorted_labels: Training,
) -> None:
    # `validation_split` takes the last rows unshuffled: classes 8 and 9 are in no training row.
    assert sorted_labels.logged["val_accuracy"][-1] == 0
    assert sorted_labels.logged["accuracy"][-1] > 0.8
    report = sorted_labels.report()
    assert "validation-at-chance-while-training-learns" in fired(report)
    assert has_caveat(report, "points to the split or the validation labels, not to overfitting")
    assert has_caveat(report, "classes that training never saw")
    advice = report.recommendation
    assert (advice.action, advice.changes) == ("keep", ())
    # The best epoch of such a curve is the first: stopping there is no cure either.
    assert advice.early_stopping is None
    (why,) = advice.why
    assert why.startswith("Validation accuracy never passes chance")


def test_a_gap_from_the_first_epoch_suspects_the_split_and_spares_time_series() -> None:
    drift = {
        "loss": [0.3 + 0.3 * 0.7**epoch for epoch in range(30)],
        "val_loss": [0.9 + 0.3 * 0.7**epoch for epoch in range(30)],
    }
    report = diagnose(history=drift)
    assert "gap-from-the-first-epochs" in fired(report)
    assert has_caveat(report, "check the split before you change the regularization")
    (finding,) = (f for f in report.findings if f.rule == "gap-from-the-first-epochs")
    assert "For time series, keep the order" in " ".join(finding.rationale.split())
    opens = [0.9 + 0.3 * 0.7**epoch - 0.02 * epoch for epoch in range(30)]
    closes = [0.4 + 2.0 * 0.3**epoch for epoch in range(30)]  # running means that lag at first
    for history in ({**drift, "loss": opens}, {**drift, "val_loss": closes}):
        assert "gap-from-the-first-epochs" not in fired(diagnose(history=history))


def test_accuracy_at_the_majority_share_is_not_overfitting(majority_only: Training) -> None:
    import numpy as np

    assert majority_only.validation is not None
    majority = 1 - float(np.mean(majority_only.validation[1]))
    assert set(majority_only.logged["val_accuracy"]) == {max(majority_only.logged["val_accuracy"])}
    report = majority_only.report()
    assert abs(value(report, "accuracy.val_last") - majority) < 1e-6
    assert report.verdict != "overfitting"
    assert report.recommendation.action == "keep"
    assert "validation-accuracy-never-moves" in fired(report)
    assert has_caveat(report, "use AUC, F1 or balanced accuracy")
    assert needs(report, "classes-are-unbalanced") == ("data",)


def test_a_noisy_curve_gets_no_verdict_and_no_l2(noisy: Training) -> None:
    report = noisy.report(val_size=24)
    assert value(report, "noise.relative") > 0.1
    assert value(report, "rebound.relative") > 0.05  # the plain rule would cry overfitting
    assert report.verdict == "undecided"
    assert (report.recommendation.action, report.recommendation.changes) == ("keep", ())
    assert {"validation-curve-is-noisy", "rebound-hidden-by-noise"} <= fired(report)
    assert has_caveat(report, "read its trend, not its best epoch")
    assert has_caveat(report, "With 24 validation rows, differences of a few percent are luck")


def test_spikes_under_batch_normalization_are_not_overfitting() -> None:
    from keras import layers

    spiking = [0.4 + 0.6 * 0.8**epoch for epoch in range(40)]
    for epoch in (12, 19, 27):
        spiking[epoch] += 0.9
    history = {"loss": [0.35 + 0.6 * 0.8**epoch for epoch in range(40)], "val_loss": spiking}
    report = report_on(
        (8, 8, 1),
        lambda: [
            layers.Conv2D(8, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax"),
        ],
        history,
    )
    assert "validation-loss-spikes" in fired(report)
    assert has_caveat(report, "3 spikes of the validation loss")
    assert report.verdict != "overfitting"
    assert report.recommendation.action == "keep"


def test_a_near_perfect_validation_without_a_gap_warns_of_a_leak(leaking: Training) -> None:
    report = leaking.report()
    assert value(report, "accuracy.val_last") == 1
    assert "validation-nearly-perfect-without-gap" in fired(report)
    assert has_caveat(report, "can mean that validation rows leaked into training")
    # Hashing the rows takes the rows.
    assert needs(report, "rows-in-both-sets") == ("data",)
    assert report.missing["data.duplicates"]
    assert report.recommendation.action == "keep"


def test_on_few_rows_the_limit_is_the_data_and_the_size_of_the_model(
    overconfident: Training,
) -> None:
    silent = {"very-few-training-rows", "many-parameters-per-row", "validation-set-is-small"}
    unsized = overconfident.report()
    assert not fired(unsized) & silent
    assert needs(unsized, "very-few-training-rows") == ("train-size",)
    sized = overconfident.report(train_size=100, val_size=600)
    assert has_caveat(sized, "With 100 training rows, the limit is probably the data")
    assert "many-parameters-per-row" not in fired(sized)  # 769 weights are 7.7 a row


def test_a_big_model_on_a_small_set_is_told_so_and_the_advice_stays_untested() -> None:
    from keras import layers

    report = report_on(
        (500,),
        lambda: [layers.Dense(128, activation="relu"), layers.Dense(4, activation="softmax")],
        REBOUNDS,
        train_size=120,
        val_size=60,
    )
    # 500 * 128 + 128 and 128 * 4 + 4 are 64,644 weights.
    assert value(report, "parameters.per_sample") == 64_644 / 120
    assert has_caveat(report, "With 539 parameters per row, a smaller network or more data may do")
    assert has_caveat(report, "With 120 training rows, the limit is probably the data")
    assert has_caveat(report, "With 60 validation rows")
    advice = report.recommendation
    assert (advice.basis, advice.expected) == ("rules", None)
    assert advice.confidence in ("low", "medium")  # only trials could make it high
    assert "No training has tested this advice" in untested_line(report)
