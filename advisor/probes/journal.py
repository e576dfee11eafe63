"""The journal of finished trials: a race that was killed continues where it stopped.

A journal is only appended to, one line a trial, each by one write of the operating system. That is
quick and safe for two processes at once, and a kill can tear only the last line. Every line begins
with a hash over the journal's key and the line. A line that is torn, damaged or written for other
inputs is skipped, and its trial is trained again.
"""

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from advisor.probes.trial import Trainer, Trial, TrialCurve

MAX_BYTES = 64 * 2**20  # of a file: several thousand trials of a hundred epochs
MAX_AGE = 30 * 24 * 3600  # seconds since the last line
_OURS = re.compile(r"[0-9a-f]{64}\.journal")
_APPEND = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


class Journal:
    """The finished trials of one model, data set, recipe and machine, identified by `key`.

    `key` is a SHA-256. Trials that can't be read are trained again, and those that can't be written
    are left out: a journal never fails a race.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / f"{key}.journal"
        self._key = key
        self._is_writable = True
        content = _content(self._path)
        self._known = dict(_verified(content, key))
        self._is_foreign = bool(content) and not self._known

    def __len__(self) -> int:
        return len(self._known)

    def find(self, trial: Trial) -> TrialCurve | None:
        """The curve of a trial that was finished before, None where there is none."""
        return self._known.get(_name(trial))

    def add(self, trial: Trial, curve: TrialCurve) -> None:
        """Write a finished trial down; after a failure nothing is tried again."""
        self._known[_name(trial)] = curve
        if not self._is_writable:
            return
        row = [
            _name(trial),
            curve.val_loss,
            *curve.val_halves,
            curve.objective,
            curve.steps,
        ]
        try:
            self._append(_signed(json.dumps(row), self._key))
        except OSError:
            self._is_writable = False

    def _append(self, line: str) -> None:
        if self._is_foreign:
            self._path.unlink(missing_ok=True)
            self._is_foreign = False
        if not self._path.exists():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_old(self._path.parent)
        content = f"\n{line}".encode("ascii")  # on a new line, even after a torn one
        file = os.open(self._path, _APPEND, 0o600)
        try:
            self._is_writable = os.fstat(file).st_size + len(content) <= MAX_BYTES
            if self._is_writable:
                os.write(file, content)
        finally:
            os.close(file)


class JournalledTrainer:
    """Answers from a journal, and has all other trials trained and written down.

    `recalled` counts the former, `trained` the latter. A trial that ends in an exception, Ctrl-C
    included, is not finished.
    """

    def __init__(self, trainer: Trainer, journal: Journal) -> None:
        self.recalled = self.trained = 0
        self._trainer, self._journal = trainer, journal

    def train(self, trial: Trial) -> TrialCurve:
        """The trial's curve, the same to the last bit wherever it comes from."""
        recalled = self._journal.find(trial)
        if recalled is not None:
            self.recalled += 1
            return recalled
        curve = self._trainer.train(trial)
        self._journal.add(trial, curve)
        self.trained += 1
        return curve


def _name(trial: Trial) -> str:
    """What tells a trial from the others of its race."""
    changes = [(c.layer, c.slot, c.kind, c.before, c.to) for c in trial.strategy.changes]
    return json.dumps([changes, trial.seed, trial.split, trial.epochs, trial.start])


def _signed(text: str, key: str) -> str:
    return f"{sha256(f'{key} {text}'.encode()).hexdigest()} {text}"


def _content(path: Path) -> str:
    """The beginning of the file, as much as a journal may have; "" where there is none."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("ascii", "replace")
    except OSError:
        return ""


def _verified(content: str, key: str) -> Iterator[tuple[str, TrialCurve]]:
    """The trials of the lines that were written whole, and for this key."""
    for line in content.split("\n"):
        _, _, text = line.partition(" ")
        if text and _signed(text, key) == line:
            name, *values = json.loads(text)
            yield name, _curve(values)


def _curve(values: Sequence[object]) -> TrialCurve:
    val, first, second, objective, steps = values
    return TrialCurve(
        val_loss=tuple(val),  # type: ignore[arg-type]
        val_halves=(tuple(first), tuple(second)),  # type: ignore[arg-type]
        objective=tuple(objective),  # type: ignore[arg-type]
        steps=steps,  # type: ignore[arg-type]
    )


def _remove_old(folder: Path) -> None:
    """Clear away the journals that nobody has written to for `MAX_AGE`."""
    oldest = time.time() - MAX_AGE
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name):
            with suppress(OSError):  # another process may clear away too
                if path.lstat().st_mtime < oldest:
                    path.unlink()
