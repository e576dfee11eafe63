"""Writing a file whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from advisor.errors import InputError


def atomic_write(path: Path, content: bytes | str) -> None:
    """Write `content` to a temporary file beside `path` and rename it into place.

    A symlink stays one: what it points to is replaced. A device, a pipe or another target that is
    no regular file is written into. Raises InputError if the folder is missing or not writable; an
    existing file then stays as it was.
    """
    with atomic_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """The same for content that comes in pieces: the file is in place once the context is left.

    Whatever is raised inside leaves `path` as it was.
    """
    if _is_written_into(path):
        with _open_as_it_is(path) as file:
            yield file
        return
    target = path.resolve() if path.is_symlink() else path
    try:
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        Path(temporary).chmod(_mode_of(target))
        Path(temporary).replace(target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _is_written_into(path: Path) -> bool:
    """True for an existing target that is neither a regular file nor a folder."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _open_as_it_is(path: Path) -> Iterator[BinaryIO]:
    """What is written goes into the device or pipe at once, when all of it is there."""
    with tempfile.TemporaryFile() as whole:
        yield whole
        whole.seek(0)
        try:
            with path.open("wb") as target:
                shutil.copyfileobj(whole, target)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _mode_of(path: Path) -> int:
    """The mode of the file that is replaced, else what the user's umask gives a new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
