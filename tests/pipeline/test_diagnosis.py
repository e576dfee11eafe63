"""`from advisor import diagnose`: what it takes, and what it gives back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import advisor
from advisor import AdvisorError, History, Recommendation, Report, diagnose
from advisor.cli.demo_network import DemoFiles
from advisor.errors import SettingsError, UsageError
from advisor.report.formats.json import as_json

REBOUNDS = {
    "loss": [0.9**epoch for epoch in range(40)],
    "val_loss": [1.0 - 0.05 * e for e in range(10)] + [0.5 + 0.4 * e / 29 for e in range(30)],
}


def without_timing(report: Report) -> object:
    plain = as_json(report)
    assert isinstance(plain, dict)
    return {**plain, "timing": None, "inputs": None, "location": None}


def test_a_dict_is_enough() -> None:
    report = diagnose(history=REBOUNDS)
    assert isinstance(report, Report)
    assert isinstance(report.recommendation, Recommendation)
    assert (report.verdict, report.severity) == ("overfitting", "severe")
    # The lowest and the last window mean of four epochs: 0.525 and 0.88 (see the curves' tests).
    assert report.evidence["rebound.relative"].value == pytest.approx(0.7, abs=0.1)


def test_paths_text_and_values_give_the_same(demo: DemoFiles) -> None:
    history = json.loads(demo.history.read_text(encoding="utf-8"))
    reports = [
        diagnose(demo.model, demo.history),
        diagnose(str(demo.model), str(demo.history)),
        diagnose(demo.model, history),
    ]
    assert {json.dumps(without_timing(r)).replace("history.json", "history") for r in reports} == {
        json.dumps(without_timing(reports[0])).replace("history.json", "history")
    }


def test_a_live_model_and_its_history_give_what_their_files_give(demo: DemoFiles) -> None:
    import keras

    model = keras.models.load_model(demo.model)
    live, saved = diagnose(model, REBOUNDS), diagnose(demo.model, REBOUNDS)
    assert live.recommendation.changes == saved.recommendation.changes
    assert [layer.path for layer in live.layers] == [layer.path for layer in saved.layers]
    for name in ("weights.norm", "model.parameters", "weights.stable_rank_share"):
        assert live.evidence[name].value == pytest.approx(saved.evidence[name].value, rel=1e-5)


@pytest.mark.tensorflow
def test_a_callback_as_fit_returns_it() -> None:
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 2), dtype="float32")
    run = model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=3, verbose=0)
    report = diagnose(model, run)
    assert report.evidence["history.epochs"].value == 3
    assert report.verdict == "undecided"


def test_limits_put_the_gates_decision_into_the_report() -> None:
    assert diagnose(history=REBOUNDS).gate is None
    gate = diagnose(history=REBOUNDS, fail_on="mild", max_gap={"loss": "10%"}, val_size=500).gate
    assert gate is not None
    assert gate.is_failed
    assert [(check.id, check.limit) for check in gate.checks] == [
        ("severity", 0.05),
        ("gap.loss", 0.1),
    ]


def test_a_keyword_that_is_none_is_named_with_what_was_meant() -> None:
    with pytest.raises(SettingsError, match="--max-gp: unknown setting; did you mean --max-gap?"):
        diagnose(history=REBOUNDS, max_gp=0.1)  # type: ignore[call-arg]


def test_nothing_at_all_is_an_error() -> None:
    with pytest.raises(UsageError, match="nothing to check"):
        diagnose()


@pytest.mark.parametrize("wrong", [REBOUNDS, {}, 3])
def test_a_history_given_as_the_model_is_said(wrong: object) -> None:
    with pytest.raises(UsageError, match="model: a path or a keras.Model is expected, not"):
        diagnose(wrong)


def test_what_a_given_model_does_not_tell_is_not_asked_for(demo: DemoFiles) -> None:
    report = diagnose(demo.model, demo.history)
    assert report.undecided
    assert not {"model", "history"} & {need for each in report.undecided for need in each.needs}


def test_every_error_of_ours_is_one_kind(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(AdvisorError):
        diagnose(history=tmp_path / "x.json")


def test_the_package_offers_its_names_without_importing_anything() -> None:
    code = (
        "import sys; before = set(sys.modules); import advisor\n"
        "ours = {m for m in set(sys.modules) - before if m.split('.')[0] == 'advisor'}\n"
        "assert ours == {'advisor', 'advisor.version'}, ours\n"
        "import advisor.pipeline.diagnosis\n"
        "from advisor import diagnose; assert callable(diagnose)\n"
        "assert set(advisor.__all__) <= set(dir(advisor))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert advisor.History is History
    with pytest.raises(AttributeError, match="no attribute 'diagnos'"):
        advisor.diagnos  # noqa: B018
