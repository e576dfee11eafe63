"""What is known of a training run beside its curves, above all from a Recorder."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from advisor.values import dataclass

if TYPE_CHECKING:  # settings, and with them every command, import this: NumPy would double them
    import numpy as np
    import numpy.typing as npt

FORMAT = 1  # of the `recorder` part of a history; a later one may mean something else


@dataclass(frozen=True, kw_only=True)
class RowLosses:
    """The data loss of every validation row, without penalty, after each epoch.

    `losses` [epochs, rows] are float32; `epochs` count from 1 and rise.
    """

    epochs: tuple[int, ...]
    losses: "npt.NDArray[np.float32]"


@dataclass(frozen=True, kw_only=True)
class Record:
    """How `fit` was called, and what was measured while it ran; None: not known.

    Curves are keyed by epoch (from 1). `row_loss_std` is the standard deviation of the data loss
    over validation rows, `penalty` the L1/L2 penalty, `iterations` the optimizer's steps so far,
    all at the end of the epoch. `saved_epoch` is the epoch (from 1) at whose end the weights were
    those that `fit` left in the model. `clean_train_loss` and `clean_train_accuracy` are of the
    final weights in inference mode, without penalty. `val_sha256` identifies the validation rows.
    `rows` are None where no sidecar was written. `unknown` says why something is not known, by
    the name of the field, or of a size (`n_train`). `is_of_recorder` is False where the facts come
    from somewhere else, such as a printed log.
    """

    is_of_recorder: bool = True
    uses_class_weight: bool | None = None
    class_weight: Mapping[int, float] | None = None  # by label, where `fit` was given some
    uses_sample_weight: bool | None = None
    weights_validation: bool | None = None  # the validation rows have sample weights too
    uses_validation_split: bool | None = None
    restores_best_weights: bool | None = None
    saved_epoch: int | None = None
    row_loss_std: dict[int, float] | None = None
    penalty: dict[int, float] | None = None
    iterations: dict[int, int] | None = None
    clean_train_loss: float | None = None
    clean_train_accuracy: float | None = None
    val_sha256: str | None = None
    rows: RowLosses | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
