import io
import math
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow, whole_file
from advisor.inputs.hdf5 import Hdf5Tree, read_hdf5
from advisor.inputs.hdf5 import fallback as hdf5_fallback
from advisor.inputs.hdf5.checksum import lookup3
from tests.inputs.hdf5_samples import assert_reads_like_h5py, write_everything
from tests.inputs.keras_files import keras_files

KERAS_FILES = (
    "small.keras",
    "small.h5",
    "small.weights.h5",
    "sequence.keras",
    "sequence.h5",
    "sequence.weights.h5",
    "nested.keras",
    "nested.weights.h5",
    "bfloat16.weights.h5",
    "float16.weights.h5",
    "float64.weights.h5",
    "int8.weights.h5",
    "empty.keras",
)


@pytest.fixture
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where the file is handed to h5py instead of being read here."""

    def refuse(window: FileWindow, source: str, *, reason: str) -> Hdf5Tree:
        raise AssertionError(reason)

    monkeypatch.setattr(hdf5_fallback, "read_unusual", refuse)


@pytest.mark.tensorflow
@pytest.mark.usefixtures("no_child")
@pytest.mark.parametrize("name", KERAS_FILES)
def test_reads_what_keras_writes_bit_for_bit(name: str, tmp_path: Path) -> None:
    content = keras_files()[name]
    if name.endswith(".keras"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read("model.weights.h5")
    (tmp_path / "x").write_bytes(b"in front" + content + b"behind")
    assert_reads_like_h5py(FileWindow(path=tmp_path / "x", offset=8, length=len(content)))


@pytest.mark.tensorflow
def test_all_files_that_the_tests_build_are_compared() -> None:
    assert set(KERAS_FILES) == set(keras_files())


@pytest.mark.tensorflow
def test_tells_bfloat16_and_the_layers_name(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(keras_files()["bfloat16.weights.h5"])
    tree = read_hdf5(whole_file(tmp_path / "x"), "x")
    kernel = tree.datasets["/layers/dense/vars/0"]
    assert (kernel.dtype, kernel.shape) == ("bfloat16", (4, 8))
    assert isinstance(tree.groups["/layers/dense/vars"]["name"], str)


@pytest.mark.usefixtures("no_child")
@pytest.mark.parametrize(
    "libver", ["earliest", ("v108", "v108"), ("v110", "v110"), ("v112", "v112"), "latest"], ids=str
)
def test_reads_every_type_and_both_forms_of_groups(
    libver: Sequence[str] | str, tmp_path: Path
) -> None:
    write_everything(tmp_path / "x", libver=libver, attributes=9 if libver == "earliest" else 0)
    tree = assert_reads_like_h5py(whole_file(tmp_path / "x"))
    names = {path.split("/")[-1]: each.dtype for path, each in tree.datasets.items()}
    assert names["f2"] == "float16"
    assert names["?"] == "bool"
    assert names["u8"] == "uint64"


@pytest.mark.usefixtures("no_child")
def test_reads_small_attributes_of_the_newer_form(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w", libver="latest") as file:
        for number in range(8):
            file.attrs[f"number {number}"] = "text" * number
        file.create_group("g").attrs["shape"] = np.arange(5)
    assert_reads_like_h5py(whole_file(tmp_path / "x"))


@pytest.mark.usefixtures("no_child")
def test_reads_attributes_that_have_values_of_other_types_beside_them(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        file.attrs["name"] = "dense"
        file.attrs["nothing"] = h5py.Empty("f4")
        file.attrs["reference"] = file.ref
        file.attrs["pair"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])
    tree = read_hdf5(whole_file(tmp_path / "x"), "x")
    assert tree.groups["/"] == {"name": "dense"}


@pytest.mark.usefixtures("no_child")
def test_reads_a_group_of_many_members_in_the_order_of_their_names(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        for number in range(3000):
            file[f"group/{number}"] = np.float32(number)
    tree = assert_reads_like_h5py(whole_file(tmp_path / "x"))
    assert list(tree.datasets)[:4] == ["/group/0", "/group/1", "/group/10", "/group/100"]


@pytest.mark.usefixtures("no_child")
def test_names_need_not_be_ascii(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        file["schicht_ä/日本/\x1b[2J"] = np.zeros(2, "f4")
    tree = assert_reads_like_h5py(whole_file(tmp_path / "x"))
    assert "/schicht_ä/日本/\x1b[2J" in tree.datasets


@pytest.mark.usefixtures("no_child")
def test_reads_ieee_style_bfloat16(tmp_path: Path) -> None:
    kind = h5py.h5t.IEEE_F16LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_size(2)
    kind.set_ebias(127)
    with h5py.File(tmp_path / "x", "w") as file:
        space = h5py.h5s.create_simple((3,))
        created = h5py.h5d.create(file.id, b"values", kind, space)
        words = np.array([1.0, -2.5, math.inf], "f4")
        created.write(h5py.h5s.ALL, h5py.h5s.ALL, words)
    dataset = read_hdf5(whole_file(tmp_path / "x"), "x").datasets["/values"]
    assert dataset.dtype == "bfloat16"
    assert np.concatenate(list(dataset.chunks(8))).tolist() == [1.0, -2.5, math.inf]


@pytest.mark.parametrize("content", [b"", b"\x89HDF", b"PK\x03\x04" + bytes(100), bytes(100)])
def test_says_that_other_files_are_no_hdf5(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(InputError, match=r"^m\.h5: is not an HDF5 file"):
        read_hdf5(whole_file(tmp_path / "x"), "m.h5")


def test_checksum_agrees_with_its_author() -> None:
    # the driver of lookup3.c prints these two
    assert lookup3(b"") == 0xDEADBEEF
    assert lookup3(b"Four score and seven years ago") == 0x17770551


@pytest.mark.usefixtures("no_child")
def test_a_flipped_bit_in_the_newer_headers_is_noticed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w", libver="latest") as file:
        file["dense/kernel"] = np.zeros((2, 3), "f4")
        file.attrs["name"] = "dense"
    content = bytearray((tmp_path / "x").read_bytes())
    starts = [start for start in range(len(content)) if content[start : start + 4] == b"OHDR"]
    assert len(starts) == 3
    for start in (0, *starts):
        damaged = bytearray(content)
        damaged[start + 20] ^= 0x10
        (tmp_path / "x").write_bytes(damaged)
        with pytest.raises(InputError, match=r"^m\.h5: damaged HDF5 file: .*checksum"):
            read_hdf5(whole_file(tmp_path / "x"), "m.h5")


@pytest.mark.usefixtures("no_child")
def test_a_truncated_file_says_how_much_is_missing(tmp_path: Path) -> None:
    write_everything(tmp_path / "x", libver="earliest")
    content = (tmp_path / "x").read_bytes()
    (end,) = struct.unpack_from("<Q", content, 40)
    assert end == len(content)
    (tmp_path / "x").write_bytes(content[:-1])
    with pytest.raises(InputError, match=f"cut short: it had {end:,} bytes and has {end - 1:,}"):
        read_hdf5(whole_file(tmp_path / "x"), "m.h5")


def test_pairs_of_bytes_without_a_name_are_bfloat16_as_in_legacy_files(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        # 1.0, -2.0 and 0.5 are the upper halves of their float32 patterns.
        patterns = np.array([0x3F80, 0xC000, 0x3F00], dtype="<u2")
        file.create_dataset("kernel", data=patterns.view("V2"))
    dataset = read_hdf5(whole_file(tmp_path / "x.h5"), "x.h5").datasets["/kernel"]
    assert dataset.dtype == "bfloat16"
    assert np.concatenate(list(dataset.chunks(1 << 20))).tolist() == [1.0, -2.0, 0.5]
