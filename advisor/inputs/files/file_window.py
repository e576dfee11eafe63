"""A window: a range of bytes of a file on disk, read by offset and never beyond its bounds."""

import hashlib
import io
import stat
from dataclasses import field
from pathlib import Path

from advisor.errors import InputError
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class FileWindow:
    """`length` bytes of the file at `path`, from `offset` on; all later offsets count from there.

    Every read opens the file again: a window holds no descriptor, so it needs no closing.
    """

    path: Path
    offset: int
    length: int
    source: str = ""  # what messages call it; the file's name where empty
    keeps: object = field(default=None, repr=False, compare=False)  # lives as long as the window

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.source or shown_name(self.path)

    def read(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes at `offset`; InputError where the window or the file is shorter."""
        self._require(offset, size)
        buffer = bytearray(size)
        with self.open() as file:
            self.read_into(file, offset, memoryview(buffer))
        return bytes(buffer)

    def read_into(self, file: io.FileIO, offset: int, buffer: memoryview) -> None:
        """Fill `buffer`, a flat view of bytes, from `offset` on; `file` is what `open` gave."""
        self._require(offset, len(buffer))
        filled = 0
        try:
            file.seek(self.offset + offset)
            while filled < len(buffer):
                count = file.readinto(buffer[filled:])
                if not count:
                    raise self._truncated(offset, len(buffer))
                filled += count
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror}") from error

    def open(self) -> io.FileIO:
        """The file, unbuffered, for many reads in a row."""
        try:
            return io.FileIO(self.path)
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror}") from error

    def magic(self, size: int = 8) -> bytes:
        """The first `size` bytes, or as many as there are."""
        return self.read(0, min(size, self.length))

    def part(self, offset: int, length: int) -> "FileWindow":
        """A window inside this one; InputError where it doesn't fit."""
        self._require(offset, length)
        return FileWindow(
            path=self.path,
            offset=self.offset + offset,
            length=length,
            source=self.source,
            keeps=self.keeps,
        )

    def _require(self, offset: int, size: int) -> None:
        if offset < 0 or size < 0 or offset + size > self.length:
            raise self._truncated(offset, size)

    def _truncated(self, offset: int, size: int) -> InputError:
        return InputError(
            f"{self.name}: damaged or cut short: {size} bytes are expected at offset {offset}, but"
            f" it has {self.length}; save or copy it again"
        )


def whole_file(path: Path, source: str = "") -> FileWindow:
    """All of the file at `path`; InputError where it is missing, unreadable or no regular file."""
    name = source or shown_name(path)
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{name}: cannot be read: {reason}") from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{name}: is not a regular file; give the path of a saved file")
    return FileWindow(path=path, offset=0, length=status.st_size, source=source)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits, read a piece at a time."""
    with whole_file(path).open() as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"{shown_name(path)}: cannot be read: {error.strerror}") from error


def shown_name(path: Path) -> str:
    """The file's name, fit for one line of a terminal."""
    return path.name if path.name.isprintable() and path.name else repr(str(path))


def shown(text: str, limit: int = 80) -> str:
    """A name that comes out of a file, quoted, escaped and cut to `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
