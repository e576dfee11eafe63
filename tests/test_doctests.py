"""The examples in docstrings do what they show, in a folder with a model and a history."""

import doctest
import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import advisor
from tests.layers import PACKAGE, modules, name_of

MODEL = Path(__file__).parent / "inputs" / "old_files" / "keras3.0.5.keras"
WITHOUT_EXAMPLE = {"AdvisorError", "InconclusiveGateWarning", "__version__"}


def examples() -> Iterator[doctest.DocTest]:
    """Those of every module."""
    for module in modules():
        if ">>>" in (PACKAGE / module).read_text(encoding="utf-8"):
            name = ".".join(filter(None, ("advisor", name_of(module))))
            found = doctest.DocTestFinder().find(import_module(name), name)
            yield from (example for example in found if example.examples)


EXAMPLES = {example.name: example for example in examples()}
RECORDER = EXAMPLES.pop("advisor.recorder")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a model of an earlier Keras, and a history that rebounds."""
    shutil.copy(MODEL, tmp_path / "model.keras")
    falling = [0.5**epoch for epoch in range(30)]
    rebounding = [*falling[:6], *(0.04 * epoch for epoch in range(6, 30))]
    history = {"loss": falling, "val_loss": rebounding}
    (tmp_path / "history.json").write_text(json.dumps(history), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(example: doctest.DocTest, **names: object) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    example.globs = {**example.globs, **names}
    assert runner.run(example, out=said.append, clear_globs=False).failed == 0, "".join(said)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_what_it_shows(name: str) -> None:
    check(EXAMPLES[name])


@pytest.mark.tensorflow
def test_the_recorders_example_does_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras
    import numpy as np

    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    y = x[:, :1]
    check(RECORDER, model=model, x=x[:40], y=y[:40], x_val=x[40:], y_val=y[40:])


@pytest.mark.parametrize("name", sorted({*advisor.__all__} - WITHOUT_EXAMPLE))
def test_every_public_name_has_an_example_that_runs(name: str) -> None:
    run = {*EXAMPLES, RECORDER.name}
    named = {example for example in run if example.endswith(f".{name}")}
    assert named or advisor._HOMES[name] in run, f"{name}: write an example into its docstring"


def test_no_example_is_skipped() -> None:
    for example in (*EXAMPLES.values(), RECORDER):
        assert not any(doctest.SKIP in part.options for part in example.examples)
