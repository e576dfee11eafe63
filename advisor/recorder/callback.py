"""The Recorder as Keras sees it: a callback."""

import os
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import numpy as np

from advisor.errors import InputError, UsageError
from advisor.inputs.files.json_value import integer_of, mapping_of
from advisor.inputs.row_losses import rows_beside
from advisor.recorder.fit_call import FitCall, fit_call
from advisor.recorder.forward import undisturbed
from advisor.recorder.history_file import HistoryFile, recorded_document
from advisor.recorder.row_measures import RowFigures
from advisor.recorder.row_source import RowSource
from advisor.recorder.session import (
    Session,
    architecture_of,
    learning_rate_of,
    versions,
    warn,
)
from advisor.recorder.sidecar import Sidecar

_UNMEASURED = "the Recorder was told not to evaluate the validation rows"
_TOO_MANY = "they would take more than 512 MB, or their number changed"


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the history of a training to `path` after every epoch, with what `fit` does not log.

    The file is an ordinary JSON history, replaced as a whole after each epoch. It holds the curves
    and the learning rate, sizes, how `fit` was called, which epoch's weights were kept, the L1/L2
    penalty, and the spread of the validation loss over rows. The spread takes an extra pass over
    the validation rows (`evaluate_validation=False` leaves it out).

    With `rows=True` the loss of every validation row goes into `<name>.rows.npz` beside the file, 4
    bytes per row and epoch: 100 epochs of 50,000 rows take 20 MB in memory and on disk. Beyond 512
    MB no more epochs are added. `evaluate_train=True` evaluates the training rows once, at the end,
    without dropout.

    A `fit` that starts at a later epoch (`initial_epoch`, `BackupAndRestore`) continues the file;
    one that starts at the first replaces it. `validation_data`, `train_size`, `val_size` and
    `batch_size` override what `fit` was given, for data that does not show its size or cannot be
    read twice (a generator, a shuffled dataset).

    The Recorder moves after the other callbacks, to see what they log and change, but before a
    `BackupAndRestore`, so that what that restores is always in the file. It changes nothing that
    training depends on. A measurement that fails is left out, and one warning says so. Raises
    InputError, when it is made, for a `path` that cannot be written or holds another file.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        rows: bool = False,
        evaluate_train: bool = False,
        evaluate_validation: bool = True,
        validation_data: Any = None,
        train_size: int | None = None,
        val_size: int | None = None,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        if rows and not evaluate_validation:
            raise UsageError("Recorder: rows=True needs evaluate_validation=True")
        self.path = Path(path).absolute()  # a later change of folder does not count
        if not self.path.parent.is_dir():
            raise InputError(f"{self.path}: there is no folder {self.path.parent}; make it first")
        if not os.access(self.path.parent, os.W_OK):
            raise InputError(f"{self.path}: the folder {self.path.parent} cannot be written to")
        recorded_document(self.path)
        self._rows, self._evaluate_train = rows, evaluate_train
        self._evaluate_validation, self._validation_data = evaluate_validation, validation_data
        self._given = {"n_train": train_size, "n_val": val_size, "batch_size": batch_size}
        self._session: Session | None = None
        self._file: HistoryFile | None = None
        self._sidecar: Sidecar | None = None
        self._ends_last = self._has_warned = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Look at how `fit` was called, and move after the other callbacks."""
        self._file = self._sidecar = None
        self._ends_last = self._has_warned = False
        self._quietly(self._start)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Open the file, once it is clear at which epoch training starts."""
        if self._file is None and self._session is not None:
            self._quietly(lambda: self._open(epoch + 1))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measure and write."""
        if self._file is not None:
            self._quietly(lambda: self._note(epoch + 1, dict(logs or {})))

    def on_train_end(self, logs: Any = None) -> None:
        """Finish, unless the other callbacks may yet change the weights."""
        if not self._ends_last:
            self.finish()

    def finish(self) -> None:
        """See which weights were kept, evaluate the training rows, and write for the last time."""
        if self._file is not None:
            self._quietly(self._finish)
        self._session = None

    def _quietly(self, step: Callable[[], None]) -> None:
        try:
            with undisturbed():
                step()
        except Exception as error:  # whatever it is: training goes on
            if not self._has_warned:
                warn(f"the Recorder wrote nothing: {type(error).__name__}: {error}")
            self._has_warned = True

    def _start(self) -> None:
        call = fit_call(self.model)
        listed = call.callback_list
        if listed is not None:  # a new list: Keras is going through the old one
            listed.callbacks = [*_placed(self, listed.callbacks), _Last(self)]
            self._ends_last = True
        self._session = Session(self.model, call, self._validation_source(call))
        self._session.model_steps = (self.params or {}).get("steps")

    def _validation_source(self, call: FitCall) -> RowSource | None:
        given = self._validation_data
        if given is None:
            return call.validation
        x, y, weight, *_ = (*given, None, None) if isinstance(given, tuple) else (given, None, None)
        return RowSource(x=x, y=y, weight=weight, batch_size=call.batch_size or 32)

    def _open(self, first: int) -> None:
        assert self._session is not None
        file = HistoryFile(self.path)
        architecture = architecture_of(self.model)
        document = recorded_document(self.path)
        if document is not None:
            known = mapping_of(document["recorder"])
            is_same = known.get("architecture") == architecture
            if first > 1 and is_same:
                file.take_over(document, first)
            elif known.get("is_finished") is True and not is_same:
                warn(f"{self.path}: held a finished training of another model; it is replaced")
        if not file.epochs:
            rows_beside(self.path).unlink(missing_ok=True)
        if self._rows:
            self._sidecar = Sidecar(self.path)
        file.facts = {"is_finished": False, "architecture": architecture, "versions": versions()}
        self._file = file
        self._note_call()

    def _note_call(self) -> None:
        """Sizes and the call of `fit`; what is measured of them comes before what it was told."""
        assert self._session is not None
        assert self._file is not None
        session, call = self._session, self._session.call
        sizes = {
            "n_train": self._given["n_train"] or session.n_train or call.n_train,
            "n_val": self._given["n_val"] or session.n_val or call.n_val,
            "batch_size": self._given["batch_size"] or call.batch_size,
        }
        told = {name: integer_of((self.params or {}).get(name)) for name in ("epochs", "steps")}
        self._file.params = {**told, **sizes}
        for name, size in sizes.items():
            if size is not None:
                session.unknown.pop(name, None)
        self._file.facts |= {
            "uses_class_weight": call.uses_class_weight,
            "class_weight": call.class_weight,
            "uses_sample_weight": call.uses_sample_weight,
            "weights_validation": call.weights_validation,
            "uses_validation_split": call.uses_validation_split,
            "val_sha256": session.meter.sha256 if session.meter else None,
            "has_rows": self._sidecar is not None and self._sidecar.path.exists(),
            "unknown": dict(sorted(session.unknown.items())),
        }

    def _note(self, epoch: int, logs: dict[str, Any]) -> None:
        assert self._session is not None
        assert self._file is not None
        session = self._session
        if "learning_rate" not in logs:
            rate = session.attempt("learning_rate", lambda: learning_rate_of(self.model))
            logs |= {} if rate is None else {"learning_rate": rate}
        is_validated = any(name.startswith("val_") for name in logs)
        is_validated |= self._validation_data is not None
        measured, rows = session.after_epoch(
            epoch, logs, measures_rows=is_validated and self._evaluate_validation
        )
        if not self._evaluate_validation and session.meter is not None:
            session.unknown["row_loss_std"] = _UNMEASURED
            session.hash_rows()
        self._file.add(epoch, logs, measured)
        session.attempt("rows", lambda: self._keep_rows(epoch, rows))
        self._note_call()
        self._file.write()

    def _keep_rows(self, epoch: int, rows: RowFigures | None) -> None:
        if self._sidecar is None or rows is None or not np.isfinite(rows.losses.mean()):
            return  # rows that diverged make up no loss that a check could compare
        assert self._session is not None
        assert self._file is not None
        assert self._session.meter is not None
        sha256 = self._session.meter.sha256
        if self._sidecar.is_empty and self._file.epochs[0] < epoch:
            self._sidecar.resume(epoch, sha256)
        if not self._sidecar.add(epoch, rows.losses):
            self._session.unknown["rows"] = _TOO_MANY
        self._sidecar.write(sha256)

    def _finish(self) -> None:
        assert self._session is not None
        assert self._file is not None
        session, file = self._session, self._file
        if not file.epochs:
            return
        saved = session.saved_epoch()
        file.facts |= {
            "saved_epoch": saved,
            "restores_best_weights": _restores(session.call, saved, file.epochs[-1]),
        }
        if self._evaluate_train:
            figures = session.clean_training()
            if figures is not None:
                loss = float(figures.losses.mean())
                file.facts["clean_train_loss"] = loss if np.isfinite(loss) else None
                file.facts["clean_train_accuracy"] = figures.accuracy
        file.facts["is_finished"] = True
        session.attempt("rows", self._write_last_rows)
        self._note_call()
        file.write()

    def _write_last_rows(self) -> None:
        assert self._session is not None
        if self._sidecar is not None and self._session.meter is not None:
            self._sidecar.write(self._session.meter.sha256, is_last=True)


class _Last(keras.callbacks.Callback):  # type: ignore[misc]
    """The Recorder's own end, after that of all other callbacks."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def on_train_end(self, logs: Any = None) -> None:
        self.recorder.finish()


def _placed(recorder: Recorder, callbacks: Sequence[Any]) -> list[Any]:
    """The callbacks in their order, but the Recorder last, or before the first backup."""
    others = [
        callback
        for callback in callbacks
        if callback is not recorder and not _is_end_of(recorder, callback)
    ]
    backups = [
        place
        for place, callback in enumerate(others)
        if isinstance(callback, keras.callbacks.BackupAndRestore)
    ]
    place = min(backups, default=len(others))
    return [*others[:place], recorder, *others[place:]]


def _is_end_of(recorder: Recorder, callback: Any) -> bool:
    return isinstance(callback, _Last) and callback.recorder is recorder


def _restores(call: FitCall, saved: int | None, last: int) -> bool | None:
    """True if a callback puts the best weights back, by its settings or by what was seen."""
    if saved is not None and saved < last:
        return True
    if call.callbacks is None:
        return None
    return any(
        getattr(callback, "restore_best_weights", False) is True for callback in call.callbacks
    )
