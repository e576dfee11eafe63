"""Bob Jenkins' lookup3 hash, which guards HDF5's newer structures."""

import struct

MASK = 0xFFFF_FFFF
MIXING = (4, 6, 8, 16, 19, 4)
FINISHING = (14, 11, 25, 16, 4, 14, 24)


def lookup3(data: bytes) -> int:
    """The 32-bit checksum of `data`: `hashlittle` with initial value 0 of lookup3.c (2006)."""
    a = b = c = (0xDEADBEEF + len(data)) & MASK
    if not data:
        return c
    padded = data + bytes(-len(data) % 12)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    for start in range(0, len(words), 3):
        a = (a + words[start]) & MASK
        b = (b + words[start + 1]) & MASK
        c = (c + words[start + 2]) & MASK
        if start + 3 < len(words):
            a, b, c = _mixed(a, b, c)
    return _finished(c, a, b)


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for bits in MIXING:
        a = ((a - c) & MASK) ^ _rotated(c, bits)
        c = (c + b) & MASK
        a, b, c = b, c, a
    return a, b, c


def _finished(c: int, a: int, b: int) -> int:
    for bits in FINISHING:
        c = ((c ^ b) - _rotated(b, bits)) & MASK
        c, a, b = a, b, c
    return b


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & MASK
