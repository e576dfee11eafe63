"""Outputs are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from advisor.atomic import atomic_write
from advisor.errors import InputError


def test_writes_text_and_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", "größe\n")
    atomic_write(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "a").read_bytes() == "größe\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_new_files_follow_the_umask_and_replaced_ones_keep_their_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        atomic_write(tmp_path / "new", "x")
        (tmp_path / "old").write_text("old")
        (tmp_path / "old").chmod(0o600)
        atomic_write(tmp_path / "old", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == 0o600


def test_a_folder_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none/report.json: cannot be written: No such file"):
        atomic_write(tmp_path / "none" / "report.json", "x")


def test_a_target_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("kept")
    with pytest.raises(InputError, match="folder: cannot be written"):
        atomic_write(tmp_path / "folder", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "kept").read_text() == "kept"
