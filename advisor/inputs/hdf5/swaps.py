"""Giving the objects of a group each other's names, as changes of a few bytes of the file."""

from collections.abc import Mapping

from advisor.inputs.files.file_window import FileWindow
from advisor.inputs.hdf5 import root_address
from advisor.inputs.hdf5.bytes import Hdf5Bytes, UnusualLayout
from advisor.inputs.hdf5.headers import read_messages
from advisor.inputs.hdf5.links import SYMBOL, SYMBOL_TABLE, TABLE, read_links, symbols

_NAME_SIZE = 8  # an entry begins with the name's place; the rest is the object's
# Offset in the file -> the bytes to write there.
Patches = dict[int, bytes]


def renamed(
    window: FileWindow, source: str, groups: Mapping[str, Mapping[str, str]]
) -> Patches | None:
    """The bytes that give objects new names; None where the file is laid out in another way.

    `groups` maps a group's path, without slashes around, to new names by old ones; in each group
    the new names are the old ones in another order. Raises KeyError for a name that isn't there.
    """
    file = Hdf5Bytes(window, source)
    patches: Patches = {}
    try:
        for path, names in groups.items():
            entries = _entries(file, path)
            for old, new in names.items():
                entry = file.read(entries[old] + _NAME_SIZE, SYMBOL.size - _NAME_SIZE)
                patches[entries[new] + _NAME_SIZE] = entry
    except UnusualLayout:
        return None
    return patches


def _entries(file: Hdf5Bytes, path: str) -> dict[str, int]:
    """Where in the file each name of a group is written. Raises KeyError, UnusualLayout."""
    address = root_address(file)
    for name in path.split("/"):
        address = dict(read_links(file, read_messages(file, address)))[name]
    for message in read_messages(file, address):
        if message.kind == SYMBOL_TABLE:
            tree, heap = message.fields(file).numbers(TABLE)
            return {name: place for name, _, place in symbols(file, tree=tree, heap=heap)}
    raise UnusualLayout(f"{path} has no symbol table")
