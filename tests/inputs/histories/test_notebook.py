"""Notebooks hold what `fit` printed, in the outputs of their cells."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.inputs.history import read_history
from advisor.inputs.kinds import kind_of

PRINTED = """Epoch 1/2
25/25 - 1s - loss: 0.9 - val_loss: 0.8
Epoch 2/2
25/25 - 0s - loss: 0.7 - val_loss: 0.6
"""
SECOND = PRINTED.replace("0.9", "0.5").replace("0.7", "0.4")


def stream(text: str | list[str]) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def cell(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": ["model.fit(x, y)"], "outputs": list(outputs)}


def notebook(tmp_path: Path, *cells: dict[str, Any], **others: Any) -> Path:
    path = tmp_path / "train.ipynb"
    text = {"cell_type": "markdown", "source": "loss: 0.1"}
    document = {"cells": [text, *cells], "metadata": {}, "nbformat": 4, **others}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "outputs",
    [
        [stream(PRINTED)],
        [stream(PRINTED.splitlines(keepends=True))],
        [stream("Epoch 1/2\n"), stream(PRINTED.partition("\n")[2])],
        [{"output_type": "execute_result", "data": {"text/plain": [PRINTED]}}],
        [stream("hello"), {"output_type": "display_data", "data": {"image/png": "x"}},
         stream(PRINTED)],
    ],
)  # fmt: skip
def test_the_output_of_fit_is_read(outputs: list[dict[str, Any]], tmp_path: Path) -> None:
    path = notebook(tmp_path, cell(*outputs))
    history = read_history(path)
    assert kind_of(path) == "history"
    assert history.train["loss"].values == (0.9, 0.7)
    assert history.validation["loss"].values == (0.8, 0.6)
    assert history.steps_per_epoch == 25


def test_the_last_training_is_read_and_the_others_counted(tmp_path: Path) -> None:
    history = read_history(notebook(tmp_path, cell(stream(PRINTED)), cell(stream(SECOND))))
    assert history.train["loss"].values == (0.5, 0.4)
    assert "the notebook holds 2 trainings: the last one is read" in history.notes


def test_worksheets_of_version_3_are_read(tmp_path: Path) -> None:
    sheets = [{"cells": [cell(stream(PRINTED))]}]
    history = read_history(notebook(tmp_path, nbformat=3, worksheets=sheets))
    assert history.train["loss"].values == (0.9, 0.7)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([], "is a notebook without the output of `fit`"),
        ([stream("done")], "is a notebook without the output of `fit`"),
        ([stream("my loss is low")], "holds no finished epoch of a training"),
        ([{"output_type": "stream", "text": {"loss": [1]}}], "is a notebook without"),
    ],
)
def test_a_notebook_without_a_training_is_refused(
    outputs: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"train.ipynb: {message}"):
        read_history(notebook(tmp_path, cell(*outputs)))
