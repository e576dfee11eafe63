"""Models and histories are told apart by content, not by name."""

import json
import zipfile
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.inputs.kinds import kind_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "model"),
        (b"TFL3TFL3", "model"),
        (json.dumps({"metadata": {}, "weight_map": {"/a/vars": "x.h5"}}).encode(), "model"),
        (json.dumps({"class_name": "Sequential", "config": {}}).encode(), "model"),
        (json.dumps({"loss": [1.0], "val_loss": [1.0]}).encode(), "history"),
        (b"epoch,loss\n0,1.0\n", "history"),
        (b"\x80\x04\x95 pickle", "history"),
        (b"nonsense", "history"),
    ],
)
def test_files(tmp_path: Path, content: bytes, kind: str) -> None:
    file = tmp_path / "history.keras"
    file.write_bytes(content)
    assert kind_of(file) == kind


def test_a_zip_is_a_model_whatever_it_is_called(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "history.json", "w") as archive:
        archive.writestr("config.json", "{}")
    assert kind_of(tmp_path / "history.json") == "model"


def test_folders(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "dvclive").mkdir()
    assert kind_of(tmp_path / "model") == "model"
    assert kind_of(tmp_path / "dvclive") == "history"


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.keras: no such file"):
        kind_of(tmp_path / "none.keras")
