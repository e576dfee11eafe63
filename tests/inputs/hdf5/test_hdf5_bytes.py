import random
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5 import bytes as hdf5_bytes
from advisor.inputs.hdf5.bytes import PAGE, Hdf5Bytes

CONTENT = random.Random(0).randbytes(5 * PAGE + 100)


@pytest.fixture
def file(tmp_path: Path) -> Hdf5Bytes:
    (tmp_path / "x").write_bytes(CONTENT)
    return Hdf5Bytes(whole_file(tmp_path / "x"), "m.h5")


@pytest.mark.parametrize(
    "start", [0, 1, PAGE - 8, PAGE - 1, PAGE, 3 * PAGE - 4, 5 * PAGE, 5 * PAGE + 99]
)
@pytest.mark.parametrize("size", [0, 1, 8, 100, PAGE, PAGE + 1, 3 * PAGE])
def test_reads_the_bytes_that_are_there(file: Hdf5Bytes, start: int, size: int) -> None:
    for _ in range(2):  # the second time out of the cache
        if start + size <= len(CONTENT):
            assert file.read(start, size) == CONTENT[start : start + size]
        else:
            with pytest.raises(InputError, match=r"^m\.h5: damaged HDF5 file: .*lie beyond"):
                file.read(start, size)


@pytest.mark.parametrize(("start", "size"), [(-1, 1), (8, -1), (1 << 64, 1), (0, 1 << 64)])
def test_refuses_addresses_that_are_none(file: Hdf5Bytes, start: int, size: int) -> None:
    with pytest.raises(InputError, match="lie beyond"):
        file.read(start, size)


def test_forgets_pages_beyond_its_room(file: Hdf5Bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_bytes, "CACHED_PAGES", 2)
    for start in (0, PAGE, 2 * PAGE, 0, 4 * PAGE, PAGE):
        assert file.read(start, 9) == CONTENT[start : start + 9]
        assert len(file._pages) <= 2


def test_a_structure_over_64_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as sparse:
        sparse.truncate(1 << 30)
    file = Hdf5Bytes(whole_file(tmp_path / "x"), "m.h5")
    with pytest.raises(InputError, match="a structure at 5 has 67,108,865 bytes"):
        file.read(5, (64 << 20) + 1)


def test_work_without_end_ends(file: Hdf5Bytes) -> None:
    """A file of 80 kB gives 64 MB and 8 times its size of work: fewer than 800 times all of it."""
    with pytest.raises(InputError, match="refer to one another without end"):
        for _ in range(900):
            file.read(0, len(CONTENT))


def test_tiny_reads_cost_more_than_their_bytes(file: Hdf5Bytes) -> None:
    with pytest.raises(InputError, match="refer to one another without end"):
        for _ in range(300_000):  # 257 bytes each are 77 MB
            file.read(0, 1)


def test_a_cursor_takes_fields_in_order_and_not_beyond_the_end(file: Hdf5Bytes) -> None:
    cursor = file.cursor(100, 20)
    assert cursor.number(2) == int.from_bytes(CONTENT[100:102], "little")
    part = cursor.part(3, padded=True)
    assert (part.start, part.data, part.left) == (102, CONTENT[102:105], 3)
    assert (cursor.address, cursor.left) == (110, 10)
    with pytest.raises(InputError, match="a structure at 100 is too short"):
        cursor.take(11)
    cursor.skip(99)
    assert cursor.left == 0
