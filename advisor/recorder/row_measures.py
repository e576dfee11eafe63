"""The losses of the rows with the weights of the moment, and the penalty on those weights."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from advisor.inputs.row_hash import RowsHasher
from advisor.keras_internals.layers import regularization_losses
from advisor.recorder.forward import as_numpy, forward_of
from advisor.recorder.row_source import Batch, RowSource
from advisor.recorder.tf_pipeline import GIVE_ROWS, CannotReadAgainError
from advisor.training.row_losses import right_rows, row_losses
from advisor.values import dataclass

Floats = npt.NDArray[np.float64]
OTHER_ROWS = f"the data gives other rows, or another order, in every epoch{GIVE_ROWS}"
NOT_BY_ROW = "the model's loss is not computed row by row"
FIRST_ROWS = 16  # that tell one order of the rows from another
SAME_LOSS = 0.01  # of the loss: float16 and GPUs' float32, between two ways to the same mean


@dataclass(frozen=True, kw_only=True)
class RowFigures:
    """The loss of each row [rows], without penalty, and whether it is classified right."""

    losses: Floats
    accuracy: float | None


class RowMeter:
    """Measures the rows of one source again and again; hashes them the first time."""

    def __init__(self, model: Any, source: RowSource) -> None:
        self._model, self._source = model, source
        self._forward: Callable[[Any], Any] | None = None
        self._first_rows: str | None = None
        self.sha256: str | None = None

    def measure(self, *, is_over: bool = False, is_weighted: bool = True) -> RowFigures:
        """The figures of all rows; sample weights count unless `is_weighted` is false.

        Raises CannotReadAgainError with the reason where there are none to be had.
        """
        if self._forward is None:
            self._forward = forward_of(self._model)
        losses: list[Floats] = []
        hits: list[Floats | None] = []
        for batch in self._batches(is_over):
            outputs = self._forward(batch.x)
            weights = _weights(batch.weight) if is_weighted else None
            batch_losses = row_losses(self._model, batch.y, outputs, weights)
            if batch_losses is None:
                raise CannotReadAgainError(NOT_BY_ROW)
            losses.append(batch_losses)
            hits.append(right_rows(self._model, batch.y, outputs))
        if not losses:
            raise CannotReadAgainError("there are no rows")
        known = [hit for hit in hits if hit is not None]
        return RowFigures(
            losses=np.concatenate(losses),
            accuracy=float(np.concatenate(known).mean()) if len(known) == len(hits) else None,
        )

    def hash_rows(self) -> None:
        """Find the hash without running the model, where the rows are in memory."""
        if self._source.is_arrays and self.sha256 is None:
            for _ in self._batches(is_over=False):
                pass

    def _batches(self, is_over: bool) -> Iterator[Batch]:
        hasher = None if self.sha256 else RowsHasher()
        for place, batch in enumerate(self._source.batches(is_over=is_over)):
            if place == 0 and not self._source.is_arrays:
                self._expect_the_same(batch)
            if hasher:
                hasher.update(_arrays(batch.x), _arrays(batch.y))
            yield batch
        if hasher:
            self.sha256 = hasher.hexdigest()

    def _expect_the_same(self, first: Batch) -> None:
        """The first rows of every pass: a PyDataset may shuffle or change its rows by itself."""
        hasher = RowsHasher()
        hasher.update(
            *([array[:FIRST_ROWS] for array in _arrays(part)] for part in (first.x, first.y))
        )
        digest = hasher.hexdigest()
        if self._first_rows not in (None, digest):
            self.sha256 = None
            raise CannotReadAgainError(OTHER_ROWS)
        self._first_rows = digest


def _arrays(part: Any) -> list[Any]:
    import keras

    return [as_numpy(array) for array in keras.tree.flatten(part)]


def _weights(weight: Any) -> Any:
    import keras

    if weight is None:
        return None
    return _arrays(weight) if keras.tree.is_nested(weight) else _arrays(weight)[0]


def penalty_of(model: Any) -> float:
    """The L1/L2 penalty on the weights of the moment, as the loss has it; 0 without any."""
    parts = regularization_losses(model)
    return float(as_numpy(sum(parts))) if parts else 0.0


def is_the_logged_loss(losses: Floats, penalty: float, logged: float) -> bool:
    """True if the rows' mean and the penalty make up the validation loss that Keras logged.

    They do not if the model adds losses, or validates in its own way.
    """
    mean = float(losses.mean())
    if not np.isfinite(mean) or not np.isfinite(logged):
        return bool(np.isfinite(mean) == np.isfinite(logged))
    return abs(mean + penalty - logged) <= SAME_LOSS * abs(logged) + 1e-6
