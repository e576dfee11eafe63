"""HDF5 files made to harm their reader: each way that was tried against Keras or h5py."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5 import fallback as hdf5_fallback
from tests.inputs.hostile_hdf5 import VALUES, edited, refusal, written

SHAPE_MESSAGE = struct.pack("<BBBx4x2Q", 1, 2, 1, 2, 3)  # version 1, rank 2, with maxima: (2, 3)


FLOAT_TYPE = bytes.fromhex("11201f0004000000" + "0000200017080017" + "7f000000")


@pytest.fixture(params=["earliest", "latest"])
def libver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["read here", "read by h5py"])
def unusual(request: pytest.FixtureRequest) -> Callable[[h5py.File], None]:
    """Makes the file one that h5py reads in the child process, for the second parameter."""

    def make(file: h5py.File) -> None:
        if request.param:
            file.create_dataset("!first", data=np.zeros(9), chunks=(4,))

    return make


def link_outside(file: h5py.File) -> None:
    file["secret"] = h5py.ExternalLink("/etc/passwd", "/")


def link_soft(file: h5py.File) -> None:
    file["other"] = h5py.SoftLink("/layers")


def link_to_nowhere(file: h5py.File) -> None:
    file["other"] = h5py.SoftLink("/gone")


def loop(file: h5py.File) -> None:
    file["layers/again"] = file["layers"]


def loop_to_root(file: h5py.File) -> None:
    file["layers/root"] = file["/"]


def second_name(file: h5py.File) -> None:
    file["copy"] = file["layers/dense/vars/0"]


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (link_outside, "link into another file|leads elsewhere"),
        (link_soft, "soft link|leads elsewhere"),
        (link_to_nowhere, "soft link|leads elsewhere"),
        (loop, "second name of one object"),
        (loop_to_root, "second name of one object"),
        (second_name, "second name of one object"),
    ],
)
def test_links_are_not_followed_elsewhere_or_in_circles(
    write: Callable[[h5py.File], object],
    what: str,
    libver: str,
    unusual: Callable[[h5py.File], None],
    tmp_path: Path,
) -> None:
    def both(file: h5py.File) -> None:
        unusual(file)
        write(file)

    assert any(each in refusal(written(tmp_path / "x", both, libver)) for each in what.split("|"))


def test_a_link_kind_of_someones_own_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x", link_outside, "latest")
    content = path.read_bytes()
    kind = content.index(b"secret") - 2  # before the name stand its length and the kind
    assert content[kind] == 64
    changed = content[:kind] + bytes([187]) + content[kind + 1 :]
    path.write_bytes(_with_checksums(changed))
    assert "'secret' is a link of an unknown kind" in refusal(path)


def _with_checksums(content: bytes) -> bytes:
    """The file with the checksum of its first group's header set right again."""
    from advisor.inputs.hdf5.checksum import lookup3

    (root,) = struct.unpack_from("<Q", content, 36)
    flags = content[root + 5]
    width = 1 << (flags & 3)
    start = root + 6 + (16 if flags & 0x20 else 0) + width
    size = int.from_bytes(content[start - width : start], "little")
    end = start + size
    checksum = struct.pack("<I", lookup3(content[root:end]))
    return content[:end] + checksum + content[end + 4 :]


