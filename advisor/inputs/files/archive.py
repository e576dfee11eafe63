"""A `.keras` zip archive, checked before any of it is read; nothing is ever extracted by name."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path, PurePosixPath, PureWindowsPath

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow, shown, whole_file
from advisor.values import dataclass

MAX_MEMBERS = 4096
MAX_DIRECTORY_BYTES = 8 << 20  # 4,096 entries of 46 bytes, names and extra fields
MAX_INFLATED_BYTES = 16 << 30
BOMB_BYTES = 64 << 20  # smaller members may be compressed as well as they can be,
BOMB_RATIO = 100  # larger ones by this factor: float weights stay below 2
ENCRYPTED = 0x1 | 0x40
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Member:
    """One checked member: where its bytes lie, how many they are, and whether they are deflated."""

    name: str
    offset: int
    stored_size: int
    size: int
    checksum: int
    is_deflated: bool


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An open archive whose members were checked; valid inside `open_archive`."""

    file: FileWindow
    members: Mapping[str, Member]
    windows: dict[str, FileWindow] = field(default_factory=dict)  # those checked or inflated
    closing: ExitStack = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, in the order of the archive's directory."""
        return tuple(self.members)

    def text(self, name: str, limit: int) -> bytes:
        """All of a small member; InputError where it is absent, damaged or over `limit` bytes."""
        member = self._member(name)
        if member.size > limit:
            raise self._error(f"{name} has {member.size:,} bytes; more than {limit:,} is not read")
        return b"".join(bytes(piece) for piece in self._pieces(member))

    def window(self, name: str) -> FileWindow:
        """A member to be read by offset: in place if it is stored, else inflated into a file.

        Its checksum is verified first. The inflated file lives as long as the archive is open.
        """
        if name not in self.windows:
            member = self._member(name)
            if member.is_deflated:
                self.windows[name] = self._inflated(member)
            else:
                for _ in self._pieces(member):
                    pass
                self.windows[name] = self.file.part(member.offset, member.size)
        return self.windows[name]

    def _inflated(self, member: Member) -> FileWindow:
        import tempfile

        try:
            directory = tempfile.TemporaryDirectory(prefix="advisor-")
            path = Path(self.closing.enter_context(directory)) / "member"
            with path.open("xb") as copy:
                for piece in self._pieces(member):
                    copy.write(piece)
        except OSError as error:
            raise self._error(
                f"no room to decompress {shown(member.name)}: {error.strerror}; set TMPDIR"
            ) from error
        return FileWindow(path=path, offset=0, length=member.size, source=self.file.name)

    def _member(self, name: str) -> Member:
        try:
            return self.members[name]
        except KeyError:
            raise self._error(f"has no {name}; save the model again with model.save") from None

    def _pieces(self, member: Member) -> Iterator[bytes | memoryview]:
        """The member's content, at most 1 MiB at a time, at most as much as it declares.

        A piece holds until the next one is taken.
        """
        buffer = memoryview(bytearray(min(PIECE, member.stored_size)))
        inflater = zlib.decompressobj(-zlib.MAX_WBITS) if member.is_deflated else None
        checksum = size = 0
        with self.file.open() as file:
            for start in range(0, member.stored_size, PIECE):
                compressed = buffer[: member.stored_size - start]
                self.file.read_into(file, member.offset + start, compressed)
                for piece in self._inflate(inflater, compressed, member):
                    size += len(piece)
                    if size > member.size:
                        raise self._damaged(member)
                    checksum = zlib.crc32(piece, checksum)
                    yield piece
        is_whole = inflater is None or (inflater.eof and not inflater.unused_data)
        if size != member.size or checksum != member.checksum or not is_whole:
            raise self._damaged(member)

    def _inflate(
        self, inflater: "zlib._Decompress | None", compressed: memoryview, member: Member
    ) -> Iterator[bytes | memoryview]:
        if inflater is None:
            yield compressed
            return
        if inflater.eof:
            raise self._damaged(member)
        rest: bytes | memoryview = compressed
        piece = b""
        while rest or len(piece) == PIECE:  # a full piece may have left some of it in zlib
            try:
                piece = inflater.decompress(rest, PIECE)
            except zlib.error as error:
                raise self._damaged(member) from error
            yield piece
            rest = inflater.unconsumed_tail

    def _damaged(self, member: Member) -> InputError:
        return self._error(f"{shown(member.name)} in it is damaged; save or copy it again")

    def _error(self, what: str) -> InputError:
        return InputError(f"{self.file.name}: {what}")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The zip archive at `path`, after every member was checked.

    InputError where it is damaged, encrypted, holds a zip bomb, members that overlap or share a
    name, or names that would leave a folder. Copies of deflated members are removed on leaving.
    """
    file = whole_file(path)
    with ExitStack() as closing:
        yield Archive(file=file, members=_checked(file), closing=closing)


class _BoundedReads(io.FileIO):
    """Gives `zipfile` no more than 8 MiB at once: it would read a directory of any size."""

    def read(self, size: int | None = -1, /) -> bytes:
        is_unbounded = size is None or size < 0 or size > MAX_DIRECTORY_BYTES
        read = super().read(MAX_DIRECTORY_BYTES + 1 if is_unbounded else size)
        if read is not None and len(read) > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its directory is too large")
        return read or b""


def _directory(file: FileWindow) -> tuple[list[zipfile.ZipInfo], int]:
    """The entries of the archive's directory, and where that begins in the file."""
    try:
        with _BoundedReads(file.path) as bounded, zipfile.ZipFile(bounded) as archive:
            return archive.infolist(), archive.start_dir
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        EOFError,
        IndexError,
        OSError,
        OverflowError,
        ValueError,
        struct.error,
    ) as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InputError(
            f"{file.name}: is not a readable zip archive ({reason}); save or copy it again"
        ) from error


