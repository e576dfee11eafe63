"""HDF5 datasets: type, shape and place of numbers, checked against the file's length."""

from collections.abc import Mapping, Sequence
from math import prod

from advisor.inputs.files.file_window import shown
from advisor.inputs.hdf5.bytes import UNDEFINED, Cursor, Hdf5Bytes, UnusualLayout
from advisor.inputs.hdf5.datatypes import Datatype, read_datatype, read_shape
from advisor.inputs.hdf5.headers import Message
from advisor.inputs.hdf5.tree import Attribute, Hdf5Dataset

DATASPACE, DATATYPE, EXTERNAL_FILES, LAYOUT, FILTERS = 0x01, 0x03, 0x07, 0x08, 0x0B


def read_dataset(
    file: Hdf5Bytes, path: str, messages: Sequence[Message], attributes: Mapping[str, Attribute]
) -> Hdf5Dataset:
    """The dataset at `path`, out of the messages of its header.

    InputError where it is not exactly as large as its shape says, lies in another file, or holds
    what is not numbers.
    """
    by_kind = {message.kind: message for message in reversed(messages)}
    if EXTERNAL_FILES in by_kind:
        raise file.refused(f"{shown(path)} has its values in another file")
    if not by_kind.keys() >= {LAYOUT, DATATYPE, DATASPACE}:
        raise file.damaged(f"{shown(path)} is neither a group nor a dataset")
    datatype = read_datatype(by_kind[DATATYPE].fields(file))
    numbers = _numbers(file, path, datatype, attributes)
    shape = read_shape(by_kind[DATASPACE].fields(file))
    if shape is None:
        raise file.refused(f"{shown(path)} has no values")
    if FILTERS in by_kind:
        raise UnusualLayout("it is compressed")
    offset, size = _place(file, path, by_kind[LAYOUT].fields(file))
    expected = prod(shape) * numbers.size
    if size != expected:
        raise file.damaged(f"{shown(path)} needs {expected:,} bytes and has {size:,}")
    return Hdf5Dataset(
        name=path,
        shape=shape,
        dtype=numbers.name,
        offset=offset,
        window=file.window,
        stored_as=numbers.stored_as,
    )


def _numbers(
    file: Hdf5Bytes, path: str, datatype: Datatype, attributes: Mapping[str, Attribute]
) -> Datatype:
    """The type of the numbers; Keras writes bfloat16 as opaque pairs of bytes.

    It says so in the `dtype` attribute, but in legacy `.h5` files, which it can't load itself.
    """
    if datatype.kind == "number":
        return datatype
    is_bfloat16 = attributes.get("dtype", "bfloat16") == "bfloat16"
    if datatype.size == 2 and datatype.kind == "opaque" and is_bfloat16:
        return Datatype(kind="number", size=2, name="bfloat16", stored_as="<u2")
    raise file.refused(f"{shown(path)} holds {datatype.name}")


def _place(file: Hdf5Bytes, path: str, fields: Cursor) -> tuple[int, int]:
    """Where the values begin, and how many bytes they take."""
    version = fields.number(1)
    if version not in (3, 4):
        raise UnusualLayout(f"it lays datasets out by version {version}")
    match fields.number(1):
        case 0:  # compact: inside the header
            size = fields.number(2)
            offset = fields.address
        case 1:  # contiguous
            offset, size = fields.number(8), fields.number(8)
            if offset == UNDEFINED and size:
                raise file.damaged(f"{shown(path)} was never written")
            offset = offset if size else 0
        case 3:
            raise file.refused(f"{shown(path)} is a view of other files")
        case _:
            raise UnusualLayout("it stores datasets in chunks")
    if offset + size > file.window.length:
        raise file.damaged(f"{shown(path)} lies beyond its {file.window.length:,} bytes")
    return offset, size
