import hashlib
import io
import os
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow, sha256_of, shown, shown_name, whole_file


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    path = tmp_path / "digits.bin"
    path.write_bytes(b"0123456789")
    return path


def test_reads_count_from_the_windows_own_beginning(digits: Path) -> None:
    window = FileWindow(path=digits, offset=2, length=5)
    assert window.read(0, 5) == b"23456"
    assert window.read(1, 2) == b"34"
    assert window.magic(3) == b"234"
    assert window.magic(8) == b"23456"
    assert window.read(5, 0) == b""


def test_a_part_counts_from_its_own_beginning(digits: Path) -> None:
    part = FileWindow(path=digits, offset=2, length=5).part(1, 3)
    assert (part.offset, part.length, part.read(0, 3)) == (3, 3, b"345")


@pytest.mark.parametrize(("offset", "size"), [(0, 6), (5, 1), (-1, 2), (0, -1), (1 << 70, 1)])
def test_nothing_beyond_the_window_is_read(digits: Path, offset: int, size: int) -> None:
    window = FileWindow(path=digits, offset=2, length=5)
    with pytest.raises(InputError, match=r"^digits\.bin: damaged or cut short"):
        window.read(offset, size)
    with pytest.raises(InputError, match=r"^digits\.bin: damaged or cut short"):
        window.part(offset, size)


def test_a_file_that_shrank_after_it_was_measured_is_cut_short(digits: Path) -> None:
    window = whole_file(digits)
    digits.write_bytes(b"0123")
    with pytest.raises(InputError, match="damaged or cut short: 10 bytes are expected"):
        window.read(0, 10)


def test_fills_a_buffer_even_where_the_system_gives_less_at_once(digits: Path) -> None:
    class Hesitant(io.FileIO):
        def readinto(self, buffer: memoryview) -> int:
            return super().readinto(buffer[:3])

    found = bytearray(7)
    with Hesitant(digits) as file:
        whole_file(digits).read_into(file, 3, memoryview(found))
    assert found == b"3456789"


def test_a_missing_file_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^gone\.keras: cannot be read: No such file"):
        whole_file(tmp_path / "gone.keras")


def test_what_would_block_or_never_end_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.keras")
    for path in (tmp_path, tmp_path / "pipe.keras", Path("/dev/zero")):
        with pytest.raises(InputError, match="is not a regular file"):
            whole_file(path)
        with pytest.raises(InputError, match="is not a regular file"):
            sha256_of(path)


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(InputError, match=r"^'a\\x00b': cannot be read"):
        whole_file(Path("a\0b"))


def test_sha256_is_that_of_the_bytes(digits: Path) -> None:
    assert sha256_of(digits) == hashlib.sha256(b"0123456789").hexdigest()


def test_names_from_files_cannot_steer_a_terminal() -> None:
    assert shown("dense\x1b[2J\n") == "'dense\\x1b[2J\\n'"
    assert shown("\u202egnp.exe") == "'\\u202egnp.exe'"
    assert shown("a" * 100) == repr("a" * 77 + "...")
    assert shown_name(Path("x\x1b.keras")) == "'x\\x1b.keras'"
