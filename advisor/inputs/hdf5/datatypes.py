"""HDF5 datatypes and dataspaces: of what kind stored values are, and how many."""

from typing import Literal

from advisor.inputs.hdf5.bytes import Cursor, UnusualLayout
from advisor.values import dataclass

DatatypeKind = Literal["number", "text", "long-text", "opaque", "other"]

FIXED_POINT, FLOATING_POINT, TEXT, OPAQUE, ENUMERATION, VARIABLE_LENGTH = 0, 1, 3, 5, 8, 9
OTHER_CLASSES = {
    2: "times",
    4: "bit fields",
    6: "compound values",
    7: "references",
    9: "lists of varying length",
    10: "arrays",
}
# size -> exponent's place and bits, mantissa's place and bits, exponent's bias: IEEE 754
FLOATS = {2: (10, 5, 0, 10, 15), 4: (23, 8, 0, 23, 127), 8: (52, 11, 0, 52, 1023)}
BFLOAT16 = (7, 8, 0, 7, 127)
MAX_RANK = 32


@dataclass(frozen=True, kw_only=True)
class Datatype:
    """The type of stored values: `size` bytes each.

    `name` is Keras' name of a number's type (`float32`, `bool`), `stored_as` NumPy's spelling of
    its bytes (`<f4`); of what is no number, `name` is a plural for messages. `padding` is how
    text fills its room: 0 ends with a NUL, 1 is filled with NULs, 2 with spaces.
    """

    kind: DatatypeKind
    size: int
    name: str
    stored_as: str = ""
    padding: int = 0


def read_datatype(fields: Cursor) -> Datatype:
    """The datatype that a datatype message holds."""
    class_and_version = fields.number(1)
    bits, size = fields.number(3), fields.number(4)
    datatype_class, version = class_and_version & 0xF, class_and_version >> 4
    if not 1 <= version <= 5 or not size:
        raise fields.file.damaged(f"a datatype at {fields.start} is none")
    if datatype_class == ENUMERATION:
        return _enumeration(fields, bits, size, version)
    if datatype_class in (FIXED_POINT, FLOATING_POINT):
        return (_integer if datatype_class == FIXED_POINT else _float)(fields, bits, size)
    if datatype_class == TEXT:
        return Datatype(kind="text", size=size, name="text", padding=bits & 0xF)
    if datatype_class == OPAQUE:
        return Datatype(kind="opaque", size=size, name="opaque values")
    if datatype_class == VARIABLE_LENGTH and bits & 0xF == 1 and size == 16:
        return Datatype(kind="long-text", size=size, name="text")
    name = OTHER_CLASSES.get(datatype_class, f"values of the class {datatype_class}")
    return Datatype(kind="other", size=size, name=name)


def _integer(fields: Cursor, bits: int, size: int) -> Datatype:
    offset, precision = fields.number(2), fields.number(2)
    if size not in (1, 2, 4, 8) or offset or precision != 8 * size:
        raise UnusualLayout(f"its integers have {precision} bits")
    is_signed = bool(bits & 0x8)
    order = "|" if size == 1 else ">" if bits & 0x1 else "<"
    return Datatype(
        kind="number",
        size=size,
        name=f"{'int' if is_signed else 'uint'}{8 * size}",
        stored_as=f"{order}{'i' if is_signed else 'u'}{size}",
    )


def _float(fields: Cursor, bits: int, size: int) -> Datatype:
    offset, precision = fields.number(2), fields.number(2)
    layout = (*fields.take(4), fields.number(4))
    is_bfloat16 = size == 2 and layout == BFLOAT16
    if offset or precision != 8 * size or bits & 0x40:
        raise UnusualLayout(f"its floats have {precision} bits")
    if not is_bfloat16 and FLOATS.get(size) != layout:
        raise UnusualLayout(f"its floats of {size} bytes are not IEEE 754's")
    order = ">" if bits & 0x1 else "<"
    if is_bfloat16:
        return Datatype(kind="number", size=2, name="bfloat16", stored_as=f"{order}u2")
    return Datatype(kind="number", size=size, name=f"float{8 * size}", stored_as=f"{order}f{size}")


def _enumeration(fields: Cursor, bits: int, size: int, version: int) -> Datatype:
    """What h5py writes for booleans, or integers with names."""
    base_class = fields.number(1) & 0xF
    base_bits, base_size = fields.number(3), fields.number(4)
    if base_class != FIXED_POINT or base_size != size:
        raise fields.file.damaged(f"a datatype at {fields.start} is none")
    base = _integer(fields, base_bits, base_size)
    names = [_member_name(fields, is_padded=version < 3) for _ in range(bits & 0xFFFF)]
    if size == 1 and names == [b"FALSE", b"TRUE"] and fields.take(2) == b"\0\1":
        return Datatype(kind="number", size=1, name="bool", stored_as="|i1")
    return base


def _member_name(fields: Cursor, *, is_padded: bool) -> bytes:
    rest = fields.data.find(b"\0", fields.position) - fields.position
    if rest < 0:
        raise fields.file.damaged(f"a datatype at {fields.start} is none")
    name = fields.take(rest)
    fields.skip(8 - rest % 8 if is_padded else 1)
    return name


def read_shape(fields: Cursor) -> tuple[int, ...] | None:
    """The shape that a dataspace message holds, `()` for a scalar; None for no value at all."""
    version, rank, flags = fields.number(1), fields.number(1), fields.number(1)
    if version not in (1, 2) or rank > MAX_RANK:
        raise fields.file.damaged(f"a shape at {fields.start} is none")
    if version == 1:
        fields.skip(5)
    elif fields.number(1) == 2:
        return None
    if flags & ~0x3:
        raise fields.file.damaged(f"a shape at {fields.start} is none")
    return tuple(fields.number(8) for _ in range(rank))
