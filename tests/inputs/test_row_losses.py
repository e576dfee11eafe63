import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs import row_losses
from advisor.inputs.row_losses import matching_epochs, read_row_losses, rows_beside
from advisor.recorder.sidecar import Sidecar

LOSSES = np.array([[0.5, 1.5, 1.0], [0.25, 0.75, 0.5]])
SHA = "ab" * 32


def written(folder: Path) -> Path:
    sidecar = Sidecar(folder / "run.json")
    for epoch, losses in enumerate(LOSSES, start=1):
        assert sidecar.add(epoch, losses)
    sidecar.write(SHA, is_last=True)
    return sidecar.path


def test_a_sidecar_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert path == tmp_path / "run.rows.npz" == rows_beside(tmp_path / "run.json")
    found = read_row_losses(path, SHA)
    assert found.epochs == (1, 2)
    np.testing.assert_array_equal(found.losses, LOSSES)
    with np.load(path, allow_pickle=False) as archive:  # and NumPy reads it as well
        assert sorted(archive.files) == ["epochs", "losses", "val_sha256"]


def test_rows_of_another_number_or_beyond_the_limit_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidecar = Sidecar(tmp_path / "run.json")
    assert sidecar.add(1, LOSSES[0])
    assert not sidecar.add(2, LOSSES[0][:2])
    monkeypatch.setattr("advisor.recorder.sidecar.MAX_ROW_BYTES", 24)  # two epochs of three rows
    assert sidecar.add(2, LOSSES[1])
    assert not sidecar.add(3, LOSSES[1])


def test_a_write_that_fails_leaves_the_file_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    sidecar = Sidecar(tmp_path / "run.json")
    sidecar.add(1, LOSSES[0])
    monkeypatch.setattr("numpy.lib.format.write_array_header_1_0", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sidecar.write(SHA, is_last=True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["run.rows.npz"]


def packed(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


EPOCHS, FLOATS = np.array([1, 2]), LOSSES.astype("float32")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not"),
        (b"not a zip file at all", "not"),
        (packed(epochs=EPOCHS), "not a Recorder's file"),
        (packed(epochs=EPOCHS, losses=LOSSES), "not a Recorder's file"),  # float64
        (packed(epochs=EPOCHS, losses=FLOATS[0]), "not a Recorder's file"),
        (packed(epochs=EPOCHS / 1.0, losses=FLOATS), "not a Recorder's file"),
        (packed(epochs=EPOCHS[:1], losses=FLOATS), "shape"),
        (packed(epochs=EPOCHS[::-1], losses=FLOATS), "do not rise"),
        (packed(epochs=np.array([0, 1]), losses=FLOATS), "do not rise"),
        (packed(epochs=EPOCHS, losses=FLOATS), "other validation rows"),
        (packed(epochs=EPOCHS, losses=FLOATS, val_sha256=np.array("cd" * 32)), "other validation"),
        (packed(epochs=np.array([1, None]), losses=FLOATS), "Python objects"),
    ],
)
def test_what_is_no_sidecar_is_refused_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "run.rows.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as refused:
        read_row_losses(path, SHA)
    assert "\n" not in str(refused.value)


def test_a_header_that_lies_about_its_size_allocates_nothing(tmp_path: Path) -> None:
    header = io.BytesIO()
    shape = (2, 10**9)
    described = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, described)
    path = tmp_path / "run.rows.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("losses.npy", header.getvalue() + b"\0" * 24)
    with pytest.raises(InputError, match="declares shape"):
        read_row_losses(path, None)


def test_a_file_beyond_the_limit_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_losses, "MAX_ROW_BYTES", -(2**16))
    with pytest.raises(InputError, match="too many"):
        read_row_losses(written(tmp_path), SHA)


def test_epochs_whose_rows_do_not_make_up_the_logged_loss_are_left_out(tmp_path: Path) -> None:
    rows = read_row_losses(written(tmp_path), SHA)
    # means: (.5 + 1.5 + 1) / 3 = 1 and (.25 + .75 + .5) / 3 = .5
    assert matching_epochs(rows, {1: 1.0, 2: 0.5}, 0.01) is rows
    assert matching_epochs(rows, {1: 1.005, 2: 0.6}, 0.01).epochs == (1,)
    assert matching_epochs(rows, {2: 0.5}, 0.01).losses.tolist() == [[0.25, 0.75, 0.5]]
    assert matching_epochs(rows, {1: float("nan")}, 0.01).epochs == ()
