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


def test_a_device_stays_a_device() -> None:
    before = Path("/dev/null").stat()
    atomic_write(Path("/dev/null"), "x")
    after = Path("/dev/null").stat()
    assert stat.S_ISCHR(after.st_mode)
    assert after.st_ino == before.st_ino


def test_a_pipe_gets_the_content_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        atomic_write(pipe, "content")
        assert os.read(reader, 100) == b"content"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_link_stays_one_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("old")
    (tmp_path / "link").symlink_to(Path("there") / "file")
    (tmp_path / "hanging").symlink_to("new")
    atomic_write(tmp_path / "link", "content")
    atomic_write(tmp_path / "hanging", "content")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_text() == "content"
    assert (tmp_path / "hanging").is_symlink()
    assert (tmp_path / "new").read_text() == "content"
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == ["file"]
