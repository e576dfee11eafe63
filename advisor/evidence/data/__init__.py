"""What only the user's data can tell, some of it a Recorder too; without them each says so."""

from collections.abc import Callable, Mapping
from math import sqrt

import numpy as np

from advisor.evidence.data.subject import NEEDS_DATA, Subject
from advisor.evidence.measurement import Kind, Measurement, Missing, Reading

NOT_RUN = Missing(reason="the model was not run on the data")
NO_MEANING = Missing(reason="it has no meaning for this model")

# The largest over the smallest class: above, a data set counts as imbalanced in KEEL's repository
# [Alcala-Fdez et al. 2011, Fernandez et al. 2008].
BALANCED_RATIO = 1.5
CHANCE_ERRORS = 3.0  # standard errors of the chi-square that equal classes would give

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
        "share of the L2 model's loss (negative where it is worse, at least -1).",
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
    "training.has_clean_figures": (
        "truth",
        "",
        "True if the loss of the training rows is known without dropout or augmentation.",
    ),
}


def _majority_share(subject: Subject) -> Reading:
    labels = subject.labels
    if isinstance(labels, Missing):
        return labels
    counts = np.bincount(labels)
    return float(counts.max() / counts.sum())


def _is_balanced(subject: Subject) -> Reading:
    """True where chance alone explains the classes' sizes, or none is half as large again."""
    labels = subject.labels
    if isinstance(labels, Missing):
        return labels
    counts = np.bincount(labels)
    if len(counts) < 2:
        return False
    expected = counts.sum() / len(counts)
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    freedom = len(counts) - 1
    is_chance = chi_square <= freedom + CHANCE_ERRORS * sqrt(2 * freedom)
    return is_chance or bool(counts.max() <= BALANCED_RATIO * counts.min())


def _sparse_advantage(subject: Subject) -> Reading:
    sample = subject.sample
    if isinstance(sample, Missing):
        return sample
    if not subject.is_flat:
        return Missing(reason="the inputs are images, sequences or places, not a table")
    from advisor.evidence.data.linear_evidence import sparse_advantage

    return sparse_advantage(sample)


def _label_noise(subject: Subject) -> Reading:
    labels, sample = subject.labels, subject.sample
    if isinstance(labels, Missing):
        return labels
    if isinstance(sample, Missing):
        return sample
    from advisor.evidence.data.label_noise import noise_share

    return noise_share(sample)


def _duplicates(subject: Subject) -> Reading:
    return NEEDS_DATA if subject.dataset is None else subject.dataset.duplicates


def _has_clean_figures(subject: Subject) -> Reading:
    return isinstance(_MEASURED["data.clean_train_loss"](subject), float)


def _evaluated(field: str) -> Callable[[Subject], Reading]:
    def of(subject: Subject) -> Reading:
        recorded: float | None = getattr(subject.record, field, None)
        if subject.evaluation is None and recorded is not None:
            return recorded
        if subject.evaluation is None:
            return NEEDS_DATA if subject.dataset is None else NOT_RUN
        value: float | None = getattr(subject.evaluation, field)
        return NO_MEANING if value is None else value

    return of


_MEASURED: Mapping[str, Callable[[Subject], Reading]] = {
    "data.majority_share": _majority_share,
    "data.is_balanced": _is_balanced,
    "data.sparse_linear_advantage": _sparse_advantage,
    "data.label_noise": _label_noise,
    "data.duplicates": _duplicates,
    "data.clean_train_loss": _evaluated("clean_train_loss"),
    "data.clean_val_loss": _evaluated("clean_val_loss"),
    "data.clean_train_accuracy": _evaluated("clean_train_accuracy"),
    "training.penalty_gradient_ratio": _evaluated("penalty_gradient_ratio"),
    "training.has_clean_figures": _has_clean_figures,
}

MEASUREMENTS: tuple[Measurement[Subject], ...] = tuple(
    Measurement(
        name=name, kind=kind, unit=unit, meaning=meaning, scope="model", measure=_MEASURED[name]
    )
    for name, (kind, unit, meaning) in FROM_DATA.items()
)
