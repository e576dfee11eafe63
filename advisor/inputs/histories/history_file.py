"""A history's files: what formats look at to know their own, and what they read."""

from functools import cached_property
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.file_window import shown_name, whole_file
from advisor.values import dataclass

MAX_BYTES = 64 * 2**20
EXPORT = "export it with json.dump(history.history, file)"
_START = 512  # bytes
_NOT_A_HISTORY = (
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, as a model is, not a history; give the history"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it first"),
    (b"BZh", "is compressed with bzip2; unpack it first"),
    (b"PAR1", "is a Parquet file; save the table with to_csv"),
    (b"x\x9c", f"is compressed with zlib, as joblib does on request; {EXPORT}"),
)
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))


class HistoryFile:
    """A file, of which no more is read than is asked for; InputError where that can't be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = shown_name(path)  # for messages
        self._window = whole_file(path)

    @cached_property
    def start(self) -> bytes:
        """The first bytes, 512 at most."""
        return self._window.magic(_START)

    @cached_property
    def data(self) -> bytes:
        """All bytes; InputError for more than a history has."""
        if self._window.length > MAX_BYTES:
            raise InputError(
                f"{self.source}: is larger than {MAX_BYTES // 2**20} MB, too large for a history;"
                " export one value for each epoch"
            )
        return self._window.read(0, self._window.length)

    @cached_property
    def text(self) -> str:
        """All of it as text that is not blank; InputError names models and archives."""
        _refuse_binary(self.data, self.source)
        text = _decoded(self.data, self.source)
        if not text.strip():
            raise InputError(f"{self.source}: is empty; {EXPORT}")
        return text


@dataclass(frozen=True, kw_only=True)
class HistoryFiles:
    """What a format reads: the one file, or those of a folder that it knows as its own."""

    source: str  # what messages call it
    folder: Path  # that the files lie in, at whatever depth
    files: tuple[HistoryFile, ...]

    @property
    def only(self) -> HistoryFile:
        """The one file, for a format that comes as one."""
        (file,) = self.files
        return file


def _refuse_binary(data: bytes, source: str) -> None:
    for magic, meaning in _NOT_A_HISTORY:
        if data.startswith(magic):
            raise InputError(f"{source}: {meaning}")


def _decoded(data: bytes, source: str) -> str:
    encoding = next(name for magic, name in _ENCODINGS if data.startswith(magic))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: is not text: {error.reason} at byte {error.start}; {EXPORT}"
        ) from error
    if "\0" in text:
        raise InputError(f"{source}: is not text, it holds zero bytes; {EXPORT}")
    return text
