"""`apply_recommendation`: from a report, as an object or a file, to a new model file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor import Report, apply_recommendation, diagnose
from advisor.errors import AdvisorError, InputError, UsageError
from advisor.inputs.model_file import read_model
from advisor.surgery.refusal import EditRefused

pytestmark = pytest.mark.tensorflow

LOSS = [1 / epoch for epoch in range(1, 41)]
HISTORY = {"loss": LOSS, "val_loss": [*LOSS[:10], *(0.1 + 0.02 * epoch for epoch in range(30))]}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(256, "relu", name="wide"),
            layers.Dense(256, "relu", name="wider"),
            layers.Dense(1, name="out"),
        ]
    )
    model.compile("adam", "mse")
    path: Path = tmp_path_factory.mktemp("application") / "model.keras"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def report(saved: Path) -> Report:
    report = diagnose(saved, HISTORY, train_size=300, val_size=100)
    assert report.recommendation.changes
    return report


def written(path: Path) -> list[Any]:
    return [(layer.path, layer.regularizers, layer.rates) for layer in read_model(path).layers]


def test_a_report_and_its_file_come_to_the_same_model(
    saved: Path, report: Report, tmp_path: Path
) -> None:
    report.save(tmp_path / "report.json")
    for name, given in (("a", report), ("b", tmp_path / "report.json"), ("c", None)):
        loaded = Report.load(tmp_path / "report.json") if given is None else given
        out = tmp_path / f"{name}.keras"
        applied = apply_recommendation(str(saved), loaded, str(out))
        assert applied.strategy.changes == report.recommendation.changes
        assert applied.output == out
        count = len(report.recommendation.changes)
        assert repr(applied) == f"Applied({out}: {count} change{'' if count == 1 else 's'})"
    one, *others = (written(tmp_path / f"{name}.keras") for name in "abc")
    assert others == [one, one]
    assert one != written(saved)


def test_keep_copies_the_model(saved: Path, report: Report, tmp_path: Path) -> None:
    kept = replace(report.recommendation, action="keep", changes=())
    applied = apply_recommendation(
        saved, replace(report, recommendation=kept), tmp_path / "o.keras"
    )
    assert applied.strategy.changes == ()
    assert (tmp_path / "o.keras").read_bytes() == saved.read_bytes()


def test_a_report_about_another_model_needs_force(
    saved: Path, report: Report, tmp_path: Path
) -> None:
    other = replace(report, inputs=replace(report.inputs, model_sha256="0" * 64))
    with pytest.raises(InputError, match="the report: is about another model file than model"):
        apply_recommendation(saved, other, tmp_path / "out.keras")
    assert not list(tmp_path.iterdir())
    apply_recommendation(saved, other, tmp_path / "out.keras", force=True)
    assert written(tmp_path / "out.keras") != written(saved)


def test_a_report_made_without_the_model_is_refused(saved: Path, tmp_path: Path) -> None:
    blind = diagnose(history=HISTORY)
    assert blind.recommendation.action == "add"
    with pytest.raises(InputError, match="doesn't say at which layers"):
        apply_recommendation(saved, blind, tmp_path / "out.keras")


def test_the_model_itself_is_never_written_over(saved: Path, report: Report) -> None:
    before = saved.read_bytes()
    with pytest.raises(UsageError, match="is the model itself"):
        apply_recommendation(saved, report, saved)
    assert saved.read_bytes() == before


def test_a_file_that_has_no_place_for_it_gives_the_code(tmp_path: Path) -> None:
    import keras

    legacy = tmp_path / "model.h5"
    hidden = keras.layers.Dense(256, name="hidden")
    keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(1)]).save(legacy)
    report = diagnose(legacy, HISTORY, train_size=300)
    with pytest.raises(EditRefused) as refused:
        apply_recommendation(legacy, report, tmp_path / "out.keras")
    assert isinstance(refused.value, AdvisorError)
    assert '"hidden" ("Dense"): pass it kernel_regularizer=' in refused.value.code


def test_fresh_weights_are_those_of_the_seed(saved: Path, report: Report, tmp_path: Path) -> None:
    import keras

    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        out = tmp_path / f"{name}.keras"
        apply_recommendation(saved, report, out, fresh=True, seed=seed)
        weights.append(keras.models.load_model(out).get_layer("wide").kernel.numpy().tolist())
    assert weights[0] == weights[1] != weights[2]
