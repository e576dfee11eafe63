"""`.npz` files as users save them, and as nobody should."""

import io
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.datasets import npz
from advisor.inputs.datasets.npz import read_npz

X = np.arange(24, dtype=np.float32).reshape(8, 3)
Y = np.arange(8) % 2


def saved(folder: Path, compressed: bool = False, **arrays: object) -> Path:
    path = folder / "data.npz"
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


def member(content: bytes, name: str = "x_train.npy", method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def npy(shape: str, values: bytes, descr: str = "'<f4'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values


def refusal(path: Path, *, use_test: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        read_npz(path, use_test=use_test)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("compressed", [False, True])
def test_training_and_validation_rows_come_back_as_saved(tmp_path, compressed):
    weights = np.linspace(0, 1, 8)
    parts = read_npz(
        saved(
            tmp_path,
            compressed,
            x_train=X,
            y_train=Y,
            x_val=X[:2],
            y_val=Y[:2],
            sample_weight=weights,
        ),
        use_test=False,
    )
    np.testing.assert_array_equal(parts.train.inputs[0], X)
    np.testing.assert_array_equal(parts.train.targets[0], Y)
    np.testing.assert_array_equal(parts.train.weights, weights)
    np.testing.assert_array_equal(parts.val.inputs[0], X[:2])
    assert parts.val.weights is None
    assert (parts.input_names, parts.target_names, parts.notes) == ((), (), ())


def test_arrays_in_fortran_order_are_read_in_their_own_order(tmp_path):
    turned = np.asfortranarray(X)
    parts = read_npz(saved(tmp_path, x=turned, y=Y), use_test=False)
    np.testing.assert_array_equal(parts.train.inputs[0], X)


def test_text_and_empty_rows_are_read(tmp_path):
    parts = read_npz(
        saved(tmp_path, x=np.array(["a", "böse"]), y=np.array([b"no", b"yes"])), use_test=False
    )
    assert parts.train.inputs[0].tolist() == ["a", "böse"]
    assert parts.train.targets[0].tolist() == ["no", "yes"]


def test_pickled_objects_are_refused_and_not_run(tmp_path):
    marker = tmp_path / "ran"

    class Payload:
        def __reduce__(self):
            return (Path.touch, (marker,))

    objects = np.empty(2, dtype=object)
    objects[:] = [Payload(), Payload()]
    path = tmp_path / "data.npz"
    np.savez(path, x_train=objects, y_train=Y[:2])
    assert refusal(path) == (
        "data.npz: 'x_train' holds Python objects, which only unpickling could read, and that"
        " runs code; save plain numbers or text, e.g. np.asarray(rows, dtype='float32')"
    )
    assert not marker.exists()


def test_a_bare_pickle_in_the_place_of_an_array_is_refused(tmp_path):
    path = tmp_path / "data.npz"
    path.write_bytes(member(pickle.dumps([1, 2])))
    assert refusal(path) == "data.npz: 'x_train' is no array of NumPy; save it again with np.savez"


@pytest.mark.parametrize(
    ("shape", "declared"),
    [("(1000000000, 1000)", "4,000,000,000,000"), ("(1,)", "4"), ("(-2, -1)", "8")],
)
def test_a_header_that_lies_is_refused_before_anything_is_allocated(tmp_path, shape, declared):
    path = tmp_path / "data.npz"
    path.write_bytes(member(npy(shape, b"\0" * 8)))
    assert f"declares shape {shape} of float32, which is {declared} bytes, but holds 8" in refusal(
        path
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x07\x00" + bytes(20),
        npy("(2,)", b"\0" * 8, descr="'<q9'"),
        npy("('a',)", b"\0" * 8),
        npy("(" * 300 + ")" * 300, b""),
        b"\x93NUMPY\x01\x00\xff\xffx",
    ],
)
def test_damaged_headers_are_refused(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(member(content))
    assert refusal(path) == "data.npz: 'x_train' is no array of NumPy; save it again with np.savez"


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path):
    path = tmp_path / "data.npz"
    path.write_bytes(member(npy("(20000000,)", bytes(80_000_000)), method=zipfile.ZIP_DEFLATED))
    assert "the member 'x_train.npy' declares 80,000" in refusal(path)


def test_records_are_refused(tmp_path):
    records = np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])
    path = saved(tmp_path, x=records, y=Y[:2])
    assert "holds [('a', '<f4'), ('b', '<i4')] values; give plain numbers or text" in refusal(path)


def test_an_archive_without_arrays_is_refused(tmp_path):
    path = tmp_path / "data.npz"
    path.write_bytes(member(b"{}", "config.json"))
    assert refusal(path) == "data.npz: holds no arrays; save them with np.savez"


def test_a_test_part_is_not_even_read_beside_a_validation_part(tmp_path):
    path = tmp_path / "data.npz"
    arrays = {"x_train": X, "y_train": Y, "x_val": X, "y_val": Y}
    file = io.BytesIO()
    np.savez(file, **arrays)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("x_test.npy", b"no array")
        archive.writestr("y_test.npy", b"no array")
    path.write_bytes(file.getvalue())
    for use_test in (False, True):
        found = read_npz(path, use_test=use_test)
        assert found.notes == ("The test part was left alone.",)


def test_large_arrays_stay_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "MAX_BYTES", 100)
    parts = read_npz(saved(tmp_path, x=X, y=Y), use_test=False)
    assert isinstance(parts.train.inputs[0].base, np.memmap)
    np.testing.assert_array_equal(parts.train.inputs[0], X)


def test_large_compressed_arrays_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "MAX_BYTES", 100)
    assert "save them with np.savez, uncompressed" in refusal(saved(tmp_path, True, x=X, y=Y))
