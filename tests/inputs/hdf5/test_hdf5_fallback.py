import gc
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow, whole_file
from advisor.inputs.hdf5 import child as hdf5_child
from advisor.inputs.hdf5 import fallback as hdf5_fallback
from advisor.inputs.hdf5 import read_hdf5
from tests.inputs.hdf5_samples import assert_reads_like_h5py, write_everything

UNUSUAL = {
    "chunks": {"chunks": (7, 4)},
    "resizable": {"chunks": (7, 4), "maxshape": (None, None)},
    "gzip": {"compression": "gzip"},
    "shuffle and checksums": {"compression": "gzip", "shuffle": True, "fletcher32": True},
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_reads_chunks_and_harmless_filters_through_h5py(name: str, tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((30, 10)).astype("f4")
    with h5py.File(tmp_path / "x", "w") as file:
        file.create_dataset("layers/dense/vars/0", data=values, **UNUSUAL[name])
        file.create_dataset("truth", data=values[0] > 0.5, chunks=(3,))
        file.create_dataset("cube", data=values.reshape(5, 6, 10).astype(">f8"), chunks=(2, 6, 3))
        file["layers/dense/vars"].attrs["name"] = "dense"
        file["whole"] = values
    content = (tmp_path / "x").read_bytes()
    (tmp_path / "y").write_bytes(b"in front" + content + b"behind")
    window = FileWindow(path=tmp_path / "y", offset=8, length=len(content))
    tree = assert_reads_like_h5py(window)
    assert tree.datasets["/whole"].window == window  # in place, not copied
    assert tree.datasets["/layers/dense/vars/0"].window != window


def test_reads_attributes_and_groups_in_fractal_heaps(tmp_path: Path) -> None:
    write_everything(tmp_path / "x", libver="latest", attributes=9)
    with h5py.File(tmp_path / "x", "a", libver="latest") as file:
        for number in range(100):
            file[f"many/{number}"] = np.full(3, number)
        file.attrs["nothing"] = h5py.Empty("f4")
        file.attrs["pair"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])
        del file.attrs["nothing"], file.attrs["pair"]
    tree = assert_reads_like_h5py(whole_file(tmp_path / "x"))
    assert tree.groups["/"]["truth"] == 1
    assert len(str(tree.groups["/"]["config"])) == 120_000


def test_leaves_out_attributes_that_are_no_numbers_or_text(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w", libver="latest") as file:
        for number in range(20):
            file.attrs[str(number)] = number
        file.attrs["nothing"] = h5py.Empty("f4")
        file.attrs["reference"] = file.ref
    tree = read_hdf5(whole_file(tmp_path / "x"), "x")
    assert tree.groups["/"] == {str(number): number for number in range(20)}


def test_reads_bfloat16_in_chunks(tmp_path: Path) -> None:
    words = np.array([[0x3F80, 0xC000], [0x7F80, 0x0000]], "<u2")  # 1, -2; inf, 0
    with h5py.File(tmp_path / "x", "w") as file:
        file.create_dataset("w", data=words.view("V2"), chunks=(1, 2))
        file["w"].attrs["dtype"] = "bfloat16"
    dataset = read_hdf5(whole_file(tmp_path / "x"), "x").datasets["/w"]
    assert (dataset.dtype, dataset.shape) == ("bfloat16", (2, 2))
    assert [chunk.tolist() for chunk in dataset.chunks(8)] == [[1.0, -2.0], [np.inf, 0.0]]


def test_values_in_one_piece_are_read_in_place_whatever_is_unusual(tmp_path: Path) -> None:
    values = np.arange(12, dtype="f4").reshape(3, 4)
    with h5py.File(tmp_path / "x", "w", libver="latest") as file:
        file["w"] = values
        for number in range(20):
            file.attrs[str(number)] = number
    dataset = read_hdf5(whole_file(tmp_path / "x"), "x").datasets["/w"]
    assert dataset.window.path == tmp_path / "x"
    assert np.concatenate(list(dataset.chunks(100))).tolist() == values.ravel().tolist()


def test_copied_values_go_when_nothing_refers_to_them(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        file.create_dataset("w", data=np.zeros(9, "f4"), chunks=(4,))
    tree = read_hdf5(whole_file(tmp_path / "x"), "x")
    dataset = tree.datasets["/w"]
    folder = dataset.window.path.parent
    del tree
    gc.collect()
    assert np.concatenate(list(dataset.chunks(100))).size == 9
    del dataset
    gc.collect()
    assert not folder.exists()


def unusual(path: Path) -> FileWindow:
    with h5py.File(path, "w") as file:
        file.create_dataset("w", data=np.zeros(9, "f4"), chunks=(4,))
    return whole_file(path)


def stand_in(monkeypatch: pytest.MonkeyPatch, path: Path, code: str) -> None:
    """Let another script stand in for libhdf5 gone wrong."""
    path.write_text(code)
    monkeypatch.setattr(hdf5_fallback, "CHILD", path)


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_a_child_that_hangs_is_stopped(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unusual(tmp_path / "x")
    stand_in(monkeypatch, tmp_path / "child.py", code)
    monkeypatch.setattr(hdf5_fallback, "SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"^x\.h5: .*in chunks.* h5py took too long reading it"):
        read_hdf5(window, "x.h5")
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(1)",
        "import os; os.kill(os.getpid(), 11)",
        "",
        "import sys; open(sys.argv[4] + '/index.json', 'w').write('')",
        "import sys; open(sys.argv[4] + '/index.json', 'w').write('[1]')",
        "import sys; open(sys.argv[4] + '/index.json', 'w').write('{\"groups\": []}')",
    ],
)
def test_a_child_that_dies_or_talks_nonsense_is_one_line(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unusual(tmp_path / "x")
    stand_in(monkeypatch, tmp_path / "child.py", code)
    with pytest.raises(InputError, match=r"^x\.h5: ") as caught:
        read_hdf5(window, "x.h5")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [-1]},
        {"shape": [1 << 62]},
        {"shape": [10]},
        {"shape": "9"},
        {"offset": 1 << 62},
        {"offset": -4},
        {"dtype": "object"},
        {"stored_as": "O"},
        {"stored_as": "<U9"},
        {"name": 3},
    ],
    ids=str,
)
def test_a_child_that_was_taken_over_cannot_lead_astray(
    change: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unusual(tmp_path / "x")
    entry = {
        "name": "/w",
        "shape": [9],
        "dtype": "float32",
        "stored_as": "<f4",
        "is_copied": True,
        "offset": 0,
    }
    code = """
import json, sys
open(sys.argv[4] + "/values", "wb").write(bytes(36))
index = {{"groups": {{"/": {{}}}}, "datasets": [{entry!r}]}}
open(sys.argv[4] + "/index.json", "w").write(json.dumps(index))
"""
    stand_in(monkeypatch, tmp_path / "child.py", code.format(entry=entry))
    assert read_hdf5(window, "x").datasets["/w"].shape == (9,)
    stand_in(monkeypatch, tmp_path / "child.py", code.format(entry=entry | change))
    with pytest.raises(InputError):
        read_hdf5(window, "x")


@pytest.mark.parametrize("attributes", [[], {"a": {}}, {"a": [1, "b"]}], ids=str)
def test_a_child_that_was_taken_over_cannot_give_other_attributes(
    attributes: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unusual(tmp_path / "x")
    code = """
import json, sys
open(sys.argv[4] + "/values", "wb").close()
index = {{"groups": {{"/": {attributes!r}}}, "datasets": []}}
open(sys.argv[4] + "/index.json", "w").write(json.dumps(index))
"""
    stand_in(monkeypatch, tmp_path / "child.py", code.format(attributes={"a": [1, 2]}))
    assert read_hdf5(window, "x").groups["/"] == {"a": (1, 2)}
    stand_in(monkeypatch, tmp_path / "child.py", code.format(attributes=attributes))
    with pytest.raises(InputError):
        read_hdf5(window, "x")


def test_a_child_cannot_have_the_same_bytes_read_over_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unusual(tmp_path / "x")
    code = """
import json, sys
open(sys.argv[4] + "/values", "wb").write(bytes(36))
entry = {"dtype": "uint8", "stored_as": "|u1", "is_copied": False, "offset": 0}
entries = [{**entry, "shape": [int(sys.argv[3])], "name": f"/{number}"} for number in range(2)]
open(sys.argv[4] + "/index.json", "w").write(json.dumps({"groups": {}, "datasets": entries}))
"""
    stand_in(monkeypatch, tmp_path / "child.py", code)
    with pytest.raises(InputError, match="its datasets overlap"):
        read_hdf5(window, "x")


def limited(code: str) -> int:
    """The exit status of `code` in a process with the child's limits, of 1 second."""
    limits = f"import runpy; runpy.run_path({hdf5_child.__file__!r})['limit'](1)"
    ran = subprocess.run(
        [sys.executable, "-c", f"{limits}\n{code}"],
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )
    return ran.returncode


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no limit of address space")
def test_the_child_cannot_take_all_memory_time_or_room(tmp_path: Path) -> None:
    assert limited("bytearray(100 << 20)") == 0
    assert limited("bytearray(4 << 30)") == 1
    assert limited("while True: pass") < 0
    write = f"f = open({str(tmp_path / 'x')!r}, 'wb'); f.truncate({{}})"
    assert limited(write.format(4 << 30)) == 0
    assert limited(write.format((4 << 30) + 1)) == 1


def test_the_child_imports_nothing_of_advisor_or_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with a file named h5py.py must not have it run."""
    window = unusual(tmp_path / "x")
    (tmp_path / "h5py.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert read_hdf5(window, "x").datasets["/w"].shape == (9,)
    code = f"import runpy, sys; runpy.run_path({hdf5_child.__file__!r}); print(*sys.modules)"
    listed = subprocess.check_output([sys.executable, "-I", "-c", code], text=True)
    assert not {"advisor", "numpy", "h5py"} & set(listed.split())
