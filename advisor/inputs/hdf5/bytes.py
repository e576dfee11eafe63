"""The bytes of HDF5 metadata, read through a small cache with a budget, and a cursor over them."""

from struct import Struct
from typing import Any

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow

PAGE = 16 << 10
CACHED_PAGES = 1024  # 16 MiB
MAX_READ = 64 << 20  # the longest text that is read, a config
READ_COST = 256  # so that many tiny reads cost as much as the time they take,
ITEM_COST = 128  # and so are many tiny messages or names in one read
FREE_BUDGET = 64 << 20  # metadata of 30,000 tensors costs this much; more needs a larger file
BUDGET_PER_BYTE = 8
UNDEFINED = 0xFFFF_FFFF_FFFF_FFFF  # HDF5's address of what was never allocated


class UnusualLayout(Exception):
    """The file is laid out in a way that HDF5 allows and Keras doesn't use."""


class Hdf5Bytes:
    """Reads metadata of one file by address and words what is wrong with it.

    Every read is charged to a budget in proportion to the file's length, so that structures that
    point at one another over and over end in an InputError rather than in hours of work.
    """

    def __init__(self, window: FileWindow, source: str) -> None:
        self.window = window
        self.source = source
        self._pages: dict[int, bytes] = {}
        self._budget = FREE_BUDGET + BUDGET_PER_BYTE * window.length

    def read(self, address: int, size: int) -> bytes:
        """Exactly `size` bytes at `address`; InputError beyond the end of the file."""
        if address < 0 or size < 0 or address + size > self.window.length:
            raise self.damaged(f"{size} bytes at {address} lie beyond its {self.window.length}")
        self.spend(READ_COST + size)
        if size > MAX_READ:
            raise self.damaged(f"a structure at {address} has {size:,} bytes")
        if not size:
            return b""
        first, last = address // PAGE, (address + size - 1) // PAGE
        if last - first > 1:
            return self.window.read(address, size)
        page = self._page(first)
        if last > first:
            page += self._page(last)
        start = address - first * PAGE
        return page[start : start + size]

    def cursor(self, address: int, size: int) -> "Cursor":
        """A cursor over `size` bytes at `address`."""
        return Cursor(file=self, data=self.read(address, size), address=address)

    def structure(self, address: int, layout: Struct) -> tuple[Any, ...]:
        """The fields that lie at `address`."""
        return layout.unpack(self.read(address, layout.size))

    def spend(self, work: int) -> None:
        """Charge `work`, in bytes, to the budget."""
        self._budget -= work
        if self._budget < 0:
            raise self.damaged("its structures refer to one another without end")

    def damaged(self, what: str) -> InputError:
        """The error of a file that does not hold what its structures promise."""
        return InputError(f"{self.source}: damaged HDF5 file: {what}; save or copy it again")

    def refused(self, what: str) -> InputError:
        """The error of a file that holds what no Keras model holds."""
        return InputError(f"{self.source}: not read: {what}, which Keras does not write")

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= CACHED_PAGES:
                self._pages.clear()
            start = number * PAGE
            page = self.window.read(start, min(PAGE, self.window.length - start))
            self._pages[number] = page
        return page


class Cursor:
    """Takes fields off a run of bytes, in order; InputError where they run out."""

    def __init__(self, *, file: Hdf5Bytes, data: bytes, address: int) -> None:
        self.file = file
        self.data = data
        self.start = address
        self.position = 0

    @property
    def address(self) -> int:
        """Where in the file the next field lies."""
        return self.start + self.position

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self.data) - self.position

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self.position + size
        if end > len(self.data):
            raise self.file.damaged(f"a structure at {self.start} is too short")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def number(self, size: int) -> int:
        """The next `size` bytes as an unsigned little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def numbers(self, layout: Struct) -> tuple[int, ...]:
        """The next fields, all at once."""
        values: tuple[int, ...] = layout.unpack(self.take(layout.size))
        return values

    def skip(self, size: int) -> None:
        """Leave out `size` bytes, or as many as are left."""
        self.position = min(self.position + size, len(self.data))

    def part(self, size: int, *, padded: bool = False) -> "Cursor":
        """A cursor over the next `size` bytes; where `padded`, on to a multiple of 8."""
        part = Cursor(file=self.file, address=self.address, data=self.take(size))
        if padded:
            self.skip(-size % 8)
        return part

    def expect(self, signature: bytes, what: str) -> None:
        """Take `signature`; InputError where something else stands there."""
        if self.take(len(signature)) != signature:
            raise self.file.damaged(f"no {what} at {self.start}")
