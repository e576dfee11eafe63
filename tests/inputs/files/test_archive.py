import random
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.inputs.files import archive as archive_module
from advisor.inputs.files.archive import open_archive

CONFIG = b'{"class_name": "Sequential"}'
WEIGHTS = random.Random(0).randbytes(3_000_000)
CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def zipped(path: Path, members: list[tuple[str, bytes]], *, compression: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    members = [("config.json", CONFIG), ("model.weights.h5", WEIGHTS), ("assets/a/b.txt", b"ab")]
    return zipped(tmp_path / "model.keras", members)


def edited(path: Path, edit: Callable[[bytearray], None]) -> Path:
    content = bytearray(path.read_bytes())
    edit(content)
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught, open_archive(path) as found:
        for name in found.names:
            found.window(name)
    message = str(caught.value)
    assert message.startswith("model.keras: ")
    assert message.isprintable()
    return message


def test_a_stored_member_is_read_where_it_lies(model: Path) -> None:
    with open_archive(model) as found:
        assert found.names == ("config.json", "model.weights.h5", "assets/a/b.txt")
        assert found.text("config.json", 100) == CONFIG
        window = found.window("model.weights.h5")
        assert window.path == model
        assert window.offset == model.read_bytes().index(WEIGHTS[:100])
        assert window.read(0, window.length) == WEIGHTS


def test_a_deflated_member_is_inflated_into_a_file_that_goes_with_the_archive(
    tmp_path: Path,
) -> None:
    compressible = WEIGHTS[:1000] * 3000
    members = [("config.json", CONFIG), ("model.weights.h5", compressible)]
    path = zipped(tmp_path / "model.keras", members, compression=zipfile.ZIP_DEFLATED)
    with open_archive(path) as found:
        assert found.text("config.json", 100) == CONFIG
        window = found.window("model.weights.h5")
        assert window.path != path
        assert window.read(0, window.length) == compressible
        assert found.window("model.weights.h5") is window
    assert not window.path.parent.exists()


@pytest.mark.parametrize("pieces", [0, 1, 3])
@pytest.mark.parametrize("more", [0, 1, 2, 257, 258, 259, 300])
def test_inflates_whatever_length_ends_a_piece(pieces: int, more: int, tmp_path: Path) -> None:
    content = bytes(pieces * archive_module.PIECE + more)
    path = zipped(tmp_path / "model.keras", [("w", content)], compression=zipfile.ZIP_DEFLATED)
    with open_archive(path) as found:
        assert found.text("w", 1 << 30) == content


def test_needs_no_temporary_folder_for_what_keras_writes(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryDirectory", pytest.fail)
    with open_archive(model) as found:
        assert found.window("model.weights.h5").length == len(WEIGHTS)


def test_reads_an_archive_with_something_in_front_of_it_and_a_comment_behind(model: Path) -> None:
    content = model.read_bytes()
    with zipfile.ZipFile(model, "a") as file:
        file.comment = b"x" * 65_535
    model.write_bytes(b"#!/bin/sh\n" * 10 + model.read_bytes())
    assert len(model.read_bytes()) == len(content) + 65_535 + 100
    with open_archive(model) as found:
        assert found.text("config.json", 100) == CONFIG
        assert found.window("model.weights.h5").read(0, 50) == WEIGHTS[:50]


def test_reads_the_64_bit_sizes_that_keras_asks_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        for name, content in (("config.json", CONFIG), ("model.weights.h5", WEIGHTS)):
            with file.open(name, "w", force_zip64=True) as member:
                member.write(content)
    with open_archive(tmp_path / "model.keras") as found:
        assert found.text("config.json", 100) == CONFIG
        assert found.window("model.weights.h5").read(0, 50) == WEIGHTS[:50]


def test_a_missing_member_is_named(model: Path) -> None:
    with (
        open_archive(model) as found,
        pytest.raises(InputError, match=r"^model\.keras: has no metadata\.json; save"),
    ):
        found.text("metadata.json", 100)


def test_a_text_over_its_limit_is_not_read(model: Path) -> None:
    with (
        open_archive(model) as found,
        pytest.raises(InputError, match="has 28 bytes; more than 27 is not read"),
    ):
        found.text("config.json", 27)


def test_a_zip_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("b", "w") as member:
        for _ in range(65):
            member.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    assert "declares 68,157,440 bytes out of" in refusal(path)


def test_a_bomb_that_declares_less_than_it_holds_is_stopped_at_what_it_declares(
    tmp_path: Path,
) -> None:
    path = zipped(tmp_path / "model.keras", [("b", bytes(50 << 20))], compression=8)

    def understate(content: bytearray) -> None:
        for signature, place in ((LOCAL, 22), (CENTRAL, 24)):
            struct.pack_into("<I", content, content.index(signature) + place, 1000)

    assert refusal(edited(path, understate)) == (
        "model.keras: 'b' in it is damaged; save or copy it again"
    )


@pytest.mark.parametrize("size", [0xFFFF_FFFE, 4_000_000])
def test_a_stored_member_larger_than_the_file_is_refused(model: Path, size: int) -> None:
    def overstate(content: bytearray) -> None:
        struct.pack_into("<II", content, content.rindex(CENTRAL) + 20, size, size)

    assert f"'assets/a/b.txt' declares {size:,} bytes" in refusal(edited(model, overstate))


def test_a_stored_member_has_one_size(model: Path) -> None:
    def understate(content: bytearray) -> None:
        struct.pack_into("<I", content, content.index(CENTRAL) + 24, 3)

    assert "'config.json' has two different sizes" in refusal(edited(model, understate))


def test_overlapping_members_are_refused(model: Path) -> None:
    def overlap(content: bytearray) -> None:
        """The weights begin in the middle of themselves, with a header of their own there."""
        header = content.index(LOCAL, content.index(b"config.json") + 1)
        inner = header + 1000
        content[inner : inner + 46] = content[header : header + 46]
        entry = content.rindex(CENTRAL)
        assert content[entry + 46 : entry + 52] == b"assets"
        struct.pack_into("<I", content, header + 18, 2_000_000)
        content[inner + 30 : inner + 44] = b"assets/a/b.txt"
        struct.pack_into("<HH", content, inner + 26, 14, 0)
        struct.pack_into("<I", content, entry + 42, inner)

    assert "overlap" in refusal(edited(model, overlap))


def test_a_member_that_runs_into_the_directory_is_refused(model: Path) -> None:
    def lengthen(content: bytearray) -> None:
        entry = content.rindex(CENTRAL)
        struct.pack_into("<II", content, entry + 20, 60, 60)

    assert "overlap" in refusal(edited(model, lengthen))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "model.keras", [("config.json", CONFIG), ("config.json", b"{}")])
    assert "'config.json' is in it twice" in refusal(path)


def test_an_encrypted_member_is_refused(model: Path) -> None:
    def encrypt(content: bytearray) -> None:
        content[content.index(CENTRAL) + 8] |= 1

    assert "'config.json' is encrypted" in refusal(edited(model, encrypt))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path: Path, compression: int) -> None:
    path = zipped(tmp_path / "model.keras", [("config.json", CONFIG)], compression=compression)
    assert f"'config.json' is compressed by method {compression}" in refusal(path)


