"""HDF5 structures written by hand: what is allowed and rare, and what is damaged."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5.attributes import AttributeReader
from advisor.inputs.hdf5.bytes import Cursor, Hdf5Bytes, UnusualLayout
from advisor.inputs.hdf5.datatypes import read_datatype, read_shape
from advisor.inputs.hdf5.headers import Message, read_messages
from advisor.inputs.hdf5.links import read_links

Open = Callable[[bytes], Hdf5Bytes]
FLOAT32 = bytes.fromhex("11201f0004000000" + "0000200017080017" + "7f000000")
INT8 = bytes.fromhex("1008000001000000" + "00000800")
ATTRIBUTE = struct.pack("<BBHHH", 1, 0, 2, len(INT8), 8) + b"a\0" + bytes(6)
ATTRIBUTE += INT8 + bytes(4) + struct.pack("<BBB5x", 1, 0, 0) + b"\x07"


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def write(content: bytes) -> Hdf5Bytes:
        (tmp_path / "x").write_bytes(content)
        return Hdf5Bytes(whole_file(tmp_path / "x"), "m.h5")

    return write


def fields(opened: Open, content: bytes) -> Cursor:
    return opened(content).cursor(0, len(content))


def message(kind: int, body: bytes, *, is_shared: bool = False) -> Message:
    return Message(kind=kind, is_shared=is_shared, body=body, address=0)


def edited(content: bytes, place: int, put: bytes) -> bytes:
    return content[:place] + put + content[place + len(put) :]


def enumeration(version: int, *members: str, base: bytes = INT8) -> bytes:
    names = (name.encode() + b"\0" for name in members)
    padded = (name + bytes(-len(name) % 8) if version < 3 else name for name in names)
    head = struct.pack("<BHBI", version << 4 | 8, len(members), 0, 1)
    return head + base + b"".join(padded) + bytes(range(len(members)))


@pytest.mark.parametrize(
    ("content", "name", "stored_as"),
    [
        (FLOAT32, "float32", "<f4"),
        (edited(FLOAT32, 1, b"\x21"), "float32", ">f4"),
        (INT8, "int8", "|i1"),
        (edited(INT8, 1, b"\x00"), "uint8", "|u1"),
        (enumeration(1, "FALSE", "TRUE"), "bool", "|i1"),
        (enumeration(3, "FALSE", "TRUE"), "bool", "|i1"),
        (enumeration(3, "TRUE", "FALSE"), "int8", "|i1"),
        (enumeration(1, "RED", "GREEN", "BLUEGREEN"), "int8", "|i1"),
        (enumeration(3, base=edited(INT8, 1, b"\x00")), "uint8", "|u1"),
    ],
)
def test_reads_types_of_numbers(opened: Open, content: bytes, name: str, stored_as: str) -> None:
    found = read_datatype(fields(opened, content))
    assert (found.kind, found.name, found.stored_as) == ("number", name, stored_as)


@pytest.mark.parametrize(
    "content",
    [
        edited(INT8, 4, b"\x03"),  # 3 bytes
        edited(INT8, 8, b"\x01"),  # from bit 1 on
        edited(INT8, 10, b"\x07"),  # 7 bits
        edited(FLOAT32, 4, b"\x08"),  # 8 bytes with the parts of 4
        edited(FLOAT32, 13, b"\x09"),  # 9 bits of exponent
        edited(FLOAT32, 1, b"\x61"),  # VAX byte order
    ],
)
def test_leaves_unusual_numbers_to_h5py(opened: Open, content: bytes) -> None:
    with pytest.raises(UnusualLayout):
        read_datatype(fields(opened, content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        FLOAT32[:12],
        edited(FLOAT32, 0, b"\x01"),  # version 0
        edited(FLOAT32, 0, b"\xf1"),  # version 15
        edited(FLOAT32, 4, bytes(4)),  # values of no bytes
        enumeration(3, "FALSE", base=FLOAT32),
        enumeration(3, "FALSE")[:24],  # the name has no end
        edited(enumeration(3, "FALSE"), 1, b"\xff\xff"),  # 65,535 names
    ],
)
def test_refuses_types_that_are_none(opened: Open, content: bytes) -> None:
    with pytest.raises(InputError, match=r"^m\.h5: damaged HDF5 file: "):
        read_datatype(fields(opened, content))


def test_a_shape_may_be_scalar_null_or_have_maxima(opened: Open) -> None:
    assert read_shape(fields(opened, bytes([1, 0, 0, 0, 0, 0, 0, 0]))) == ()
    assert read_shape(fields(opened, bytes([2, 0, 0, 0]))) == ()
    assert read_shape(fields(opened, bytes([2, 0, 0, 2]))) is None
    lengths = struct.pack("<4Q", 2, 3, 2, 3)
    assert read_shape(fields(opened, bytes([2, 2, 1, 1]) + lengths)) == (2, 3)


@pytest.mark.parametrize(
    "content",
    [bytes([3, 0, 0, 0]), bytes([1, 33, 0]), bytes([2, 0, 4, 0]), bytes([2, 1, 0, 1, 9])],
)
def test_refuses_shapes_that_are_none(opened: Open, content: bytes) -> None:
    with pytest.raises(InputError, match=r"^m\.h5: damaged HDF5 file: "):
        read_shape(fields(opened, content))


def header(*messages: tuple[int, bytes], flags: int = 0) -> bytes:
    body = b"".join(
        struct.pack("<HHB3x", kind, len(content), flags) + content for kind, content in messages
    )
    return struct.pack("<BxH4xI4x", 1, len(messages), len(body)) + body


def test_reads_a_header_up_to_its_number_of_messages(opened: Open) -> None:
    content = header((1, b"abcdefgh"), (3, b"12345678"))
    found = read_messages(opened(content), 0)
    assert [(each.kind, each.body, each.address) for each in found] == [
        (1, b"abcdefgh", 24),
        (3, b"12345678", 40),
    ]
    assert len(read_messages(opened(edited(content, 2, b"\x01")), 0)) == 1


@pytest.mark.parametrize(
    "content",
    [
        bytes(16),
        edited(header((1, b"abcdefgh")), 0, b"\x02"),
        edited(header((1, b"abcdefgh")), 18, b"\x09"),  # longer than the header
        edited(header((1, b"abcdefgh")), 8, b"\xff\xff\xff\x00"),  # 16 MB
        header((0x10, struct.pack("<QQ", 16, 8))),  # continues in itself
        header((0x10, struct.pack("<QQ", 1 << 40, 8))),
        header((0x10, b"1234")),
        b"OHDR\x03\x00" + bytes(50),
        b"OHDR\x02\x00\x10" + bytes(50),  # a wrong checksum
        b"OHDR\x02\x03" + b"\xff" * 50,  # 16 EB
    ],
)
def test_refuses_headers_that_are_none(opened: Open, content: bytes) -> None:
    with pytest.raises(InputError, match=r"^m\.h5: "):
        read_messages(opened(content), 0)


def test_what_objects_share_is_left_to_h5py(opened: Open) -> None:
    file = opened(b"")
    with pytest.raises(UnusualLayout):
        AttributeReader(file).attributes([message(0x0C, ATTRIBUTE, is_shared=True)])
    shared_type = edited(ATTRIBUTE, 0, b"\x03\x01")
    with pytest.raises(UnusualLayout):
        AttributeReader(file).attributes([message(0x0C, shared_type)])


def test_reads_an_attribute(opened: Open) -> None:
    assert AttributeReader(opened(b"")).attributes([message(0x0C, ATTRIBUTE)]) == {"a": 7}


@pytest.mark.parametrize(
    "bodies",
    [
        [ATTRIBUTE, ATTRIBUTE],  # one name twice
        [edited(ATTRIBUTE, 0, b"\x04")],
        [ATTRIBUTE[:-1]],
        [edited(ATTRIBUTE, 2, b"\xff")],  # a name longer than all
        [edited(ATTRIBUTE, 8, b"\xff")],  # a name that is no UTF-8
    ],
)
def test_refuses_attributes_that_are_none(opened: Open, bodies: list[bytes]) -> None:
    with pytest.raises(InputError, match=r"^m\.h5: damaged HDF5 file: "):
        AttributeReader(opened(b"")).attributes([message(0x0C, body) for body in bodies])


def test_bounds_what_all_attributes_hold_together(opened: Open) -> None:
    reader = AttributeReader(opened(b""))
    many = edited(INT8, 4, struct.pack("<I", 1))
    body = struct.pack("<BxHHH", 1, 2, len(many), 16) + b"a\0" + bytes(6) + many + bytes(4)
    body += struct.pack("<BBB5xQ", 1, 1, 0, 50_000) + bytes(50_000)
    with pytest.raises(InputError, match="its attributes hold over 128 MB"):
        for _ in range(50):  # 65 bytes each as Python's numbers: 162 MB
            assert len(reader.attributes([message(0x0C, body)])["a"]) == 50_000  # type: ignore[arg-type]


def link(name: bytes, *, version: int = 1, flags: int = 0) -> bytes:
    return bytes([version, flags, len(name)]) + name + struct.pack("<Q", 800)


def test_reads_links_sorted_by_name(opened: Open) -> None:
    messages = [message(0x06, link(name)) for name in (b"b", b"\xc3\xa4", b"a", b"B")]
    assert [name for name, _ in read_links(opened(b""), messages)] == ["B", "a", "b", "ä"]


@pytest.mark.parametrize(
    "bodies",
    [
        [link(b"a"), link(b"a")],
        [link(b"a", version=2)],
        [link(b"")],
        [link(b".")],
        [link(b"a\0b")],
        [link(b"\xff")],
        [link(b"abc")[:5]],
        [b"\x01\x03" + b"\xff" * 8 + b"abc"],  # a name of 16 EB
        [link(b"a", flags=8)],  # the length is taken for a kind
    ],
)
def test_refuses_links_that_are_none(opened: Open, bodies: list[bytes]) -> None:
    with pytest.raises(InputError, match=r"^m\.h5: "):
        read_links(opened(b""), [message(0x06, body) for body in bodies])


def tree(level: int, *children: int) -> bytes:
    entries = b"".join(struct.pack("<QQ", 0, child) for child in children)
    return b"TREE\x00" + struct.pack("<BHQQ", level, len(children), 0, 0) + entries + bytes(8)


def group(*nodes: bytes, names: bytes = b"\0a\0b\0") -> bytes:
    """A local heap at 0 with its names at 32, and nodes every 100 bytes from 100 on."""
    heap = b"HEAP\x00" + struct.pack("<3xQQQ", len(names), 0, 32) + names
    return b"".join(part.ljust(100, b"\xee") for part in (heap, *nodes))


def leaf(*starts: int) -> bytes:
    entries = (struct.pack("<QQI20x", start, 800 + start, 0) for start in starts)
    return b"SNOD\x01\x00" + struct.pack("<H", len(starts)) + b"".join(entries)


SYMBOLS = struct.pack("<QQ", 100, 0)


def test_reads_the_older_form_of_groups(opened: Open) -> None:
    file = opened(group(tree(1, 200), tree(0, 300, 400), leaf(1), leaf(3)))
    assert read_links(file, [message(0x11, SYMBOLS)]) == [("a", 801), ("b", 803)]


@pytest.mark.parametrize(
    ("nodes", "what"),
    [
        ((tree(1, 200), tree(1, 300), leaf(1)), "levels out of order"),
        ((tree(1, 200), tree(2, 300), leaf(1)), "levels out of order"),
        ((tree(1, 100),), "runs in a circle"),
        ((tree(0, 200, 200), leaf(1)), "runs in a circle"),
        ((tree(0, 200), tree(0)), "no symbol table node"),
        ((tree(0, 10_000),), "lie beyond"),
        ((leaf(1),), "no tree of a group"),
        ((tree(0, 200), leaf(1, 1)), "stands twice"),
        ((tree(0, 200), leaf(0)), "'' is no name"),
        ((tree(0, 200), leaf(99)), "a name in a group is missing"),
        ((tree(0, 200), leaf(5)), "a name in a group is missing"),
        ((edited(tree(0), 6, b"\xff\xff"),), "lie beyond"),
    ],
)
def test_refuses_older_groups_that_are_none(
    opened: Open, nodes: tuple[bytes, ...], what: str
) -> None:
    with pytest.raises(InputError, match=what):
        read_links(opened(group(*nodes)), [message(0x11, SYMBOLS)])


def test_a_name_has_an_end(opened: Open) -> None:
    file = opened(group(tree(0, 200), leaf(1), names=b"\0" + b"a" * 60))
    with pytest.raises(InputError, match="a name in a group is missing"):
        read_links(file, [message(0x11, SYMBOLS)])
