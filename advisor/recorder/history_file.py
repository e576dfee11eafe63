"""The history file that a Recorder writes: curves, sizes, and the `recorder` part beside them."""

import json
from collections.abc import Mapping
from math import isfinite, isnan
from pathlib import Path
from typing import Any

import numpy as np

from advisor.atomic import atomic_write
from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import whole_file
from advisor.inputs.files.json_value import list_of, mapping_of
from advisor.inputs.histories.history_file import MAX_BYTES
from advisor.inputs.record import FORMAT

MEASURED = ("row_loss_std", "penalty", "iterations")


class HistoryFile:
    """One value per epoch for each curve, kept as the text written to the file.

    So writing all of them after every epoch is cheap: a thousand epochs of ten curves take less
    than a millisecond.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: dict[str, Any] = {}
        self.params: dict[str, Any] = {}
        self._epochs: list[int] = []  # from 1
        self._curves: dict[str, list[str]] = {}
        self._measured: dict[str, list[str]] = {name: [] for name in MEASURED}

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs in the file (from 1)."""
        return tuple(self._epochs)

    def take_over(self, document: Mapping[str, object], first: int) -> None:
        """Continue the file that `document` was read from; its epochs from `first` on are dropped.

        Raises InputError where its lists do not fit together.
        """
        recorder = mapping_of(document.get("recorder"))
        numbers = list_of(document.get("epoch"))
        epochs = [number + 1 for number in numbers if type(number) is int]
        kept = [place for place, epoch in enumerate(epochs) if epoch < first]
        curves = mapping_of(document.get("history"))
        measured = {name: recorder.get(name) for name in MEASURED if recorder.get(name)}
        for name, values in (*curves.items(), *measured.items()):
            if not isinstance(values, list) or not len(values) == len(numbers) == len(epochs):
                raise InputError(f"{self.path.name}: {name!r} is not one value an epoch")
        self._epochs = [epochs[place] for place in kept]
        self._curves = {
            str(name): [_text(list_of(values)[place]) for place in kept]
            for name, values in curves.items()
        }
        self._measured = {
            name: [_text(list_of(measured.get(name))[place]) for place in kept]
            if name in measured
            else ["null"] * len(kept)
            for name in MEASURED
        }

    def add(
        self, epoch: int, logs: Mapping[str, object], measured: Mapping[str, float | None]
    ) -> None:
        """The next epoch (from 1); figures that are no numbers are left out."""
        for name in logs:
            if name not in self._curves:
                self._curves[name] = ["null"] * len(self._epochs)
        self._epochs.append(epoch)
        for name, values in self._curves.items():
            values.append(_text(logs.get(name)))
        for name, values in self._measured.items():
            values.append(_text(measured.get(name)))

    def write(self) -> None:
        """Replace the file as a whole. Raises InputError where that can't be done."""
        curves = [f"{json.dumps(name)}: [{', '.join(v)}]" for name, v in self._curves.items()]
        measured = [
            f"{json.dumps(name)}: [{', '.join(values)}]"
            for name, values in self._measured.items()
            if any(value != "null" for value in values)
        ]
        facts = [f"{json.dumps(name)}: {_plain(value)}" for name, value in self.facts.items()]
        recorder = ",\n  ".join((f'"format": {FORMAT}', *facts, *measured))
        parts = (
            '"history": {\n  ' + ",\n  ".join(curves) + "\n }",
            f'"epoch": [{", ".join(str(epoch - 1) for epoch in self._epochs)}]',
            f'"params": {_plain(self.params)}',
            '"recorder": {\n  ' + recorder + "\n }",
        )
        atomic_write(self.path, "{\n " + ",\n ".join(parts) + "\n}\n")


def recorded_document(path: Path) -> Mapping[str, object] | None:
    """What a Recorder wrote to `path`; None where there is no file.

    Raises InputError for a file that no Recorder wrote.
    """
    if not path.exists():
        return None
    window = whole_file(path)
    document: object = None
    if window.length <= MAX_BYTES:
        try:
            document = parse_json(window.read(0, window.length), path.name)
        except InputError:
            document = None
    if not isinstance(document, dict) or not isinstance(document.get("recorder"), dict):
        raise InputError(
            f"{path}: is there already, and no Recorder wrote it; remove it, or give the Recorder"
            " another path"
        )
    return document


def _text(value: object) -> str:
    """A figure as JSON: `null` where it is none, and text where JSON knows no number for it."""
    if isinstance(value, str):  # as it was in the file
        return json.dumps(value) if value in ("NaN", "Infinity", "-Infinity") else "null"
    if value is None or np.size(value) != 1:  # type: ignore[arg-type]
        return "null"
    try:
        number = float(np.asarray(value).reshape(()).item())
    except (TypeError, ValueError):
        return "null"
    if isnan(number):
        return '"NaN"'
    if not isfinite(number):
        return '"Infinity"' if number > 0 else '"-Infinity"'
    return repr(int(number)) if isinstance(value, int) else repr(number)


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
