import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5 import read_hdf5
from tests.inputs.keras_files import keras_files


def test_what_is_not_finite_arrives_as_it_is(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        file["w"] = np.array([math.nan, math.inf, -math.inf], "f4")
    (chunk,) = read_hdf5(whole_file(tmp_path / "x"), "x").datasets["/w"].chunks(100)
    assert np.isnan(chunk[0])
    assert chunk[1:].tolist() == [math.inf, -math.inf]


def sizes(path: Path, shape: tuple[int, ...], max_bytes: int, dtype: str = "f4") -> list[int]:
    with h5py.File(path, "w") as file:
        file["w"] = np.zeros(shape, dtype)
    dataset = read_hdf5(whole_file(path), "x").datasets["/w"]
    return [chunk.size for chunk in dataset.chunks(max_bytes)]


@pytest.mark.parametrize(
    ("shape", "max_bytes", "expected"),
    [
        ((7, 3), 24, [6, 6, 6, 3]),  # 24 bytes hold 6 floats, 2 rows
        ((7, 3), 35, [6, 6, 6, 3]),  # 8 floats hold 2 rows
        ((7, 3), 1000, [21]),
        ((2, 2, 5), 40, [10, 10]),  # the last axis has 5
        ((2, 5), 12, [3, 2, 3, 2]),  # 3 floats, less than a row: no chunk spans two rows
        ((10,), 12, [3, 3, 3, 1]),
        ((), 100, [1]),
        ((3,), 1, [1, 1, 1]),  # never less than one value
        ((0, 4), 100, []),
        ((4, 0), 100, []),
    ],
)
def test_chunks_hold_whole_rows(
    shape: tuple[int, ...], max_bytes: int, expected: list[int], tmp_path: Path
) -> None:
    assert sizes(tmp_path / "x", shape, max_bytes) == expected


@pytest.mark.tensorflow
def test_chunks_of_bfloat16_are_bounded_as_they_arrive(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(keras_files()["bfloat16.weights.h5"])
    kernel = read_hdf5(whole_file(tmp_path / "x"), "x").datasets["/layers/dense/vars/0"]
    # (4, 8) values, 4 bytes each once they are float32: 100 bytes hold 3 rows
    assert [chunk.nbytes for chunk in kernel.chunks(100)] == [96, 32]


def test_a_chunk_that_is_kept_is_not_overwritten_by_the_next(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        file["w"] = np.arange(6, dtype="f4")
    chunks = list(read_hdf5(whole_file(tmp_path / "x"), "x").datasets["/w"].chunks(8))
    assert [chunk.tolist() for chunk in chunks] == [[0, 1], [2, 3], [4, 5]]


def test_a_file_that_shrinks_while_it_is_read_ends_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["w"] = np.zeros(100_000, "f4")
    dataset = read_hdf5(whole_file(path), "x.h5").datasets["/w"]
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(InputError, match=r"^x\.h5: damaged or cut short"):
        list(dataset.chunks(1 << 20))
