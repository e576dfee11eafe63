"""A check with data, end to end: real files in, real probe trainings, a report out."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from advisor import diagnose
from advisor.cli.demo_network import DemoFiles
from advisor.errors import InputError, UsageError
from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.history import read_history
from advisor.inputs.model_file import read_model
from advisor.inputs.record import Record
from advisor.pipeline.probing import recipe_of
from advisor.report.formats.json import as_json
from advisor.report.report import Report
from advisor.settings.settings import Settings
from tests.report.schema import SCHEMA

pytestmark = pytest.mark.tensorflow

EPOCHS = 12


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A regression with 3 telling inputs of 40 that a wide network memorises: L1 and L2 pay."""
    import keras

    folder = tmp_path_factory.mktemp("noisy")
    random = np.random.default_rng(1)
    x = random.normal(size=(160, 40)).astype("float32")
    y = (x[:, :3].sum(axis=1) + random.normal(size=160)).astype("float32")
    np.savez(folder / "data.npz", x_train=x[:100], y_train=y[:100], x_val=x[100:], y_val=y[100:])
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((40,)),
            keras.layers.Dense(64, activation="relu", name="hidden"),
            keras.layers.Dense(1, name="out"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    run = model.fit(
        x[:100],
        y[:100],
        validation_data=(x[100:], y[100:]),
        epochs=EPOCHS,
        batch_size=20,
        verbose=0,
    )
    model.save(folder / "model.keras")
    (folder / "history.json").write_text(json.dumps(run.history), encoding="utf-8")
    return folder


def as_document(report: Report) -> Any:
    return json.loads(json.dumps(as_json(report)))


def checked(folder: Path, **flags: Any) -> Report:
    given = {"batch_size": 20, "budget": 1.5, **flags}
    return diagnose(
        folder / "model.keras", folder / "history.json", data=folder / "data.npz", **given
    )


@pytest.fixture(scope="module")
def report(noisy: Path) -> Report:
    return checked(noisy, budget=4)


def test_probes_prove_a_regularization_that_pays(report: Report) -> None:
    advice = report.recommendation
    assert (advice.basis, advice.action) == ("probes", "add")
    assert advice.label in ("confirmed", "tentative")
    assert advice.expected is not None
    assert advice.expected.change < 0
    assert advice.expected.low < advice.expected.change < advice.expected.high
    assert "regularizers.L" in advice.code or "Dropout" in advice.code


def test_report_with_probes_obeys_the_schema(report: Report) -> None:
    document = as_document(report)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["inputs"]["n_train"] == 100
    assert len(document["inputs"]["data_sha256"]) == 64
    assert document["probes"]["engine"] == "compiled"
    assert {"current"} < {arm["name"] for arm in document["probes"]["arms"]}
    assert document["probes"]["epochs"] == EPOCHS


def test_data_decides_measurements_that_were_missing(report: Report) -> None:
    assert report.evidence["data.duplicates"].value == 0
    assert report.evidence["data.clean_train_loss"].value < report.evidence["loss.val_last"].value


def test_same_inputs_and_seed_give_the_same_report_but_for_timing(noisy: Path) -> None:
    first, second = (as_document(checked(noisy, seed=3, journal=False)) for _ in range(2))
    other = as_document(checked(noisy, seed=4))
    for document in (first, second, other):
        del document["timing"]
    assert first == second
    assert first["probes"]["trials"] != other["probes"]["trials"]


def with_weights(folder: Path, out: Path, weights: Any) -> Report:
    with np.load(folder / "data.npz") as data:
        np.savez(out / "weighted.npz", **data, sample_weight_train=weights)
    return diagnose(
        folder / "model.keras",
        folder / "history.json",
        data=out / "weighted.npz",
        arms="l2=0.03",
        batch_size=20,
        budget=1,
    )


def test_row_weights_of_the_training_alone_keep_the_users_split(
    noisy: Path, tmp_path: Path
) -> None:
    probes = with_weights(noisy, tmp_path, np.linspace(0.5, 2, 100)).probes
    assert probes is not None
    assert probes.splits == "fixed"
    assert (
        "Splits are kept as they are: only training rows have sample weights, which differ from row"
        " to row; use --splits to change that."
    ) in probes.notes


def test_one_weight_for_all_training_rows_leaves_splits_drawn_anew(
    noisy: Path, tmp_path: Path
) -> None:
    probes = with_weights(noisy, tmp_path, np.full(100, 2.0)).probes
    assert probes is not None
    assert probes.splits == "resample"


def test_class_weights_that_a_recorder_noted_are_part_of_the_recipe(noisy: Path) -> None:
    rows = Rows(inputs=(np.ones((4, 1)),), targets=(np.array([0, 1, 0, 1]),))
    record = Record(uses_class_weight=True, uses_sample_weight=False, class_weight={0: 1.0, 1: 3.0})
    recipe = recipe_of(
        read_model(noisy / "model.keras"),
        replace(read_history(noisy / "history.json"), record=record),
        Settings(),
        Dataset(source="data", sha256=None, train=rows, val=rows),
    )
    assert recipe.class_weight == {0: 1.0, 1: 3.0}


def test_named_arms_are_the_only_ones_beside_none_and_the_current_recipe(noisy: Path) -> None:
    probes = checked(noisy, arms="l2=0.03,dropout=0.2").probes
    assert probes is not None
    assert {arm.name for arm in probes.arms} == {"current", "L2 0.03", "dropout 0.2"}


def test_without_probes_the_rows_are_measured_and_the_model_is_not_run(noisy: Path) -> None:
    report = checked(noisy, probe=False)
    assert report.probes is None
    assert report.recommendation.basis == "rules"
    assert report.evidence["data.duplicates"].value == 0
    assert "data.clean_train_loss" in report.missing


def test_arrays_in_memory_do_as_well_as_a_file(noisy: Path, report: Report) -> None:
    with np.load(noisy / "data.npz") as data:
        arrays = tuple(data[name] for name in ("x_train", "y_train", "x_val", "y_val"))
    from_memory = diagnose(
        noisy / "model.keras",
        noisy / "history.json",
        data=arrays,
        batch_size=20,
        budget=4,
        journal=False,
    )
    assert from_memory.probes is not None
    assert report.probes is not None
    assert from_memory.probes.trials == report.probes.trials


def test_history_alone_takes_the_rows_and_says_that_probes_need_the_model(noisy: Path) -> None:
    report = diagnose(history=noisy / "history.json", data=noisy / "data.npz")
    assert report.inputs.n_train == 100
    assert any("need the saved model" in caveat for caveat in report.caveats)


def test_length_of_training_comes_from_the_optimizer_where_no_history_tells(noisy: Path) -> None:
    report = diagnose(noisy / "model.keras", data=noisy / "data.npz", batch_size=20, budget=1.5)
    assert report.probes is not None
    assert report.probes.epochs == EPOCHS  # 60 steps of 5 an epoch
    assert any("--epochs" in note for note in report.probes.notes)


def test_verdict_is_that_of_the_check_without_data(noisy: Path, report: Report) -> None:
    without = diagnose(noisy / "model.keras", noisy / "history.json")
    assert report.verdict == without.verdict


def test_a_class_of_the_users_own_is_varied_as_the_live_model_shows_it(
    noisy: Path, tmp_path: Path
) -> None:
    import keras

    @keras.saving.register_keras_serializable("tests")
    class Own(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.hidden = keras.layers.Dense(16, activation="relu", name="hidden")
            self.drop = keras.layers.Dropout(0.1, name="drop")
            self.final = keras.layers.Dense(1, name="final")

        def call(self, x: Any, training: bool = False) -> Any:
            return self.final(self.drop(self.hidden(x), training=training))

    model = Own()
    model.compile("adam", "mse")
    with np.load(noisy / "data.npz") as data:
        model.fit(data["x_train"], data["y_train"], batch_size=20, epochs=8, verbose=0)
    model.save(tmp_path / "own.keras")
    report = diagnose(
        tmp_path / "own.keras",
        data=noisy / "data.npz",
        batch_size=20,
        epochs=8,
        arms="l2=0.01,dropout=0.3",
    )
    assert report.probes is not None
    assert {arm.name for arm in report.probes.arms} >= {"current", "none", "L2 0.01"}
    assert {layer.path for layer in report.layers} == {"hidden", "drop", "final"}
    # how the layers are connected is not known: none is put behind the last one
    assert "dropout 0.3" not in {arm.name for arm in report.probes.arms}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.zeros((100, 39), "float32")}, "39"),
        ({"y_val": np.full(60, np.nan, "float32")}, "NaN"),
        ({"x_val": np.zeros((59, 40), "float32")}, "59"),
    ],
    ids=["other shape", "NaN", "other length"],
)
def test_wrong_rows_are_refused_before_any_training(
    noisy: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with np.load(noisy / "data.npz") as data:
        np.savez(tmp_path / "bad.npz", **{**data, **change})
    with pytest.raises(InputError, match=message) as caught:
        diagnose(noisy / "model.keras", noisy / "history.json", data=tmp_path / "bad.npz")
    assert "\n" not in str(caught.value)


def test_objective_that_is_no_compiled_metric_is_refused(noisy: Path) -> None:
    with pytest.raises((InputError, UsageError), match="accuracy"):
        checked(noisy, objective="accuracy")


def test_mistyped_arms_are_refused_before_keras_is_loaded(noisy: Path) -> None:
    program = """
import sys
from advisor import diagnose
from advisor.errors import UsageError
model, history, data = sys.argv[1:]
try:
    diagnose(model, history, data=data, arms="l3=0.1")
except UsageError as error:
    print(error)
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
"""
    files = [str(noisy / name) for name in ("model.keras", "history.json", "data.npz")]
    done = subprocess.run(
        [sys.executable, "-c", program, *files], capture_output=True, text=True, check=False
    )
    complaint, loaded = done.stdout.splitlines()
    assert complaint.startswith("--arms: 'l3=0.1' does not name a family and its strength")
    assert loaded == "[]"


def test_a_loss_that_fails_on_the_rows_is_one_line(noisy: Path) -> None:
    import keras

    def own(y: Any, outputs: Any) -> Any:
        raise ArithmeticError("not\nmy day")

    model = keras.models.load_model(noisy / "model.keras")
    model.compile("adam", own)
    with pytest.raises(
        InputError, match="can't be evaluated on these rows: .*not my day"
    ) as caught:
        diagnose(model, data=noisy / "data.npz", batch_size=20, epochs=4)
    assert "\n" not in str(caught.value)


def test_objective_of_unknown_direction_needs_the_users_word(noisy: Path) -> None:
    import keras

    def score(y: Any, outputs: Any) -> Any:
        return -keras.ops.mean(keras.ops.abs(y - outputs))

    model = keras.models.load_model(noisy / "model.keras")
    model.compile("adam", "mse", metrics=[score])

    def probed(**flags: Any) -> Report:
        options = {"batch_size": 20, "epochs": 4, "budget": 1.5, "arms": "l2=0.01", **flags}
        return diagnose(model, data=noisy / "data.npz", objective="val_score", **options)

    with pytest.raises(UsageError, match="--metric score:max"):
        probed()
    report = probed(metric={"score": "max"})
    assert report.probes is not None
    assert report.probes.is_maximized


def advisor(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "advisor", *map(str, arguments)]


def test_command_shows_the_probes_and_on_stderr_a_line_a_stage(noisy: Path) -> None:
    files = (noisy / "model.keras", noisy / "history.json", "--data", noisy / "data.npz")
    done = subprocess.run(
        advisor("check", *files, "--batch-size", 20, "--budget", 2),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "\nProbes " in done.stdout
    lines = done.stderr.splitlines()
    assert all(line.startswith("advisor: ") for line in lines)
    assert [line.split()[1] for line in lines[:-1]] == ["anchors:", "finals:", "confirm:"]
    assert "probe trainings done" in lines[-1]


def test_time_limit_reports_what_is_there(demo: DemoFiles) -> None:
    report = diagnose(demo.model, demo.history, data=demo.data, time_limit=0.001)
    assert report.probes is not None
    assert report.probes.is_cut_short
    assert report.recommendation.label != "confirmed"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a process of its own")
def test_ctrl_c_ends_the_race_with_a_report_and_exit_code_0(
    demo: DemoFiles, tmp_path: Path
) -> None:
    document = interrupted(demo, tmp_path / "report.json")
    assert document["probes"]["is_cut_short"] is True
    assert document["probes"]["trials"]


def interrupted(demo: DemoFiles, output: Path) -> Any:
    """The report of a race of minutes that Ctrl-C ended as its second stage began."""
    command = advisor(
        "check", demo.model, demo.history, "--data", demo.data, "--epochs", 400, "--budget", 200
    )
    process = subprocess.Popen(
        [*command, "--no-journal", "-f", "json", "-o", str(output)],
        stderr=subprocess.PIPE,
        text=True,
        # The tests may have been started where Ctrl-C is ignored, as in a shell's background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        said = lines_until("finals:", process, seconds=300)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 0, said + complaint
    return json.loads(output.read_text(encoding="utf-8"))


def lines_until(words: str, process: subprocess.Popen[str], *, seconds: float) -> str:
    """What the process writes to stderr up to a line with `words`; it is killed if none comes."""
    assert process.stderr is not None
    said = ""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        for line in process.stderr:
            said += line
            if words in line:
                return said
    finally:
        timer.cancel()
    pytest.fail(f"ended, or was killed after {seconds:g} s, without {words!r}:\n{said}")
