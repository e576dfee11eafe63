"""What only the user's data, or the Recorder, can tell; until they are read each says so."""

from collections.abc import Callable

from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Kind, Measurement, Missing, Reading

NEEDS_DATA = Missing(reason="no data was given", needs="data")
NEEDS_RECORDER = Missing(reason="a history does not say how fit was called", needs="recorder")

# name -> kind, unit, meaning
FROM_DATA: dict[str, tuple[Kind, str, str]] = {
    "data.majority_share": (
        "number",
        "share",
        "The share of the rows that belong to the most frequent class (0 to 1).",
    ),
    "data.is_balanced": (
        "truth",
        "",
        "True if every class has about as many rows as the others.",
    ),
    "data.sparse_linear_advantage": (
        "number",
        "share",
        "How much better a linear model with L1 predicts held-out rows than one with L2, as a "
        "share of the L2 model's loss (negative where it is worse).",
    ),
    "data.label_noise": (
        "number",
        "share",
        "The share of the rows whose label is probably wrong (0 to 1).",
    ),
    "data.duplicates": (
        "number",
        "rows",
        "The number of validation rows that are training rows too (0 or more).",
    ),
    "data.clean_train_loss": (
        "number",
        "loss",
        "The loss of the saved weights on the training rows, without penalty, dropout or "
        "augmentation.",
    ),
    "data.clean_val_loss": (
        "number",
        "loss",
        "The loss of the saved weights on the validation rows, without penalty.",
    ),
    "data.clean_train_accuracy": (
        "number",
        "share",
        "The accuracy of the saved weights on the training rows, without dropout or "
        "augmentation (0 to 1).",
    ),
    "training.penalty_gradient_ratio": (
        "number",
        "ratio",
        "The norm of the penalty's gradient over that of the data loss, at the saved weights "
        "(0 or more).",
    ),
}

FROM_RECORDER: dict[str, tuple[Kind, str, str]] = {
    "training.uses_class_weight": (
        "truth",
        "",
        "True if classes or rows were weighted in the training loss, which the validation loss "
        "is not.",
    ),
    "training.uses_validation_split": (
        "truth",
        "",
        "True if the validation rows are the last rows of the training data, as "
        "`validation_split` takes them.",
    ),
    "training.restores_best_weights": (
        "truth",
        "",
        "True if early stopping put the weights of the best epoch back.",
    ),
    "training.saved_epoch": (
        "number",
        "epoch",
        "The epoch at whose end the saved weights were those of the model (counted from 1).",
    ),
}


def _lacking(missing: Missing) -> Callable[[Run], Reading]:
    return lambda run: missing


MEASUREMENTS: tuple[Measurement[Run], ...] = tuple(
    Measurement(
        name=name, kind=kind, unit=unit, meaning=meaning, scope="model", measure=_lacking(missing)
    )
    for table, missing in ((FROM_DATA, NEEDS_DATA), (FROM_RECORDER, NEEDS_RECORDER))
    for name, (kind, unit, meaning) in table.items()
)
