"""The table of formats: each knows its own files, and users are told of all of them."""

import json
from pathlib import Path

import pytest
import typer

from advisor.cli.app import app
from advisor.inputs.histories import formats
from advisor.inputs.histories.formats import FORMATS, HistoryFormat
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import LoggedColumn, RunLog
from advisor.inputs.history import read_history

README = Path(__file__).parents[3] / "README.md"
EVENTS = bytes(8) + b"crc0" + b"\x1a\rbrain.Event:2"
STARTS = [
    (".npz", b"PK\x03\x04"),
    (".npy", b"\x93NUMPY\x01\x00"),
    ("pickle", b"\x80\x04\x95\x10"),
    ("pickle", b"(dp0\nVloss\np1\n"),
    ("printed output of fit", b"Epoch 1/5\n10/10 - 1s - loss: 0.5 - val_loss: 0.6\n"),
    ("notebook", b'{"cells": [], "metadata": {}, "nbformat": 4}'),
    ("TensorBoard", EVENTS),
    ("DVCLive", b"timestamp\tstep\tloss\n1795421578\t0\t0.5\n"),
    ("DVCLive", b"step\tloss\r\n0\t0.5\r\n"),
    ("MLflow", b"1795421578000 0.5 0\n"),
    ("MLflow", b"1795421578000 0.5"),
    ("JSON", b'{"loss": [1]}'),
    ("JSON", b'\xef\xbb\xbf \n[{"loss": 1}]'),
    ("JSON", b'"{\\"loss\\": [1]}"'),
    ("JSON", b"{'loss': [1]}"),
    ("CSV", b"epoch,loss\n0,1\n"),
    ("CSV", b'"epoch","loss"\n0,1\n'),
]


@pytest.mark.parametrize(("name", "content"), STARTS)
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    file = HistoryFile(tmp_path / "file")
    assert next(form for form in FORMATS if form.knows(file)).name == name


def test_every_format_has_a_file_here() -> None:
    assert {form.name for form in FORMATS} == {name for name, _ in STARTS}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_help_and_the_readme_name_every_format(form: HistoryFormat) -> None:
    command = typer.main.get_command(app)
    check = command.commands["check"]  # type: ignore[attr-defined]
    (helped,) = (option.help for option in check.params if option.name == "history")
    reads = README.read_text(encoding="utf-8").split("| histories | ", 1)[1].split("\n", 1)[0]
    assert form.name in helped
    assert form.name in reads.replace("`", "")
    assert form.is_file or form.folder


def test_a_row_is_all_that_a_format_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(files: HistoryFiles) -> RunLog:
        values = tuple(float(line[5:]) for line in files.only.text.split())
        return RunLog(columns={"loss": LoggedColumn(values=values)})

    row = HistoryFormat(
        name="Lines", is_file=True, knows=lambda file: file.start[:5] == b"loss=", read=read
    )
    monkeypatch.setattr(formats, "FORMATS", (row, *FORMATS))
    (tmp_path / "log").write_text("loss=1\nloss=0.5\n", encoding="utf-8")
    (tmp_path / "log.json").write_text(json.dumps({"loss": [3, 2]}), encoding="utf-8")
    assert read_history(tmp_path / "log").train["loss"].values == (1.0, 0.5)
    assert read_history(tmp_path / "log.json").train["loss"].values == (3.0, 2.0)


def test_text_is_not_read_to_know_a_format_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(EVENTS + bytes([0xFF]) * 600)
    file = HistoryFile(tmp_path / "file")
    assert next(form for form in FORMATS if form.is_file and form.knows(file)).name == "TensorBoard"
    assert len(file.start) == 512
