"""HDF5 object headers: what a group or dataset says about itself, as a list of messages."""

from struct import Struct
from typing import NamedTuple

from advisor.inputs.hdf5.bytes import ITEM_COST, UNDEFINED, Cursor, Hdf5Bytes, UnusualLayout
from advisor.inputs.hdf5.checksum import lookup3

CONTINUATION = 0x10
MAX_MESSAGES = 65_535
MAX_BLOCK = 1 << 20  # a message has at most 64 kB, and libhdf5 gives large ones a block each
SHARED = 0x02
HAS_TIMES, HAS_LIMITS, HAS_ORDER = 0x20, 0x10, 0x04  # bits of a version 2 header's flags
PREFIX = Struct("<BxH4xI4x")  # version, number of messages, size
MESSAGE = Struct("<HHB3x")  # kind, size, flags
CHECKSUM_SIZE = 4
CHECKSUM_COST = 16  # a byte takes as long as this many bytes of reading


class Message(NamedTuple):  # a file holds thousands, and tuples are quick to make
    """One message: its kind as HDF5 numbers them, and its fields, still to be taken."""

    kind: int
    is_shared: bool
    body: bytes
    address: int  # of the body

    def fields(self, file: Hdf5Bytes) -> Cursor:
        """A cursor over the body."""
        if self.is_shared:
            raise UnusualLayout("it shares messages between objects")
        return Cursor(file=file, data=self.body, address=self.address)


def read_messages(file: Hdf5Bytes, address: int) -> list[Message]:
    """All messages of the object header at `address`, those of its continuations included."""
    if file.read(address, 4) == b"OHDR":
        return _read_version_2(file, address)
    return _read_version_1(file, address)


def require_compact(fields: Cursor, *, what: str, index_size: int) -> None:
    """UnusualLayout where an info message says that a fractal heap holds the object's `what`.

    `index_size` is that of the largest creation index, which stands there if the first flag is set.
    """
    fields.skip(1)
    flags = fields.number(1)
    fields.skip(index_size if flags & 0x1 else 0)
    if fields.number(8) != UNDEFINED:
        raise UnusualLayout(f"it stores {what} in a fractal heap")


def _read_version_1(file: Hdf5Bytes, address: int) -> list[Message]:
    version, expected, size = file.structure(address, PREFIX)
    if version != 1:
        raise file.damaged(f"no object header at {address}")
    messages: list[Message] = []
    blocks, visited = [(address + 16, size)], {address + 16}
    while blocks:
        block = _block(file, *blocks.pop(0))
        while block.left >= MESSAGE.size and len(messages) < expected:
            kind, size, flags = block.numbers(MESSAGE)
            messages.append(_message(block, kind, size, flags))
            if kind == CONTINUATION:
                _follow(file, messages[-1], blocks, visited)
    return messages


def _read_version_2(file: Hdf5Bytes, address: int) -> list[Message]:
    prefix = file.cursor(address, 6)
    prefix.skip(4)
    version, flags = prefix.number(1), prefix.number(1)
    if version != 2:
        raise file.damaged(f"no object header at {address}")
    start = address + 6 + (16 if flags & HAS_TIMES else 0) + (4 if flags & HAS_LIMITS else 0)
    width = 1 << (flags & 0x3)
    size = file.cursor(start, width).number(width)
    start += width
    _check(file, address, start + size - address)
    messages: list[Message] = []
    blocks, visited = [(start, size)], {start}
    while blocks:
        block = _block(file, *blocks.pop(0))
        shortest = 6 if flags & HAS_ORDER else 4
        while block.left >= shortest and len(messages) < MAX_MESSAGES:
            kind, length, message_flags = block.number(1), block.number(2), block.number(1)
            block.skip(shortest - 4)
            messages.append(_message(block, kind, length, message_flags))
            if kind == CONTINUATION:
                _follow_version_2(file, messages[-1], blocks, visited)
    return messages


def _block(file: Hdf5Bytes, start: int, size: int) -> Cursor:
    if size > MAX_BLOCK:
        raise file.damaged(f"an object header at {start} has {size:,} bytes")
    return file.cursor(start, size)


def _message(block: Cursor, kind: int, size: int, flags: int) -> Message:
    address = block.address
    block.file.spend(ITEM_COST + size)
    is_shared = bool(flags & SHARED)
    return Message(kind=kind, is_shared=is_shared, body=block.take(size), address=address)


def _follow(
    file: Hdf5Bytes, message: Message, blocks: list[tuple[int, int]], visited: set[int]
) -> None:
    fields = message.fields(file)
    start, size = fields.number(8), fields.number(8)
    if start in visited:
        raise file.damaged(f"the object header at {start} continues in itself")
    visited.add(start)
    blocks.append((start, size))


def _follow_version_2(
    file: Hdf5Bytes, message: Message, blocks: list[tuple[int, int]], visited: set[int]
) -> None:
    _follow(file, message, blocks, visited)
    start, size = blocks.pop()
    if file.read(start, 4) != b"OCHK":
        raise file.damaged(f"no object header continues at {start}")
    _check(file, start, size - CHECKSUM_SIZE)
    blocks.append((start + 4, size - 4 - CHECKSUM_SIZE))


def _check(file: Hdf5Bytes, start: int, size: int) -> None:
    """Verify the checksum that follows `size` bytes at `start`."""
    if not 0 <= size <= MAX_BLOCK:
        raise file.damaged(f"an object header at {start} has {size:,} bytes")
    file.spend(size * CHECKSUM_COST)
    stored = file.cursor(start + size, CHECKSUM_SIZE).number(CHECKSUM_SIZE)
    if lookup3(file.read(start, size)) != stored:
        raise file.damaged(f"the checksum of the object header at {start} is wrong")
