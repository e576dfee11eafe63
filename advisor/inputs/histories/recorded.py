"""The `recorder` part of a history: what a Recorder noted beside the curves, read with doubt."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.inputs.files.file_window import shown_name
from advisor.inputs.files.json_value import integer_of, list_of, mapping_of, number_of
from advisor.inputs.record import FORMAT, Record
from advisor.values import dataclass

_MAX_REASONS = 50
_MAX_REASON = 200  # characters
_MAX_CLASSES = 10_000
_HEX = frozenset("0123456789abcdef")
SAME_LOSS = 0.02  # of the loss, between the rows' mean and what Keras logged


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was noted, whether a sidecar goes with it, and what of it could not be used."""

    record: Record
    has_rows: bool
    notes: tuple[str, ...] = ()


def recorded_in(document: Mapping[str, object]) -> Recorded | None:
    """The `recorder` part of a history in JSON; None where there is none.

    What is of the wrong kind is left out, with a note: the curves stand without it.
    """
    part = document.get("recorder")
    if not isinstance(part, dict) or "format" not in part:
        return None
    if part["format"] != FORMAT:
        note = "the recorder part is of a later version: only the curves are used; upgrade advisor"
        return Recorded(record=Record(), has_rows=False, notes=(note,))
    epochs = _epochs(document.get("epoch"))
    odd: list[str] = []
    reader = _Reader(part=part, epochs=epochs, odd=odd)
    saved = reader.count("saved_epoch")
    if saved is not None and saved not in epochs:
        odd.append("saved_epoch")
        saved = None
    record = Record(
        uses_class_weight=reader.truth("uses_class_weight"),
        class_weight=reader.class_weight(),
        uses_sample_weight=reader.truth("uses_sample_weight"),
        weights_validation=reader.truth("weights_validation"),
        uses_validation_split=reader.truth("uses_validation_split"),
        restores_best_weights=reader.truth("restores_best_weights"),
        saved_epoch=saved,
        row_loss_std=reader.curve("row_loss_std"),
        penalty=reader.curve("penalty"),
        iterations=reader.counts("iterations"),
        clean_train_loss=reader.number("clean_train_loss", 1e300),
        clean_train_accuracy=reader.number("clean_train_accuracy", 1.0),
        val_sha256=reader.sha256("val_sha256"),
        unknown=_reasons(part.get("unknown")),
    )
    notes = tuple(f"left out of the recorder part: {name!r} is odd" for name in odd)
    return Recorded(record=record, has_rows=reader.truth("has_rows") is True, notes=notes)


def with_rows(
    record: Record, path: Path, val_loss: Mapping[int, float]
) -> tuple[Record, tuple[str, ...]]:
    """The record with the losses per row that lie beside the history at `path`, and notes.

    `val_loss` is the logged one by epoch: epochs whose rows do not make it up are left out, as
    after a crash between the two files.
    """
    from advisor.inputs.row_losses import matching_epochs, read_row_losses, rows_beside

    sidecar = rows_beside(path)
    if not sidecar.exists():
        name = shown_name(sidecar)
        return record, (f"{name}, the losses per row, is not beside the history",)
    try:
        rows = read_row_losses(sidecar, record.val_sha256)
    except InputError as error:
        return record, (f"the losses per row are not used: {error}",)
    if record.penalty is not None:
        penalty = record.penalty
        data = {e: v - penalty[e] for e, v in val_loss.items() if e in penalty}
        kept = matching_epochs(rows, data, SAME_LOSS)
        if not kept.epochs:
            return record, (f"{shown_name(sidecar)} is not of this training: it is not used",)
        rows = kept
    return replace(record, rows=rows), ()


def _epochs(value: object) -> tuple[int, ...]:
    """The epochs (from 1) that the lists of the file stand for."""
    numbers = [integer_of(number) for number in list_of(value)]
    known = [number + 1 for number in numbers if number is not None and number >= 0]
    return tuple(known) if len(known) == len(numbers) == len(set(known)) else ()


def _reasons(value: object) -> dict[str, str]:
    return {
        str(name)[:_MAX_REASON]: "".join(c if c.isprintable() else " " for c in reason)[
            :_MAX_REASON
        ]
        for name, reason in list(mapping_of(value).items())[:_MAX_REASONS]
        if isinstance(reason, str)
    }


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """The figures of one recorder part; what is not what it should be lands in `odd`."""

    part: Mapping[str, object]
    epochs: tuple[int, ...]
    odd: list[str]

    def truth(self, name: str) -> bool | None:
        value = self.part.get(name)
        truth: bool | None = value if isinstance(value, bool) else self._left_out(name)
        return truth

    def count(self, name: str) -> int | None:
        value = integer_of(self.part.get(name))
        count: int | None = value if value is not None and value > 0 else self._left_out(name)
        return count

    def number(self, name: str, most: float) -> float | None:
        value = number_of(self.part.get(name))
        is_good = value is not None and abs(value) <= most
        figure: float | None = value if is_good else self._left_out(name)
        return figure

    def class_weight(self) -> dict[int, float] | None:
        """A weight of 0 or more for each label."""
        given = mapping_of(self.part.get("class_weight"))
        labels = {text: int(text) for text in given if re.fullmatch("[0-9]{1,9}", text)}
        weights = {label: number_of(given[text]) for text, label in labels.items()}
        known = {label: w for label, w in weights.items() if w is not None and w >= 0}
        if known and len(known) == len(given) <= _MAX_CLASSES:
            return known
        self._left_out("class_weight")
        return None

    def sha256(self, name: str) -> str | None:
        value = self.part.get(name)
        if isinstance(value, str) and len(value) == 64 and set(value) <= _HEX:
            return value
        self._left_out(name)
        return None

    def curve(self, name: str) -> dict[int, float] | None:
        """A figure of each epoch, 0 or more; epochs without one, or with NaN, are left out."""
        values = self._listed(name)
        if values is None:
            return None
        known = {e: number_of(v) for e, v in zip(self.epochs, values, strict=True)}
        return {e: v for e, v in known.items() if v is not None and isfinite(v) and v >= 0}

    def counts(self, name: str) -> dict[int, int] | None:
        """A whole number of each epoch, 0 or more."""
        values = self._listed(name)
        if values is None:
            return None
        known = {e: integer_of(v) for e, v in zip(self.epochs, values, strict=True)}
        return {e: v for e, v in known.items() if v is not None and v >= 0}

    def _listed(self, name: str) -> Sequence[object] | None:
        value = self.part.get(name)
        if isinstance(value, list) and len(value) == len(self.epochs):
            return value
        self._left_out(name)
        return None

    def _left_out(self, name: str) -> Any:
        """None, and a note of it where there was something."""
        if self.part.get(name) is not None:
            self.odd.append(name)
        return None