def test_values_in_other_files_are_not_read(
    unusual: Callable[[h5py.File], None], tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_bytes(b"TOPSECRET" * 10)

    def write(file: h5py.File) -> None:
        unusual(file)
        external = [(str(tmp_path / "secret.txt"), 0, 24)]
        file.create_dataset("w", shape=(2, 3), dtype="f4", external=external)

    assert "'/w' has its values in another file" in refusal(written(tmp_path / "x", write))


def test_views_of_other_files_are_not_read(
    unusual: Callable[[h5py.File], None], tmp_path: Path
) -> None:
    def write(file: h5py.File) -> None:
        unusual(file)
        layout = h5py.VirtualLayout(shape=(2, 3), dtype="f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(2, 3))
        file.create_virtual_dataset("w", layout)

    message = refusal(written(tmp_path / "x", write))
    assert "'/w' is a view of other files" in message or "in another file" in message


@pytest.mark.parametrize("shape", [(2, 4), (1 << 40, 3), (1 << 63, 1 << 63), (0, 3)])
def test_a_shape_that_the_stored_bytes_do_not_fill(shape: tuple[int, int], tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: None)
    edited(path, SHAPE_MESSAGE, struct.pack("<2Q", *shape), place=8)
    assert "'/layers/dense/vars/0' needs" in refusal(path)


def test_a_shape_of_too_many_axes(tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: None)
    edited(path, SHAPE_MESSAGE, b"\xff", place=1)
    assert "damaged HDF5 file" in refusal(path)


@pytest.mark.parametrize("size", [1 << 40, 1 << 63, (1 << 64) - 1])
def test_values_that_lie_beyond_the_file(size: int, tmp_path: Path) -> None:
    """Shape, size and place agree with one another, and the file is not that long."""
    path = written(tmp_path / "x", lambda file: None)
    edited(path, SHAPE_MESSAGE, struct.pack("<2Q", size // 4, 1), place=8)
    content = path.read_bytes()
    layout = content.index(struct.pack("<BB", 3, 1), content.index(FLOAT_TYPE)) + 10
    assert struct.unpack_from("<Q", content, layout) == (24,)
    path.write_bytes(content[:layout] + struct.pack("<Q", size // 4 * 4) + content[layout + 8 :])
    assert "lies beyond" in refusal(path)


def test_values_that_were_declared_and_never_written(tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: file.create_dataset("w", (1 << 20, 1 << 20), "f4"))
    assert path.stat().st_size < 10_000
    assert "'/w' was never written" in refusal(path)


@pytest.mark.parametrize("shape", [(1 << 20, 1 << 20), (1 << 32, 1 << 32), (1 << 26,)])
def test_chunks_that_were_declared_and_never_written(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    def write(file: h5py.File) -> None:
        file.create_dataset("w", shape, "f4", chunks=(4,) * len(shape))

    assert "'/w' declares" in refusal(written(tmp_path / "x", write))


def test_chunks_that_inflate_without_end(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        zeros = np.zeros((1 << 22, 5), "f4")
        file.create_dataset("w", data=zeros, chunks=(1 << 20, 5), compression="gzip")

    path = written(tmp_path / "x", write)
    assert path.stat().st_size < 500_000
    assert "'/w' declares 83,886,080 bytes" in refusal(path)


def test_chunks_larger_than_what_they_are_part_of(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        file.create_dataset("w", (4,), "f4", maxshape=(None,), chunks=(1 << 28,))

    assert "'/w' declares" in refusal(written(tmp_path / "x", write))


def test_datasets_that_share_their_bytes(tmp_path: Path) -> None:
    """A thousand datasets over the same bytes would make a small file take for ever."""

    def write(file: h5py.File) -> None:
        file["w/first"] = np.ones(100_000, "f4")
        for number in range(50):  # never written, so without a place
            file.create_dataset(f"w/{number}", (100_000,), "f4")

    path = written(tmp_path / "x", write)
    with h5py.File(path) as file:
        place = file["w/first"].id.get_offset()
    nowhere = struct.pack("<QQ", (1 << 64) - 1, 400_000)
    content = path.read_bytes()
    assert content.count(nowhere) == 50
    path.write_bytes(content.replace(nowhere, struct.pack("<QQ", place, 400_000)))
    # 51 of 400,000 bytes, and 24 of the six values that every file here has
    assert "its datasets need 20,400,024 bytes and overlap" in refusal(path)


def need_a_plug_in(file: h5py.File) -> None:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 3))
    plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple((2, 3))
    created = h5py.h5d.create(file.id, b"w", h5py.h5t.IEEE_F32LE, space, plist)
    created.write_direct_chunk((0, 0), VALUES.tobytes())


def test_filters_that_need_a_plug_in_are_refused(tmp_path: Path) -> None:
    """libhdf5 would load every library in a folder to find the filter."""
    message = refusal(written(tmp_path / "x", need_a_plug_in))
    assert "'/w' needs a plug-in for the filters [32015]" in message


def test_the_child_has_plug_ins_switched_off_even_so(tmp_path: Path) -> None:
    code = f"""


import runpy, sys


child = runpy.run_path({str(hdf5_fallback.CHILD)!r})
child["main"](*sys.argv[1:])


import h5py
try:
    h5py.File(sys.argv[1])["w"][()]
except OSError as error:
    print(error)


"""
    window = whole_file(written(tmp_path / "x", need_a_plug_in))
    arguments = (window.path, 0, window.length, tmp_path, 9)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    assert "filter plugins disabled" in subprocess.check_output(command, text=True)


TEXT = h5py.string_dtype()


STRANGE = {
    "text": lambda file: file.create_dataset("w", data=["a", "b"], dtype=TEXT),
    "fixed text": lambda file: file.create_dataset("w", data=np.array([b"ab", b"c"])),
    "lists": lambda file: file.create_dataset("w", (2,), h5py.vlen_dtype("i4")),
    "references": lambda file: file.create_dataset("w", data=[file.ref], dtype=h5py.ref_dtype),
    "compounds": lambda file: file.create_dataset("w", data=np.zeros(3, "i4,f4")),
    "complex": lambda file: file.create_dataset("w", data=np.zeros(3, "c8")),
    "arrays": lambda file: file.create_dataset("w", (3,), np.dtype("(2,)f4")),
    "opaque": lambda file: file.create_dataset("w", data=np.zeros(3, "V5")),
    "nothing": lambda file: file.create_dataset("w", data=h5py.Empty("f4")),
    "a type": lambda file: file.__setitem__("w", np.dtype("f4")),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_not_numbers_is_refused(
    name: str, unusual: Callable[[h5py.File], None], tmp_path: Path
) -> None:
    def write(file: h5py.File) -> None:
        unusual(file)
        STRANGE[name](file)

    assert "'/w'" in refusal(written(tmp_path / "x", write))


def test_names_that_could_steer_a_terminal_are_escaped(tmp_path: Path) -> None:
    path = written(tmp_path / "x", lambda file: file.create_dataset("\x1b[2J", data=["a"]))
    assert r"'/\x1b[2J' holds text" in refusal(path)


def test_groups_that_nest_without_end(unusual: Callable[[h5py.File], None], tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        unusual(file)
        file.create_group("a/" * 3000)

    message = refusal(written(tmp_path / "x", write))
    assert "nest deeper than 64" in message or "too deep" in message
