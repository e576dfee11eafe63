"""HDF5 groups: the names in a group, and where their objects are."""

from collections.abc import Iterator, Sequence
from struct import Struct

from advisor.inputs.files.file_window import shown
from advisor.inputs.hdf5.bytes import ITEM_COST, Cursor, Hdf5Bytes
from advisor.inputs.hdf5.headers import Message, require_compact

LINK_INFO, LINK, GROUP_INFO, SYMBOL_TABLE = 0x02, 0x06, 0x0A, 0x11
MAX_NAME = 4096
SYMBOL = Struct("<QQI20x")  # name in the heap, object header, what is cached
CHILD = Struct("<8xQ")
TABLE = Struct("<QQ")  # tree, heap
HEAP = Struct("<4sB3xQ8xQ")  # signature, version, size, address
TREE = Struct("<4sBBH16x")  # signature, kind, level, number of children
NODE = Struct("<4sBxH")  # signature, version, number of names
SOFT, EXTERNAL = 1, 64


def is_group(messages: Sequence[Message]) -> bool:
    """True if an object with these messages is a group."""
    return any(message.kind in (LINK_INFO, GROUP_INFO, SYMBOL_TABLE) for message in messages)


def read_links(file: Hdf5Bytes, messages: Sequence[Message]) -> list[tuple[str, int]]:
    """The names in a group and the addresses of their object headers, sorted by name.

    InputError for links that lead elsewhere: by a path, or into another file.
    """
    addresses: dict[str, int] = {}
    for message in messages:
        for name, address in _links(file, message):
            if name in addresses:
                raise file.damaged(f"the name {shown(name)} stands twice in one group")
            addresses[name] = address
    return sorted(addresses.items(), key=lambda link: link[0].encode())


def _links(file: Hdf5Bytes, message: Message) -> Iterator[tuple[str, int]]:
    if message.kind == SYMBOL_TABLE:
        tree, heap = message.fields(file).numbers(TABLE)
        yield from _symbols(file, tree=tree, heap=heap)
    elif message.kind == LINK:
        yield _link(file, message.fields(file))
    elif message.kind == LINK_INFO:
        require_compact(message.fields(file), what="links", index_size=8)


def _symbols(file: Hdf5Bytes, *, tree: int, heap: int) -> Iterator[tuple[str, int]]:
    for name, address, _ in symbols(file, tree=tree, heap=heap):
        yield name, address


def symbols(file: Hdf5Bytes, *, tree: int, heap: int) -> Iterator[tuple[str, int, int]]:
    """The names in a symbol table, their object headers, and where each entry is."""
    names = _local_heap(file, heap)
    for node in _leaves(file, tree):
        signature, version, count = file.structure(node, NODE)
        if (signature, version) != (b"SNOD", 1):
            raise file.damaged(f"no symbol table node at {node}")
        file.spend(count * ITEM_COST)
        entries = file.cursor(node + NODE.size, count * SYMBOL.size)
        while entries.left:
            place = entries.address
            start, address, cached = entries.numbers(SYMBOL)
            name = _heap_name(file, names, start)
            if cached == 2:
                raise _leads_elsewhere(file, name, SOFT)
            yield name, address, place


def _leaves(file: Hdf5Bytes, root: int) -> Iterator[int]:
    """The addresses of a group's symbol table nodes, in the order of their names."""
    waiting, visited = [(root, -1)], set()
    while waiting:
        address, level = waiting.pop()
        if address in visited:
            raise file.damaged(f"the group's tree at {root} runs in a circle")
        visited.add(address)
        if level == 0:
            yield address
            continue
        signature, kind, found_level, count = file.structure(address, TREE)
        if (signature, kind) != (b"TREE", 0):
            raise file.damaged(f"no tree of a group at {address}")
        if level not in (-1, found_level + 1):
            raise file.damaged(f"the group's tree at {root} has levels out of order")
        file.spend(count * ITEM_COST)
        body = file.cursor(address + TREE.size, count * 16 + 8)
        children: list[tuple[int, int]] = []
        for _ in range(count):
            (child,) = body.numbers(CHILD)
            children.append((child, found_level))
        waiting.extend(reversed(children))


def _local_heap(file: Hdf5Bytes, address: int) -> bytes:
    signature, version, size, start = file.structure(address, HEAP)
    if (signature, version) != (b"HEAP", 0):
        raise file.damaged(f"no heap of a group at {address}")
    return file.read(start, size)


def _heap_name(file: Hdf5Bytes, heap: bytes, start: int) -> str:
    end = heap.find(b"\0", start, start + MAX_NAME + 1)
    if start >= len(heap) or end < 0:
        raise file.damaged("a name in a group is missing")
    return _name(file, heap[start:end])


def _link(file: Hdf5Bytes, fields: Cursor) -> tuple[str, int]:
    version, flags = fields.number(1), fields.number(1)
    if version != 1:
        raise file.damaged(f"no link at {fields.start}")
    kind = fields.number(1) if flags & 0x8 else 0
    fields.skip((8 if flags & 0x4 else 0) + (1 if flags & 0x10 else 0))
    name = _name(file, fields.take(fields.number(1 << (flags & 0x3))))
    if kind:
        raise _leads_elsewhere(file, name, kind)
    return name, fields.number(8)


def _name(file: Hdf5Bytes, raw: bytes) -> str:
    try:
        name = raw.decode()
    except UnicodeDecodeError as error:
        raise file.damaged("a name in a group is not UTF-8 text") from error
    if not name or "/" in name or "\0" in name or name in (".", "..") or len(raw) > MAX_NAME:
        raise file.damaged(f"{shown(name)} is no name of a group or dataset")
    return name


def _leads_elsewhere(file: Hdf5Bytes, name: str, kind: int) -> Exception:
    kinds = {SOFT: "a soft link", EXTERNAL: "a link into another file"}
    return file.refused(f"{shown(name)} is {kinds.get(kind, 'a link of an unknown kind')}")
