"""What a journal stands for, and a real check that is killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.cli.demo_network import DemoFiles
from advisor.inputs.dataset import Dataset, Rows
from advisor.pipeline.journal_key import journal_key, open_journal
from advisor.settings.settings import Settings
from advisor.training.rows.streamed import StreamedDataset

pytestmark = pytest.mark.tensorflow

RECIPE: Mapping[str, object] = {
    "varied": (("hidden", "kernel_regularizer", "l2"),),
    "batch_size": 20,
    "epochs": 5,
    "objective": "val_loss",
    "directions": {},
    "splits": "resample",
    "seed": 0,
    "learning_rates": None,
}


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    """Without the classes that other tests have registered with Keras."""
    import keras

    registry = keras.saving.get_custom_objects()
    kept = dict(registry)
    registry.clear()
    yield
    registry.update(kept)


def network(activation: Any = "relu") -> Any:
    import keras

    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, activation=activation, name="hidden")]
    )
    model.compile("adam", "mse")
    return model


def rows(count: int) -> Rows:
    x = np.arange(3 * count, dtype="float32").reshape(count, 3)
    return Rows(inputs=(x,), targets=(x[:, :2].copy(),), weights=np.ones(count, "float32"))


DATA = Dataset(source="data", sha256=None, train=rows(6), val=rows(4), groups=np.arange(10) // 2)


def key(
    model: Any = None,
    model_sha256: str | None = "1" * 64,
    dataset: Dataset | StreamedDataset = DATA,
    recipe: Mapping[str, object] = RECIPE,
    **settings: Any,
) -> str | None:
    return journal_key(
        model or network(), model_sha256, dataset, replace(Settings(), **settings), recipe
    )


def changed(part: str) -> Dataset:
    """The data with one number of one part changed by as little as can be."""
    train = DATA.train
    arrays = {"inputs": train.inputs[0], "targets": train.targets[0], "weights": train.weights}
    array = arrays[part].copy()  # type: ignore[union-attr]
    array.flat[0] = np.nextafter(array.flat[0], np.float32(9))
    return replace(DATA, train=replace(train, **{part: array if part == "weights" else (array,)}))


def test_equal_inputs_have_the_same_key() -> None:
    assert key() == key(dataset=replace(DATA, source="a copy", notes=("said",)))
    assert key() == key(budget=9.0, time_limit=3.0, arms="l2=0.1", policy="last", format="json")


@pytest.mark.parametrize(
    "given",
    [
        {"model_sha256": "2" * 64},
        {"dataset": changed("inputs")},
        {"dataset": changed("targets")},
        {"dataset": changed("weights")},
        {"dataset": replace(DATA, val=rows(5))},
        {"dataset": replace(DATA, train=replace(DATA.train, weights=None))},
        {"dataset": replace(DATA, train=DATA.train.take(np.array([1, 0, 2, 3, 4, 5])))},
        {"dataset": replace(DATA, groups=np.arange(10) // 3)},
        {"loss": "mae"},
        {"optimizer": "sgd"},
        {"trust": True},
        {"imports": ("json",)},
        {"use_test": True},
        *({"recipe": {**RECIPE, name: "another"}} for name in RECIPE),
    ],
    ids=str,
)
def test_whatever_changes_a_curve_changes_the_key(given: dict[str, Any]) -> None:
    assert key(**given) not in (None, key())


def test_the_setting_of_a_kernel_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = key()
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    assert key() == usual
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert key() != usual


def test_an_imported_module_counts_with_what_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_parts.py").write_text("SLOPE = 1\n", encoding="utf-8")
    (tmp_path / "own_layers.py").write_text("import own_parts\n", encoding="utf-8")
    __import__("own_layers")
    usual = key(imports=("own_layers",))
    assert key(imports=("own_layers",)) == usual
    (tmp_path / "own_parts.py").write_text("SLOPE = 2\n", encoding="utf-8")
    assert key(imports=("own_layers",)) not in (None, usual)


def test_what_cannot_be_told_from_others_has_no_journal() -> None:
    assert key(model_sha256=None) is None  # a live model
    stream = StreamedDataset(source="s", sha256=None, train=None, val=None, n_train=6, n_val=4)
    assert key(dataset=stream) is None
    assert key(dataset=replace(stream, sha256="3" * 64)) is not None
    texts = Rows(inputs=(np.array(["a", "b"], object),), targets=DATA.train.targets)
    assert key(dataset=replace(DATA, train=texts)) is None


def test_code_of_a_notebook_has_no_journal() -> None:
    def own(x: Any) -> Any:
        return x

    assert key(network(own)) is not None  # it is in this file
    own.__module__ = "a cell"
    assert key(network(own)) is None


def test_journal_is_in_the_users_cache_unless_switched_off(cache: Path) -> None:
    journal = open_journal(network(), "1" * 64, DATA, Settings(), RECIPE)
    assert journal is not None
    assert journal._path == cache / "advisor" / "probes" / f"{key()}.journal"
    off = replace(Settings(), journal=False)
    assert open_journal(network(), "1" * 64, DATA, off, RECIPE) is None


def started(demo: DemoFiles, cache: Path, *flags: str) -> "subprocess.Popen[str]":
    files = (demo.model, demo.history, "--data", demo.data)
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", "check", *map(str, files), "-f", "json", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
    )


def finished(demo: DemoFiles, cache: Path, *flags: str) -> tuple[str, str]:
    """The report without its timing, and what was said on stderr."""
    process = started(demo, cache, *flags)
    report, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    document = json.loads(report)
    del document["timing"]
    return json.dumps(document), said


def lines_in(cache: Path) -> list[str]:
    return [
        line
        for file in (cache / "advisor" / "probes").glob("*.journal")
        for line in file.read_text("ascii").splitlines()
        if line
    ]


def killed_in_the_race(demo: DemoFiles, cache: Path, trials: int) -> None:
    process = started(demo, cache)
    try:
        until = time.monotonic() + 300
        while len(lines_in(cache)) < trials and time.monotonic() < until:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.01)
        process.kill()
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_check_that_was_killed_goes_on_where_it_was(demo: DemoFiles, tmp_path: Path) -> None:
    whole, said = finished(demo, tmp_path / "whole")
    count = len(json.loads(whole)["probes"]["trials"])
    assert f"{count} probe trainings done, best" in said
    killed_in_the_race(demo, tmp_path / "killed", 4)
    kept = len(lines_in(tmp_path / "killed"))
    assert 4 <= kept < count
    resumed, said = finished(demo, tmp_path / "killed")
    assert resumed == whole
    assert f"{count} probe trainings done ({kept} from the journal)" in said
    lines = lines_in(tmp_path / "killed")
    assert len(lines) == len(set(lines)) == count  # only what was missing was trained
    assert sorted(lines) == sorted(lines_in(tmp_path / "whole"))  # and to the same last bit


def test_an_unwritable_cache_is_no_failure(demo: DemoFiles, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    _, said = finished(demo, tmp_path / "file", "--arms", "l2=0.01")
    assert "journal" not in said
