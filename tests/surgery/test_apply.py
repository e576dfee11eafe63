"""`advisor apply` as a function: from a report to a new file, and never half of one."""

import json
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError, UsageError
from advisor.inputs.model_file import read_model
from advisor.inputs.report_file import ReportFile, read_report
from advisor.regularization import Strategy
from advisor.surgery.apply import apply, strategy_of_report
from advisor.surgery.refusal import EditRefused
from tests.surgery.architectures import change, dropout, penalties

pytestmark = pytest.mark.tensorflow


def small() -> Any:
    import keras
    from keras import layers as L

    model = keras.Sequential(
        [
            keras.Input((5,)),
            L.Dense(4, "relu", name="a", kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2)),
            L.Dense(3, "relu", name="b"),
            L.Dropout(0.4, name="drop"),
            L.Dense(2, name="out"),
        ]
    )
    model.compile("adam", "mse", run_eagerly=True)
    model.train_on_batch(np.ones((4, 5)), np.ones((4, 2)))
    return model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("apply") / "model.keras"
    small().save(path)
    return path


def report(folder: Path, sha256: str | None, *changes: dict[str, Any]) -> ReportFile:
    path = folder / "report.json"
    path.write_text(
        json.dumps(
            {
                "schema_version": 1,
                "inputs": {"model_sha256": sha256},
                "recommendation": {"action": "add" if changes else "keep", "changes": changes},
            }
        )
    )
    return read_report(path)


L2 = {"layer": "b", "slot": "kernel_regularizer", "kind": "l2"} | {
    "from": 0.0, "to": 0.01, "low": 0.001, "high": 0.1,
}  # fmt: skip


def test_a_report_about_this_file_is_applied(saved: Path, tmp_path: Path) -> None:
    found = strategy_of_report(report(tmp_path, read_model(saved).sha256, L2), saved)
    apply(saved, found, tmp_path / "out.keras")
    assert read_model(tmp_path / "out.keras").layer("b").regularizers["kernel_regularizer"].l2 == (
        0.01
    )


def test_a_report_about_another_file_needs_force(saved: Path, tmp_path: Path) -> None:
    other = report(tmp_path, "0" * 64, L2)
    with pytest.raises(InputError, match=r"report\.json: is about another model .*--force"):
        strategy_of_report(other, saved)
    assert strategy_of_report(other, saved, is_forced=True).changes[0].layer == "b"


def test_keep_copies_the_file(saved: Path, tmp_path: Path) -> None:
    apply(saved, strategy_of_report(report(tmp_path, None), saved), tmp_path / "out.keras")
    assert (tmp_path / "out.keras").read_bytes() == saved.read_bytes()


def test_what_keeps_a_penalty_is_stopped_by_the_code_that_the_note_prints(
    saved: Path, tmp_path: Path
) -> None:
    # "a" has L1 and L2 already; the last note comes to none without them.
    for changes in (penalties("b"), dropout("b")):
        (note,) = apply(saved, Strategy(changes=changes), tmp_path / "out.keras").notes
        said, code = note.split("\n", 1)
        assert said.startswith("Keras adds the penalty to val_loss. To stop early by the loss ")
        names: dict[str, Any] = {}
        exec(code, names)
        assert type(names["callbacks"][0]).__name__ == "StopByDataLoss"
    bare = tuple(
        change("a", "kernel_regularizer", kind, 0.0, before=before)
        for kind, before in (("l1", 0.1), ("l2", 0.2))
    )
    assert apply(saved, Strategy(changes=bare), tmp_path / "out.keras").notes == ()