@pytest.mark.parametrize(
    "name", ["../config.json", "/etc/passwd", "a/../../b", "..", "a\\b", "C:/x", "a\x1b[2J/../b"]
)
def test_names_that_leave_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    message = refusal(zipped(tmp_path / "model.keras", [(name, b"")]))
    assert "has a name that no model has" in message or "has an absolute path" in message


def test_a_name_with_a_nul_is_refused(model: Path) -> None:
    def cut(content: bytearray) -> None:
        for start in (content.index(b"config.json"), content.rindex(b"config.json")):
            content[start + 6] = 0

    assert "has a name that no model has" in refusal(edited(model, cut))


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("config.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        file.writestr(link, "/etc/passwd")
    assert "is a symbolic link" in refusal(tmp_path / "model.keras")


def test_a_directory_that_points_at_the_wrong_place_is_refused(model: Path) -> None:
    def move(content: bytearray) -> None:
        struct.pack_into("<I", content, content.index(CENTRAL) + 42, 7)

    assert "'config.json' is not where the archive's directory says" in refusal(edited(model, move))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_flipped_bit_in_the_weights_is_noticed(compression: int, tmp_path: Path) -> None:
    members = [("w", WEIGHTS[:500] * 99)]
    path = zipped(tmp_path / "model.keras", members, compression=compression)

    def flip(content: bytearray) -> None:
        content[200] ^= 0x55

    assert "'w' in it is damaged" in refusal(edited(path, flip))


def test_compressed_bytes_behind_the_end_of_a_stream_are_noticed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "model.keras", [("w", WEIGHTS[:500] * 99)], compression=8)

    def lengthen(content: bytearray) -> None:
        """The stream ends 4 bytes before its member does."""
        entry, end = content.index(CENTRAL), content.index(END)
        content[entry:entry] = b"more"
        (size,) = struct.unpack_from("<I", content, entry + 4 + 20)
        struct.pack_into("<I", content, entry + 4 + 20, size + 4)
        struct.pack_into("<I", content, end + 4 + 16, entry + 4)

    assert "'w' in it is damaged" in refusal(edited(path, lengthen))


def test_says_where_there_is_no_room_to_inflate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "model.keras", [("w", b"abc" * 99)], compression=8)

    def full(prefix: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    assert "no room to decompress 'w': No space left on device; set TMPDIR" in refusal(path)


def test_a_crowd_of_members_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "model.keras", [(str(number), b"") for number in range(4097)])
    assert "has 4,097 members" in refusal(path)


def test_a_directory_of_any_size_is_not_read_into_memory(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "MAX_DIRECTORY_BYTES", 70_000)
    with open_archive(model) as found:
        assert "config.json" in found.names
    content = model.read_bytes()
    end = content.index(END)
    grown = bytearray(content[:end] + bytes(80_000) + content[end:])
    struct.pack_into("<I", grown, end + 80_000 + 12, 80_150)
    model.write_bytes(grown)
    assert "its directory is too large" in refusal(model)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99, 0.99999])
def test_a_file_cut_short_is_refused(model: Path, share: float) -> None:
    content = model.read_bytes()
    model.write_bytes(content[: int(len(content) * share)])
    assert "is not a readable zip archive" in refusal(model)
