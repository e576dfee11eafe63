"""What only the user's data show, or in part a Recorder; without these it is missing."""

from math import sqrt

import numpy as np

from advisor.evidence.data.subject import NEEDS_DATA, DataSubject
from advisor.evidence.measurement import Missing, Reading, measurement

NOT_RUN = Missing(reason="the model was not run on the data")
NO_MEANING = Missing(reason="it has no meaning for this model")

# The largest over the smallest class. Above this, a data set counts as imbalanced in KEEL's
# repository [Alcala-Fdez et al. 2011, Fernandez et al. 2008].
BALANCED_RATIO = 1.5
CHANCE_ERRORS = 3.0  # standard errors of the chi-square that equal classes would give


@measurement("data.majority_share", unit="share")
def majority_share(subject: DataSubject) -> Reading:
    """The share of the rows that belong to the most frequent class (0 to 1)."""
    labels = subject.labels
    if isinstance(labels, Missing):
        return labels
    counts = np.bincount(labels)
    return float(counts.max() / counts.sum())


@measurement("data.is_balanced", kind="truth")
def is_balanced(subject: DataSubject) -> Reading:
    """True if every class has about as many rows as the others.

    That is, if chance alone explains the sizes of the classes, or if the largest class is at most
    1.5 times the smallest.
    """
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


@measurement("data.sparse_linear_advantage", unit="share")
def sparse_linear_advantage(subject: DataSubject) -> Reading:
    """How much better a linear model with L1 predicts held-out rows than one with L2, as a share of
    the L2 model's loss (negative if it is worse, at least -1).
    """
    sample = subject.sample
    if isinstance(sample, Missing):
        return sample
    if not subject.is_flat:
        return Missing(reason="the inputs are images, sequences or places, not a table")
    from advisor.evidence.data.linear_evidence import sparse_advantage

    return sparse_advantage(sample)


@measurement("data.label_noise", unit="share")
def label_noise(subject: DataSubject) -> Reading:
    """The share of the rows whose label is probably wrong (0 to 1)."""
    labels, sample = subject.labels, subject.sample
    if isinstance(labels, Missing):
        return labels
    if isinstance(sample, Missing):
        return sample
    from advisor.evidence.data.label_noise import noise_share

    return noise_share(sample)


@measurement("data.duplicates", unit="rows")
def duplicates(subject: DataSubject) -> Reading:
    """The number of validation rows that are also training rows (0 or more)."""
    return NEEDS_DATA if subject.dataset is None else subject.dataset.duplicates


@measurement("data.clean_train_loss", unit="loss")
def clean_train_loss(subject: DataSubject) -> Reading:
    """The loss of the saved weights on the training rows, without penalty, dropout or
    augmentation.
    """
    return _evaluated(subject, "clean_train_loss")


@measurement("data.clean_val_loss", unit="loss")
def clean_val_loss(subject: DataSubject) -> Reading:
    """The loss of the saved weights on the validation rows, without penalty."""
    return _evaluated(subject, "clean_val_loss")


@measurement("data.clean_train_accuracy", unit="share")
def clean_train_accuracy(subject: DataSubject) -> Reading:
    """The accuracy of the saved weights on the training rows, without dropout or augmentation (0
    to 1).
    """
    return _evaluated(subject, "clean_train_accuracy")


@measurement("training.penalty_gradient_ratio", unit="ratio")
def penalty_gradient_ratio(subject: DataSubject) -> Reading:
    """The norm of the penalty's gradient over that of the data loss, at the saved weights (0 or
    more).
    """
    return _evaluated(subject, "penalty_gradient_ratio")


@measurement("training.has_clean_figures", kind="truth")
def has_clean_figures(subject: DataSubject) -> Reading:
    """True if the loss of the training rows is known without dropout or augmentation."""
    return isinstance(clean_train_loss.measure(subject), float)


def _evaluated(subject: DataSubject, field: str) -> Reading:
    """A figure of the saved weights: as measured on these rows, else as a Recorder noted it."""
    recorded: float | None = getattr(subject.record, field, None)
    if subject.evaluation is None and recorded is not None:
        return recorded
    if subject.evaluation is None:
        return NEEDS_DATA if subject.dataset is None else NOT_RUN
    value: float | None = getattr(subject.evaluation, field)
    return NO_MEANING if value is None else value
