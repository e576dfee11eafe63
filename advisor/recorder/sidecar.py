"""Writing the sidecar: the losses of the validation rows, whole after every write."""

import zipfile
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from advisor.atomic import atomic_file
from advisor.errors import InputError
from advisor.inputs.row_losses import MAX_ROW_BYTES, read_row_losses, rows_beside

_CHEAP = 0.002  # seconds that a write may take in every epoch
_RARELY = 50  # a slower write waits until this many times as long has passed: 2 % of the time


class Sidecar:
    """The rows' losses so far, in memory, and the file that gets them.

    The file is replaced as a whole, so a crash leaves the previous one. If writing takes more than
    two milliseconds, it is not done in every epoch, but so that it takes at most 2 % of the time,
    and at the end of training. After a crash the last epochs may then be missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = rows_beside(path)
        self._losses: dict[int, npt.NDArray[np.float32]] = {}
        self._cost = 0.0
        self._written = perf_counter()
        self._has_news = False

    @property
    def is_empty(self) -> bool:
        """True before the first epoch."""
        return not self._losses

    def resume(self, first: int, val_sha256: str | None) -> None:
        """Take the epochs before `first` over from the file that is there."""
        if not self.path.exists():
            return
        try:
            stored = read_row_losses(self.path, val_sha256)
        except InputError:  # of another run: replaced by the first write
            return
        for epoch, losses in zip(stored.epochs, stored.losses, strict=True):
            if epoch < first:
                self._losses[epoch] = losses

    def add(self, epoch: int, losses: npt.NDArray[np.float64]) -> bool:
        """Keep the losses of `epoch`; False where they are too many, or others than before."""
        rows = next((len(known) for known in self._losses.values()), len(losses))
        if len(losses) != rows or 4 * rows * (len(self._losses) + 1) > MAX_ROW_BYTES:
            return False
        self._losses[epoch] = losses.astype(np.float32)
        self._has_news = True
        return True

    def write(self, val_sha256: str | None, *, is_last: bool = False) -> None:
        """Bring the file up to date, if that is due."""
        started = perf_counter()
        is_due = self._cost <= _CHEAP or started - self._written >= _RARELY * self._cost
        if not self._has_news or not (is_due or is_last):
            return
        with atomic_file(self.path) as file:
            self._pack(file, val_sha256)
        self._has_news = False
        self._written = perf_counter()
        self._cost = self._written - started

    def _pack(self, file: BinaryIO, val_sha256: str | None) -> None:
        epochs = np.array(sorted(self._losses), np.int64)
        losses = [self._losses[int(epoch)] for epoch in epochs]
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, "epochs", "<i8", epochs.shape, [epochs])
            _add(archive, "losses", "<f4", (len(losses), len(losses[0])), losses)
            text = np.array((val_sha256 or "").encode(), "S64")
            _add(archive, "val_sha256", "|S64", (), [text])


def _add(
    archive: zipfile.ZipFile, name: str, descr: str, shape: tuple[int, ...], parts: list[Any]
) -> None:
    """An array in pieces along its first axis: all epochs in one piece would take memory twice."""
    info = zipfile.ZipInfo(f"{name}.npy")  # dated 1980: equal losses give equal bytes
    with archive.open(info, "w", force_zip64=True) as member:
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(member, header)
        for part in parts:
            member.write(np.ascontiguousarray(part).tobytes())
