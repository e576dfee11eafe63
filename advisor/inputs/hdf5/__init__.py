"""The subset of HDF5 that Keras writes, read without libhdf5.

`pyfive` 1.3.0, a reader in pure Python, was tried in its place: behind an adapter that refuses
links, unwritten values and overlaps, as this package does, with any wording of the refusal
accepted. It reads MobileNetV2's weights right, in 33 ms against 16, and fails 11 tests of
`tests/inputs`:

* It asks for memory without bound: `test_text_that_many_attributes_share`, and
  `test_a_heap_of_a_false_size` of 2**62 bytes. So did 28 of 3,000 randomly damaged files.
* It reads damaged files as if they were whole, some without a part of their layers:
  `test_a_groups_tree_that_runs_in_a_circle` (sibling),
  `test_a_long_name_that_all_members_of_a_group_share`,
  `test_a_shape_that_the_stored_bytes_do_not_fill` (two of its shapes),
  `test_chunks_larger_than_what_they_are_part_of`,
  `test_a_flipped_bit_in_the_newer_headers_is_noticed` (it checks no checksum),
  `test_a_truncated_file_says_how_much_is_missing`. So it did with 137 of the 3,000 that this
  package refuses.
* It gets sound files wrong: it takes bfloat16 in IEEE style for float16, and refuses legacy files
  with names that aren't ASCII (`sequence.h5`).

It also doesn't say where in the file a name is written, which `swaps` needs.
"""

from collections.abc import Collection, Mapping, Sequence

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow, shown
from advisor.inputs.hdf5.attributes import AttributeReader
from advisor.inputs.hdf5.bytes import Hdf5Bytes, UnusualLayout
from advisor.inputs.hdf5.checksum import lookup3
from advisor.inputs.hdf5.datasets import read_dataset
from advisor.inputs.hdf5.headers import read_messages
from advisor.inputs.hdf5.links import is_group, read_links
from advisor.inputs.hdf5.tree import Attribute, Hdf5Dataset, Hdf5Tree

__all__ = ["SIGNATURE", "Attribute", "Hdf5Dataset", "Hdf5Tree", "read_hdf5"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_DEPTH = 64  # each nested model adds two
MAX_OBJECTS = 500_000


def read_hdf5(window: FileWindow, source: str) -> Hdf5Tree:
    """All groups, attributes and datasets, without the datasets' values.

    `source` is the file's name for messages. Layouts that Keras doesn't write (chunks, filters,
    dense groups) are read by h5py in a bounded child process. InputError where the file is
    damaged, unsafe, or holds what is not numbers.
    """
    file = Hdf5Bytes(window, source)
    try:
        return _read_tree(file, root_address(file))
    except UnusualLayout as unusual:
        from advisor.inputs.hdf5.fallback import read_unusual

        return read_unusual(window, source, reason=str(unusual))


def root_address(file: Hdf5Bytes) -> int:
    """The address of the root group's object header, out of the superblock."""
    head = file.cursor(0, min(96, file.window.length))
    if head.left < len(SIGNATURE) or head.take(len(SIGNATURE)) != SIGNATURE:
        raise InputError(f"{file.source}: is not an HDF5 file")
    version = head.number(1)
    if version == 0:
        head.skip(4)
        widths = (head.number(1), head.number(1))
        head.skip(9)
        base, _, end, _, _, root = (head.number(8) for _ in range(6))
    elif version in (2, 3):
        widths = (head.number(1), head.number(1))
        head.skip(1)
        base, _, end, root = (head.number(8) for _ in range(4))
        if lookup3(head.data[: head.position]) != head.number(4):
            raise file.damaged("the checksum of its first block is wrong")
    else:
        raise UnusualLayout(f"its superblock has version {version}")
    if widths != (8, 8) or base:
        raise UnusualLayout("its addresses are not absolute and 8 bytes wide")
    if end > file.window.length:
        raise file.damaged(f"cut short: it had {end:,} bytes and has {file.window.length:,}")
    return root


def _read_tree(file: Hdf5Bytes, root: int) -> Hdf5Tree:
    groups: dict[str, Mapping[str, Attribute]] = {}
    datasets: dict[str, Hdf5Dataset] = {}
    reader = AttributeReader(file)
    waiting, visited = [("/", root, 0)], {root}
    while waiting:
        path, address, depth = waiting.pop()
        messages = read_messages(file, address)
        attributes = reader.attributes(messages)
        if not is_group(messages):
            datasets[path] = read_dataset(file, path, messages, attributes)
            continue
        groups[path] = attributes
        links = read_links(file, messages)
        _check_links(file, path, links, visited, depth)
        for name, child in reversed(links):
            waiting.append((f"{path.rstrip('/')}/{name}", child, depth + 1))
    _check_room(file, datasets.values())
    return Hdf5Tree(groups=groups, datasets=datasets)


def _check_links(
    file: Hdf5Bytes, path: str, links: Sequence[tuple[str, int]], visited: set[int], depth: int
) -> None:
    """Every object is reached once, at a bounded depth, and there is a bounded number of them."""
    if links and depth >= MAX_DEPTH:
        raise file.damaged(f"its groups nest deeper than {MAX_DEPTH}")
    for name, address in links:
        file.spend(len(path) + len(name))
        if address in visited:
            raise file.refused(f"{shown(name)} in {shown(path)} is a second name of one object")
        visited.add(address)
    if len(visited) > MAX_OBJECTS:
        raise file.damaged(f"it has over {MAX_OBJECTS:,} groups and datasets")


def _check_room(file: Hdf5Bytes, datasets: Collection[Hdf5Dataset]) -> None:
    """Datasets that share bytes could make a small file take for ever to read."""
    total = sum(dataset.stored_size for dataset in datasets)
    if total > file.window.length:
        raise file.damaged(f"its datasets need {total:,} bytes and overlap")
