"""HDF5 files whose structures were edited so that they lead in circles or astray."""

import re
import struct
from pathlib import Path

import h5py
import pytest

from advisor.inputs import hdf5
from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5 import read_hdf5
from tests.inputs.hostile_hdf5 import edited, refusal, written


def test_text_that_many_attributes_share(tmp_path: Path) -> None:
    """One text of a megabyte in a heap, and 80,000 attributes that point at it."""
    texts = [chr(65 + number % 26) * 10 for number in range(4000)]

    def write(file: h5py.File) -> None:
        for number in range(20):
            file.create_group(f"group {number}").attrs["texts"] = texts
        file.attrs["long"] = "x" * (1 << 20)

    path = written(tmp_path / "x", write)
    content = path.read_bytes()
    start = content.index(b"x" * 1000) - 16  # where its number stands
    heap = content.rindex(b"GCOL", 0, start)
    number = int.from_bytes(content[start : start + 2], "little")
    places = [place for place in range(0, len(content), 8) if content[place : place + 4] == b"GCOL"]
    heaps = b"|".join(re.escape(struct.pack("<Q", place)) for place in places)
    short_text = re.compile(struct.pack("<I", 10) + b"(?:" + heaps + b")....", re.DOTALL)
    changed, count = short_text.subn(struct.pack("<IQI", 1 << 20, heap, number), content)
    assert count == 80_000
    path.write_bytes(changed)
    assert "attributes hold more text than it has bytes" in refusal(path)


@pytest.mark.parametrize("edit", ["root", "sibling", "leaf"])
def test_a_groups_tree_that_runs_in_a_circle(edit: str, tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: [file.create_group(f"{n}") for n in range(2000)])
    content = bytearray(path.read_bytes())
    root = next(
        start
        for start in range(0, len(content), 8)
        if content[start : start + 5] == b"TREE\x00" and content[start + 5] == 1
    )
    first, second = root + 32, root + 48
    if edit == "root":
        struct.pack_into("<Q", content, first, root)
    elif edit == "sibling":
        content[second : second + 8] = content[first : first + 8]
    else:
        (child,) = struct.unpack_from("<Q", content, first)
        struct.pack_into("<Q", content, child + 32, root)
    path.write_bytes(content)
    message = refusal(path)
    assert "levels out of order" in message or "circle" in message or "no symbol table" in message


def test_a_header_that_continues_in_itself(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        for number in range(30):
            file.attrs[f"attribute {number}"] = number

    path = written(tmp_path / "x", write)
    content = bytearray(path.read_bytes())
    (root,) = struct.unpack_from("<Q", content, 64)
    start = root + 16
    while struct.unpack_from("<H", content, start) != (0x10,):
        start += 8 + struct.unpack_from("<H", content, start + 2)[0]
    struct.pack_into("<Q", content, start + 8, root + 16)
    path.write_bytes(content)
    assert "continues in itself" in refusal(path)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, 1 << 62])
def test_a_heap_of_a_false_size(size: int, tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: file.attrs.__setitem__("name", "x" * 3000))
    edited(path, b"GCOL", struct.pack("<Q", size), place=8)
    assert "damaged HDF5 file" in refusal(path)


def test_a_long_name_that_all_members_of_a_group_share(tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: [file.create_group(f"g/{n:09}") for n in range(99)])
    content = path.read_bytes()
    for number in range(1, 99):
        content = content.replace(b"%09d" % number, b"%09d" % 0)
    path.write_bytes(content)
    assert "'000000000' stands twice in one group" in refusal(path)


def test_a_member_whose_name_is_a_path(tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: file.create_group("abcdefg"))
    edited(path, b"abcdefg", b"../../g")
    assert "'../../g' is no name of a group or dataset" in refusal(path)


def test_more_objects_than_any_model_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "MAX_OBJECTS", 10)
    path = written(tmp_path / "x", lambda file: [file.create_group(f"{n}") for n in range(5)])
    assert len(read_hdf5(whole_file(path), "x").groups) == 9
    path = written(tmp_path / "x", lambda file: [file.create_group(f"{n}") for n in range(7)])
    assert "has over 10 groups and datasets" in refusal(path)


@pytest.mark.parametrize(("place", "value"), [(8, 1), (8, 9), (13, 4), (24, 8)])
def test_a_first_block_of_another_form_goes_to_h5py_and_back(
    place: int, value: int, tmp_path: Path
) -> None:
    """Its version, the width of addresses, and the base that they count from."""
    path = written(tmp_path / "x", lambda file: None)
    content = bytearray(path.read_bytes())
    content[place] = value
    path.write_bytes(content)
    assert "an HDF5 file that Keras did not write" in refusal(path)
