"""A `.keras` archive that was unzipped into a folder, as on a model hub."""

from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.file_window import FileWindow, shown_name, whole_file
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """The files of a model's folder, read as those of an archive are."""

    path: Path

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files in the folder, without those in folders below."""
        try:
            return tuple(sorted(entry.name for entry in self.path.iterdir() if entry.is_file()))
        except OSError as error:
            raise InputError(
                f"{shown_name(self.path)}: cannot be read: {error.strerror}"
            ) from error

    def text(self, name: str, limit: int) -> bytes:
        """All of a small file; InputError where it is absent or over `limit` bytes."""
        window = self.window(name)
        if window.length > limit:
            raise InputError(
                f"{window.name}: has {window.length:,} bytes; more than {limit:,} is not read"
            )
        return window.read(0, window.length)

    def window(self, name: str) -> FileWindow:
        """A file to be read by offset."""
        return whole_file(self.path / name, source=f"{shown_name(self.path)}/{name}")
