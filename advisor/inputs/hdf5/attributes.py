"""HDF5 attributes: names and small values that belong to a group or dataset."""

from collections.abc import Sequence
from math import prod

import numpy as np

from advisor.inputs.files.file_window import shown
from advisor.inputs.hdf5.bytes import UNDEFINED, Cursor, Hdf5Bytes, UnusualLayout
from advisor.inputs.hdf5.datatypes import Datatype, read_datatype, read_shape
from advisor.inputs.hdf5.headers import SHARED, Message, require_compact
from advisor.inputs.hdf5.tree import Attribute

ATTRIBUTE, ATTRIBUTE_INFO = 0x0C, 0x15
MAX_ATTRIBUTE_BYTES = 128 << 20  # of all attributes of a file together
VALUE_COST = 64  # a value as a Python object
MAX_NAME = 4096
HEAP_OBJECT_HEADER = 16
MAX_HEAP_OBJECTS = 65_536  # their numbers have 16 bits


class AttributeReader:
    """Reads the attributes of one file's objects; its text lies in heaps that they share."""

    def __init__(self, file: Hdf5Bytes) -> None:
        self.file = file
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self._room = MAX_ATTRIBUTE_BYTES
        self._text_room = file.window.length

    def attributes(self, messages: Sequence[Message]) -> dict[str, Attribute]:
        """The attributes among an object's messages; those of other types are left out."""
        attributes: dict[str, Attribute] = {}
        for message in messages:
            if message.kind == ATTRIBUTE_INFO:
                require_compact(message.fields(self.file), what="attributes", index_size=2)
            elif message.kind == ATTRIBUTE:
                name, value = self._attribute(message.fields(self.file))
                if name in attributes:
                    raise self.file.damaged(f"the attribute {shown(name)} stands twice")
                if value is not None:
                    attributes[name] = value
        return attributes

    def _attribute(self, fields: Cursor) -> tuple[str, Attribute | None]:
        version, flags = fields.number(1), fields.number(1)
        if version not in (1, 2, 3):
            raise self.file.damaged(f"no attribute at {fields.start}")
        if version > 1 and flags & (0x1 | SHARED):
            raise UnusualLayout("its attributes share types")
        name_size, type_size, shape_size = (fields.number(2) for _ in range(3))
        if version == 3:
            fields.skip(1)  # the name's encoding: ASCII is UTF-8 too
        is_padded = version == 1
        name = self._text(fields.part(name_size, padded=is_padded).data, padding=0)
        datatype = read_datatype(fields.part(type_size, padded=is_padded))
        shape = read_shape(fields.part(shape_size, padded=is_padded))
        if shape is None or len(name) > MAX_NAME:
            return name, None
        data = fields.part(prod(shape) * datatype.size)
        return name, self._value(data, shape, datatype)

    def _value(self, data: Cursor, shape: tuple[int, ...], datatype: Datatype) -> Attribute | None:
        self._take_room(len(data.data) + VALUE_COST * (len(data.data) // datatype.size))
        values: list[str] | list[int] | list[float]
        match datatype.kind:
            case "number" if datatype.name != "bfloat16":
                values = np.frombuffer(data.data, dtype=datatype.stored_as).tolist()
            case "text":
                pieces = range(0, len(data.data), datatype.size)
                texts = (data.data[start : start + datatype.size] for start in pieces)
                values = [self._text(text, datatype.padding) for text in texts]
            case "long-text":
                count = len(data.data) // datatype.size
                values = [self._long_text(data) for _ in range(count)]
            case _:
                return None
        if not shape:
            return values[0]
        return tuple(values)  # type: ignore[return-value] # of one kind, as the list is

    def _long_text(self, data: Cursor) -> str:
        """Text of any length, which lies in a global heap."""
        size, heap, number = data.number(4), data.number(8), data.number(4)
        if not size or heap in (0, UNDEFINED):
            return ""
        if heap not in self._heaps:
            self._heaps[heap] = self._read_heap(heap)
        address, room = self._heaps[heap].get(number, (0, -1))
        if size > room:
            raise self.file.damaged(f"text {number} of the heap at {heap} is missing")
        self._take_room(size)
        self._text_room -= size
        if self._text_room < 0:
            raise self.file.damaged("its attributes hold more text than it has bytes")
        return self._text(self.file.read(address, size), padding=0)

    def _read_heap(self, address: int) -> dict[int, tuple[int, int]]:
        """Where each object of the global heap at `address` lies: its number -> address, size."""
        head = self.file.cursor(address, HEAP_OBJECT_HEADER)
        head.expect(b"GCOL\x01", "global heap")
        head.skip(3)
        end = address + head.number(8)
        if end > self.file.window.length:
            raise self.file.damaged(f"the heap at {address} ends beyond it")
        position = address + HEAP_OBJECT_HEADER
        objects: dict[int, tuple[int, int]] = {}
        while position + HEAP_OBJECT_HEADER <= end and len(objects) < MAX_HEAP_OBJECTS:
            entry = self.file.cursor(position, HEAP_OBJECT_HEADER)
            number = entry.number(2)
            entry.skip(6)
            size = entry.number(8)
            if not number:  # the free space at the end
                break
            start = position + HEAP_OBJECT_HEADER
            if start + size > end or number in objects:
                raise self.file.damaged(f"the heap at {address} is garbled")
            objects[number] = (start, size)
            position = start + size + -size % 8
        return objects

    def _text(self, raw: bytes, padding: int) -> str:
        fill = {1: b"\0", 2: b" \0"}.get(padding)
        ended = raw.rstrip(fill) if fill else raw.partition(b"\0")[0]
        try:
            return ended.decode()
        except UnicodeDecodeError as error:
            raise self.file.damaged("an attribute is not UTF-8 text") from error

    def _take_room(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise self.file.damaged(f"its attributes hold over {MAX_ATTRIBUTE_BYTES >> 20} MB")
