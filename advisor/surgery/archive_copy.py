"""Writing a `.keras` archive from the members of another, most of them unchanged."""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import IO, Protocol

from advisor.atomic import atomic_file
from advisor.errors import InputError
from advisor.inputs.files.archive import MAX_MEMBERS, open_archive
from advisor.inputs.files.file_window import FileWindow, shown_name, whole_file
from advisor.inputs.model_folder import ModelFolder
from advisor.values import dataclass

_PIECE = 1 << 20
_OWN_FILES = ("config.json", "metadata.json", "model.weights.")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes each time
Patches = Mapping[int, bytes]  # offset in a member -> the bytes to write there


class Members(Protocol):
    """The files of a saved model, by name."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every member's name."""

    def text(self, name: str, limit: int) -> bytes:
        """All of a small member; InputError if it is absent or larger than `limit`."""

    def window(self, name: str) -> FileWindow:
        """A member to be read by offset; InputError if it is absent or damaged."""


@dataclass(frozen=True, kw_only=True)
class _WholeFolder(ModelFolder):
    """An unzipped model with the files in its folder `assets`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The model's own files; a folder from a hub contains others beside them."""
        own = [name for name in super().names if name.startswith(_OWN_FILES)]
        return (*own, *self._assets())

    def _assets(self) -> Iterator[str]:
        waiting = [self.path / "assets"]
        count = 0
        while waiting:
            folder = waiting.pop()
            for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
                count += 1
                if entry.is_symlink() or count > MAX_MEMBERS:
                    raise InputError(
                        f"{shown_name(self.path)}: its assets contain a link, or more than 4,096 "
                        "files; copy the folder with cp -L"
                    )
                if entry.is_dir():
                    waiting.append(entry)
                else:
                    yield entry.relative_to(self.path).as_posix()


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """The members of a `.keras` file or of its unzipped folder."""
    if path.is_dir():
        yield _WholeFolder(path=path)
        return
    with open_archive(path) as archive:
        yield archive


def copy_file(source: Path, output: Path) -> None:
    """Copy a file unchanged, completely or not at all. Raises InputError."""
    with atomic_file(output) as file:
        _copy(whole_file(source), file, {})


def write_archive(
    members: Members,
    output: Path,
    replaced: Mapping[str, bytes],
    patched: Mapping[str, Patches],
) -> None:
    """Write `members` to `output`, with some replaced and bytes of others changed.

    Nothing is compressed, so weights can be read in place, as in a file that Keras wrote. Raises
    InputError if a member is damaged or `output` can't be written; `output` then stays as it was.
    """
    with atomic_file(output) as file, zipfile.ZipFile(file, "w") as archive:
        for name in members.names:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o600 << 16
            if name.endswith("/"):
                archive.writestr(entry, b"")
            elif name in replaced:
                archive.writestr(entry, replaced[name])
            else:
                window = members.window(name)
                entry.file_size = window.length
                with archive.open(entry, "w", force_zip64=window.length > 1 << 30) as copy:
                    _copy(window, copy, patched.get(name, {}))


def _copy(window: FileWindow, copy: IO[bytes], patches: Patches) -> None:
    position = 0
    with window.open() as file:
        for place in sorted(patches):
            _copy_range(window, file, copy, position, place)
            copy.write(patches[place])
            position = place + len(patches[place])
        _copy_range(window, file, copy, position, window.length)


def _copy_range(window: FileWindow, file: FileIO, copy: IO[bytes], start: int, stop: int) -> None:
    buffer = memoryview(bytearray(min(_PIECE, max(0, stop - start))))
    for position in range(start, stop, _PIECE):
        piece = buffer[: stop - position]
        window.read_into(file, position, piece)
        copy.write(piece)