def _checked(file: FileWindow) -> dict[str, Member]:
    """Every member by name, after the checks that need the whole directory."""
    entries, directory_start = _directory(file)
    if len(entries) > MAX_MEMBERS:
        raise InputError(f"{file.name}: has {len(entries):,} members; a model has fewer than 4,096")
    members: dict[str, Member] = {}
    spans: list[tuple[int, int]] = []
    for entry in entries:
        _check_name(entry, file)
        _check_size(entry, file)
        if entry.filename in members:
            raise _unsafe(entry, "is in it twice", file)
        member = _located(entry, file)
        members[entry.filename] = member
        spans.append((entry.header_offset, member.offset + member.stored_size))
    end = 0
    for start, stop in sorted(spans):
        if start < end or stop > directory_start:
            raise InputError(f"{file.name}: members of the archive overlap; it is not read")
        end = stop
    return members


def _check_name(entry: zipfile.ZipInfo, file: FileWindow) -> None:
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    if "\0" in name or "\\" in name or ".." in parts or name != entry.filename:
        raise _unsafe(entry, "has a name that no model has", file)
    if name.startswith("/") or PureWindowsPath(name).drive:
        raise _unsafe(entry, "has an absolute path", file)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _unsafe(entry, "is a symbolic link", file)


def _check_size(entry: zipfile.ZipInfo, file: FileWindow) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise _unsafe(entry, "is encrypted", file)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _unsafe(entry, f"is compressed by method {entry.compress_type}", file)
    is_stored = entry.compress_type == zipfile.ZIP_STORED
    if is_stored and entry.compress_size != entry.file_size:
        raise _unsafe(entry, "has two different sizes", file)
    is_bomb = entry.file_size > BOMB_BYTES and entry.file_size > BOMB_RATIO * entry.compress_size
    if entry.compress_size > file.length or (
        not is_stored and (is_bomb or entry.file_size > MAX_INFLATED_BYTES)
    ):
        raise _unsafe(
            entry, f"declares {entry.file_size:,} bytes out of {entry.compress_size:,}", file
        )


def _located(entry: zipfile.ZipInfo, file: FileWindow) -> Member:
    """The member, once its own header agrees with the archive's directory."""
    header = file.read(entry.header_offset, LOCAL_HEADER.size)
    signature, _, flags, method, _, _, _, _, _, name_size, extra_size = LOCAL_HEADER.unpack(header)
    name = file.read(entry.header_offset + LOCAL_HEADER.size, name_size)
    encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
    if (
        signature != b"PK\x03\x04"
        or method != entry.compress_type
        or flags & ENCRYPTED
        or name.decode(encoding, errors="replace") != entry.orig_filename
    ):
        raise _unsafe(entry, "is not where the archive's directory says", file)
    offset = entry.header_offset + LOCAL_HEADER.size + name_size + extra_size
    file.part(offset, entry.compress_size)
    return Member(
        name=entry.filename,
        offset=offset,
        stored_size=entry.compress_size,
        size=entry.file_size,
        checksum=entry.CRC,
        is_deflated=entry.compress_type == zipfile.ZIP_DEFLATED,
    )


def _unsafe(entry: zipfile.ZipInfo, what: str, file: FileWindow) -> InputError:
    return InputError(
        f"{file.name}: the member {shown(entry.orig_filename)} {what}; the archive is not read"
    )
