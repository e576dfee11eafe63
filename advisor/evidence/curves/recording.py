"""What a Recorder noted about how `fit` was called, and about the weights it left."""

from collections.abc import Callable
from statistics import fmean

from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.inputs.record import Record

NEEDS_RECORDER = Missing(reason="a history does not say how fit was called", needs="recorder")


def _noted(run: Run, field: str, fact: Callable[[Record], bool | None]) -> Reading:
    """What the record says, or why it doesn't; `field` is its name there."""
    if isinstance(run.log, Missing):
        return run.log
    if run.record is None:
        return NEEDS_RECORDER
    value = fact(run.record)
    if value is not None:
        return value
    reason = run.record.unknown.get(field)
    return Missing(reason=reason or "the Recorder could not find out")


@measurement("training.is_recorded", kind="truth")
def training_is_recorded(run: Run) -> Reading:
    """True if a Recorder wrote the history, and so noted how `fit` was called."""
    if isinstance(run.log, Missing):
        return run.log
    return run.record is not None and run.record.is_of_recorder


@measurement("training.uses_class_weight", kind="truth")
def training_uses_class_weight(run: Run) -> Reading:
    """True if classes or rows were weighted in the training loss but not in the validation loss."""
    return _noted(run, "uses_sample_weight", _is_weighted_apart)


def _is_weighted_apart(record: Record) -> bool | None:
    if record.uses_class_weight:
        return True
    if record.uses_sample_weight and record.weights_validation:
        return False
    if record.uses_class_weight is None:
        return record.uses_sample_weight or None
    return record.uses_sample_weight


@measurement("training.uses_validation_split", kind="truth")
def training_uses_validation_split(run: Run) -> Reading:
    """True if the validation rows are the last rows of the training data, as `validation_split`
    takes them.
    """
    return _noted(run, "uses_validation_split", lambda record: record.uses_validation_split)


@measurement("training.restores_best_weights", kind="truth")
def training_restores_best_weights(run: Run) -> Reading:
    """True if early stopping restored the weights of the best epoch."""
    return _noted(run, "restores_best_weights", lambda record: record.restores_best_weights)


@measurement("training.knows_saved_epoch", kind="truth")
def training_knows_saved_epoch(run: Run) -> Reading:
    """True if a Recorder noted the epoch at whose end the model had the saved weights."""
    return run.log if isinstance(run.log, Missing) else run.saved_epoch is not None


@measurement("training.saved_epoch", unit="epoch")
def training_saved_epoch(run: Run) -> Reading:
    """The epoch at whose end the model had the saved weights (counted from 1)."""
    if isinstance(run.log, Missing):
        return run.log
    if run.record is None:
        return NEEDS_RECORDER
    if run.saved_epoch is not None:
        return run.saved_epoch
    if not run.is_of_final_weights:
        return Missing(reason="the saved optimizer's step count is not that of any epoch's end")
    reason = run.record.unknown.get("saved_epoch")
    return Missing(reason=reason or "the Recorder could not find out")


@measurement("loss.val_penalty", unit="loss")
def loss_val_penalty(run: Run) -> Reading:
    """The L1/L2 penalty in the logged validation loss of the weights that ship: as a Recorder noted
    it around their epoch, else that of the saved weights (0 or more).
    """
    if isinstance(run.shipped, Missing):
        return run.shipped
    noted = (run.record.penalty if run.record else None) or {}
    epochs = run.shipped.judged_epochs
    if noted.keys() >= set(epochs):
        return fmean(noted[epoch] for epoch in epochs)
    if run.model_penalty is None:
        return Missing(reason="the penalty of the saved weights is not known", needs="model")
    return run.model_penalty


@measurement("validation.row_variation", unit="ratio")
def validation_row_variation(run: Run) -> Reading:
    """How much the loss varies between single validation rows: its standard deviation over rows, as
    a share of their mean loss (0 or more).
    """
    if run.row_loss_cv is not None:
        return run.row_loss_cv
    if run.recorded_spread is not None:
        return run.recorded_spread
    if isinstance(run.log, Missing):
        return run.log
    if run.record is None:
        return Missing(reason="a history does not show the loss of single rows", needs="recorder")
    reason = run.record.unknown.get("row_loss_std")
    return Missing(reason=reason or "the Recorder did not measure single rows")
