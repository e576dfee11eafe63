"""One call of `fit` as the Recorder follows it: what is measured after each epoch and at the end.

Each step may fail without harm: its figure is then missing, with the reason in the file.
"""

import hashlib
import platform
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from advisor.keras_internals.layers import flat_layers
from advisor.recorder.fit_call import FitCall
from advisor.recorder.forward import as_numpy
from advisor.recorder.row_measures import (
    RowFigures,
    RowMeter,
    is_the_logged_loss,
    penalty_of,
)
from advisor.recorder.row_source import RowSource
from advisor.recorder.tf_pipeline import CannotReadAgainError
from advisor.recorder.weights_trace import NO_EPOCH, WeightsTrace

Found = TypeVar("Found")

OTHER_LOSS = "the rows' losses do not make up the validation loss that Keras logged"


class Session:
    """What one training is measured by; `unknown` says why a figure is missing, by its name."""

    def __init__(self, model: Any, call: FitCall, validation: RowSource | None) -> None:
        self.model, self.call = model, call
        self.unknown: dict[str, str] = dict(call.unknown)
        self.trace = WeightsTrace()
        self.meter = None if validation is None else RowMeter(model, validation)
        self.n_val: int | None = None  # rows that were measured
        self.n_train: int | None = None
        self._failed: set[str] = set()
        if validation is None:
            self.unknown.setdefault("row_loss_std", "fit was called without validation data")

    def attempt(self, name: str, measure: Callable[[], Found]) -> Found | None:
        """What `measure` finds; None where it fails, now and then for the rest of the training."""
        if name in self._failed:
            return None
        try:
            return measure()
        except CannotReadAgainError as error:
            self.unknown[name] = str(error)
        except Exception as error:  # whatever it is: training goes on
            self.unknown[name] = f"measuring it failed: {type(error).__name__}"
            warn(f"the Recorder could not measure {name}: {type(error).__name__}: {error}")
        self._failed.add(name)
        return None

    def after_epoch(
        self, epoch: int, logs: Mapping[str, object], *, measures_rows: bool
    ) -> tuple[dict[str, float | None], RowFigures | None]:
        """The figures of the end of `epoch` (from 1), and those of the rows."""
        self.attempt("saved_epoch", lambda: self.trace.note(self.model, epoch, logs))
        measured: dict[str, float | None] = {
            "penalty": self.attempt("penalty", lambda: penalty_of(self.model)),
            "iterations": self.attempt("iterations", lambda: _iterations(self.model)),
        }
        rows = None
        if measures_rows and self.meter is not None:
            rows = self.attempt("row_loss_std", self.meter.measure)
        if rows is not None and not self._is_logged(rows, measured["penalty"], logs):
            self.unknown["row_loss_std"] = OTHER_LOSS
            rows = None
        if rows is not None:
            self.n_val = len(rows.losses)  # none of them twice
            std = float(rows.losses.std(ddof=1)) if len(rows.losses) > 1 else None
            measured["row_loss_std"] = std
        return measured, rows

    def _is_logged(
        self, rows: RowFigures, penalty: float | None, logs: Mapping[str, object]
    ) -> bool:
        logged = logs.get("val_loss")
        if logged is None or penalty is None:
            return True
        return is_the_logged_loss(rows.losses, penalty, float(np.asarray(logged).item()))

    def hash_rows(self) -> None:
        """Find the hash of the validation rows where no measuring finds it."""
        if self.meter is not None:
            self.attempt("val_sha256", self.meter.hash_rows)

    def saved_epoch(self) -> int | None:
        """The epoch whose weights `fit` leaves in the model."""
        if self.call.callback_list is None:
            self.unknown["saved_epoch"] = "whether a later callback changes the weights is unseen"
            return None
        epoch = self.attempt("saved_epoch", lambda: self.trace.epoch_of(self.model))
        if epoch is None:
            self.unknown.setdefault("saved_epoch", NO_EPOCH)
        return epoch

    def clean_training(self) -> RowFigures | None:
        """The training rows in inference mode, with the weights of the moment.

        Class weights do not count, and sample weights only where the validation rows have them
        too: the figures are to be compared with those of validation.
        """
        source = self.call.training
        if source is None:
            self.unknown["clean_train_loss"] = "the training rows could not be seen"
            return None
        steps = self.model_steps if source.is_endless else None
        bounded = RowSource(
            x=source.x, y=source.y, weight=source.weight, batch_size=source.batch_size, steps=steps
        )
        meter = RowMeter(self.model, bounded)
        figures = self.attempt(
            "clean_train_loss",
            lambda: meter.measure(is_over=True, is_weighted=bool(self.call.weights_validation)),
        )
        if figures is not None and not source.repeats_rows:
            self.n_train = len(figures.losses)
        return figures

    model_steps: int | None = None  # batches an epoch, as fit was told


def warn(message: str) -> None:
    """A warning that stays one, even where warnings are turned into errors: training goes on."""
    try:
        warnings.warn(message, stacklevel=2)
    except Warning:
        return


def _iterations(model: Any) -> int:
    return int(as_numpy(model.optimizer.iterations))


def learning_rate_of(model: Any) -> float:
    """The learning rate of the moment, of a schedule too."""
    return float(as_numpy(model.optimizer.learning_rate))


def architecture_of(model: Any) -> str:
    """A digest of the layers' kinds and the shapes of the weights, equal in every process."""
    kinds = [type(layer).__name__ for layer in flat_layers(model)]
    shapes = [tuple(weight.shape) for weight in model.weights]
    return hashlib.sha256(repr((kinds, shapes)).encode()).hexdigest()[:16]


def versions() -> dict[str, str]:
    """The versions of what took part."""
    import keras

    from advisor.version import __version__

    backend = keras.backend.backend()
    package = __import__(backend)
    return {
        "advisor": __version__,
        "keras": keras.__version__,
        "backend": f"{backend} {getattr(package, '__version__', '')}".strip(),
        "python": platform.python_version(),
    }