def test_the_model_is_never_written_over(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    (tmp_path / "link.keras").symlink_to(saved)
    for output in (saved, tmp_path / "link.keras"):
        with pytest.raises(UsageError, match="is the model itself"):
            apply(saved, Strategy(changes=penalties("b")), output)
    assert saved.read_bytes() == before


def test_the_output_must_be_called_keras(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"out\.h5: Keras only loads files called \.keras"):
        apply(saved, Strategy(), tmp_path / "out.h5")


def test_a_missing_folder_is_one_line(saved: Path, tmp_path: Path) -> None:
    for strategy in (Strategy(), Strategy(changes=penalties("b"))):
        with pytest.raises(InputError, match="none/out.keras: cannot be written: No such file"):
            apply(saved, strategy, tmp_path / "none" / "out.keras")


def test_a_full_disk_leaves_the_old_output_and_nothing_else(saved: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.keras"
    output.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
    try:
        for strategy in (Strategy(), Strategy(changes=penalties("b"))):
            with pytest.raises(InputError, match=r"out\.keras: cannot be written: File too large"):
                apply(saved, strategy, output)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert output.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.keras"]


def test_an_unsafe_archive_is_refused_as_by_check(saved: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.keras"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(hostile, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, source.read(name))
        copy.writestr("../escape", b"x")
    with pytest.raises(InputError, match=r"hostile\.keras: .*has a name that no model has"):
        apply(hostile, Strategy(changes=penalties("b")), tmp_path / "out.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["hostile.keras"]


def test_names_of_the_file_stay_names(tmp_path: Path) -> None:
    import keras
    from keras import layers as L

    evil = "\x1b[31m\"'; [red]<script>\u202e"
    layers = [keras.Input((3,)), L.Dense(2, name=evil), L.Dense(2, name=f"{evil}_dropout")]
    model = keras.Sequential([*layers, L.Dense(1, name="out")])
    model.save(tmp_path / "in.keras")
    apply(tmp_path / "in.keras", Strategy(changes=dropout(evil)), tmp_path / "out.keras")
    after = keras.saving.load_model(tmp_path / "out.keras")
    names = [layer.name for layer in after.layers]
    assert names == [evil, f"{evil}_dropout_1", f"{evil}_dropout", "out"]
    with pytest.raises(EditRefused) as refused:
        apply(tmp_path / "in.keras", Strategy(changes=dropout(evil, "out")), tmp_path / "o.keras")
    compile(refused.value.code, "code", "exec")
    assert "\x1b" not in refused.value.code


def test_the_optimizer_is_reset_when_asked(saved: Path, tmp_path: Path) -> None:
    import keras

    apply(saved, Strategy(), tmp_path / "out.keras", resets_optimizer=True)
    before = keras.saving.load_model(saved)
    after = keras.saving.load_model(tmp_path / "out.keras")
    assert int(before.optimizer.iterations) == 1
    assert int(after.optimizer.iterations) == 0
    assert float(after.optimizer.learning_rate) == float(before.optimizer.learning_rate) > 0
    slots = after.optimizer.variables[2:]
    assert slots
    assert not any(np.asarray(slot).any() for slot in slots)
    assert all(np.array_equal(a, b) for a, b in zip(before.weights, after.weights, strict=True))


def test_an_optimizer_that_starts_elsewhere_is_not_reset(tmp_path: Path) -> None:
    model = small()
    model.compile("adagrad", "mse", run_eagerly=True)
    model.train_on_batch(np.ones((4, 5)), np.ones((4, 2)))
    model.save(tmp_path / "in.keras")
    with pytest.raises(EditRefused, match="the initial state of Adagrad isn't known"):
        apply(tmp_path / "in.keras", Strategy(), tmp_path / "o.keras", resets_optimizer=True)


def test_editing_needs_no_tensorflow(saved: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from advisor.surgery.apply import apply\n"
        "from advisor.surgery.manual_strengths import strategy_by_hand\n"
        f"model = Path({str(saved)!r})\n"
        "strategy, _ = strategy_by_hand(model, {'l2': 0.01, 'dropout': 0.2})\n"
        f"apply(model, strategy, Path({str(tmp_path / 'out.keras')!r}))\n"
        "print(sorted({'tensorflow', 'keras', 'h5py', 'sklearn'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "[]\n"


def test_plain_keras_loads_it_without_advisor(saved: Path, tmp_path: Path) -> None:
    changes = (*penalties("a", "b", "out"), *dropout("a"))
    apply(saved, Strategy(changes=changes), tmp_path / "out.keras")
    code = (
        "import sys; sys.modules['advisor'] = None\n"
        "import keras; model = keras.saving.load_model('out.keras')\n"
        "print(len(model.losses), [type(layer).__name__ for layer in model.layers])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert ran.stdout == "3 ['Dense', 'Dropout', 'Dense', 'Dropout', 'Dense']\n"
