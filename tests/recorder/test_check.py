"""What a check says of a recorded training, which it could not say of the same plain history."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from advisor import Recorder, diagnose
from advisor.report.report import Report

pytestmark = pytest.mark.tensorflow

RNG = np.random.default_rng(5)
X = RNG.normal(size=(80, 20)).astype("float32")
Y = (X[:, 0] + RNG.normal(size=80) > 0).astype("float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An overfitted network whose best weights came back, with class weights and a split."""
    folder = tmp_path_factory.mktemp("run")
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((20,)),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    model.fit(
        X,
        Y,
        validation_split=0.5,
        epochs=30,
        verbose=0,
        class_weight={0: 1.0, 1: 1.5},
        callbacks=[
            Recorder(folder / "history.json", rows=True, evaluate_train=True),
            keras.callbacks.EarlyStopping("val_loss", patience=100, restore_best_weights=True),
        ],
    )
    model.save(folder / "model.keras")
    recorded: dict[str, Any] = json.loads((folder / "history.json").read_text())
    (folder / "plain.json").write_text(json.dumps(recorded["history"]))
    return folder


def fired(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_the_report_says_what_was_recorded(folder: Path) -> None:
    report = diagnose(folder / "model.keras", folder / "history.json")
    values = {name: reading.value for name, reading in report.evidence.items()}
    assert report.verdict == "overfitting"
    assert (report.inputs.n_train, report.inputs.n_val, report.inputs.batch_size) == (40, 40, 32)
    assert values["training.uses_class_weight"] is True
    assert values["training.uses_validation_split"] is True
    assert 1 <= values["training.saved_epoch"] < 30
    assert values["data.clean_train_loss"] > 0
    assert {"class-weights-scale-training-loss", "best-weights-were-restored"} <= fired(report)
    said = f"The saved model is from epoch {values['training.saved_epoch']}"
    assert any(said in caveat for caveat in report.caveats)


def test_caveats_that_the_record_answers_are_gone(folder: Path) -> None:
    plain = fired(diagnose(folder / "model.keras", folder / "plain.json"))
    recorded = fired(diagnose(folder / "model.keras", folder / "history.json"))
    answered = {"saved-model-may-be-another-epoch", "dropout-inflates-training-figures"}
    assert answered <= plain
    assert not answered & recorded


def test_the_bounds_are_paired_over_the_recorded_rows(folder: Path) -> None:
    plain = diagnose(folder / "model.keras", folder / "plain.json", val_size=40)
    recorded = diagnose(folder / "model.keras", folder / "history.json")
    assumed, measured = (each.evidence["rebound.lower"] for each in (plain, recorded))
    assert (assumed.basis, measured.basis) == ("assumed", "measured")
    assert measured.value < recorded.evidence["rebound.relative"].value


def test_the_verdict_goes_by_the_loss_without_its_penalty(tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    hidden = keras.layers.Dense(32, "relu", kernel_regularizer=keras.regularizers.L2(0.02))
    model = keras.Sequential([keras.Input((20,)), hidden, keras.layers.Dense(1, "sigmoid")])
    model.compile(
        keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["binary_crossentropy"]
    )
    recorder = Recorder(tmp_path / "history.json")
    run = model.fit(X, Y[:, None], validation_split=0.5, epochs=20, verbose=0, callbacks=[recorder])
    report = diagnose(history=tmp_path / "history.json")
    assert report.evidence["loss.followed"].value == "without penalty"
    assert any("which the Recorder noted" in caveat for caveat in report.caveats)
    # Keras' own metric of that name holds no penalty; what Keras logs as the loss does.
    for metric, name in (("val_binary_crossentropy", "relative"), ("val_loss", "logged")):
        plain = diagnose(history={"val_loss": run.history[metric]})
        expected = plain.evidence["rebound.relative"].value
        assert report.evidence[f"rebound.{name}"].value == pytest.approx(expected, rel=1e-3)
    assert report.evidence["rebound.relative"].value > report.evidence["rebound.logged"].value
