"""The sizes of a training: rows, steps, and what they mean for the model."""

from math import ceil

from advisor.evidence.measurement import Assumed, Missing, Reading, measurement
from advisor.values import dataclass

KERAS_BATCH_SIZE = 32  # the default of `Model.fit`
NO_MODEL = Missing(reason="no model was given", needs="model")
NO_ROWS = Missing(reason="the number of training rows is not known", needs="train-size")


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What is known of the training's size; None where it is not known."""

    n_train: int | None = None  # rows
    n_val: int | None = None
    batch_size: int | None = None
    epochs: int | None = None
    iterations: int | None = None  # steps of the saved optimizer
    trainable_parameters: int | Missing = NO_MODEL


@measurement("data.train_size", unit="rows")
def data_train_size(sizes: Sizes) -> Reading:
    """The number of training rows (1 or more)."""
    return NO_ROWS if sizes.n_train is None else sizes.n_train


@measurement("data.val_size", unit="rows")
def data_val_size(sizes: Sizes) -> Reading:
    """The number of validation rows (1 or more)."""
    if sizes.n_val is None:
        return Missing(reason="the number of validation rows is not known", needs="val-size")
    return sizes.n_val


@measurement("data.steps_per_epoch", unit="steps")
def data_steps_per_epoch(sizes: Sizes) -> Reading:
    """The number of optimizer steps in one epoch (1 or more)."""
    if sizes.n_train is not None and sizes.batch_size:
        return ceil(sizes.n_train / sizes.batch_size)
    if sizes.iterations and sizes.epochs and sizes.iterations % sizes.epochs == 0:
        return Assumed(
            value=sizes.iterations // sizes.epochs,
            assumption="the history contains every epoch in which the saved optimizer took steps",
        )
    if sizes.n_train is None:
        return NO_ROWS
    return Assumed(
        value=ceil(sizes.n_train / KERAS_BATCH_SIZE),
        assumption=f"a batch has {KERAS_BATCH_SIZE} rows, Keras' default",
    )


@measurement("parameters.per_sample", unit="weights per row")
def parameters_per_sample(sizes: Sizes) -> Reading:
    """The number of trainable weights for each training row (0 or more)."""
    if isinstance(sizes.trainable_parameters, Missing):
        return sizes.trainable_parameters
    if not sizes.n_train:
        return NO_ROWS
    return sizes.trainable_parameters / sizes.n_train
