"""The share of wrong labels, from cheap models that predict rows they were not fitted on."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.data.cross_validation import Fold, folds_of, ridge_predictions
from advisor.evidence.data.subject import Numbers, Sample
from advisor.evidence.measurement import Missing

RIDGE = np.array([0.1])  # a penalty of a tenth of each standardised column's weight
NEIGHBOURS = 15
ANCHORS = 0.3  # share of each predicted class: the rows that a model is most certain of
MINIMUM_ROWS = 100
MINIMUM_PER_CLASS = 10
MINIMUM_SKILL = 0.45  # of the way from the majority's share to no error at all
LEAST_PROBABILITY = 1e-3

Model = Callable[[Fold, Numbers], Numbers]  # (fold, one-hot labels) -> probabilities


def noise_share(sample: Sample) -> float | Missing:
    """An estimate of the share of wrong labels that errs on the low side.

    It uses a linear model or 15 nearest neighbours, whichever predicts left-out rows better. Two
    published estimates are made from its probabilities, and the lower one is returned. One is
    confident learning [Northcutt, Jiang & Chuang 2021], which counts a model's own errors as noise
    if classes overlap. The other is the error among the rows that the model is most certain of,
    where the label's distribution is that of the noise [anchor points: Liu & Tao 2016].

    Missing if the model is too weak to distinguish noise from its own errors.
    """
    labels = sample.labels
    if labels is None:
        return Missing(reason="the targets are not class labels")
    counts = np.bincount(labels)
    if len(labels) < MINIMUM_ROWS or counts.min() < MINIMUM_PER_CLASS:
        return Missing(
            reason=f"it takes {MINIMUM_ROWS} rows, with {MINIMUM_PER_CLASS} of every class"
        )
    candidates = [_probabilities(sample, labels, model) for model in (_linear, _neighbours)]
    hits = [float(np.mean(probabilities.argmax(axis=1) == labels)) for probabilities in candidates]
    majority = counts.max() / len(labels)
    skill = (max(hits) - majority) / (1 - majority) if majority < 1 else 0.0
    if skill < MINIMUM_SKILL:
        return Missing(
            reason="cheap models predict the labels too poorly "
            f"({max(hits):.0%} right, the most frequent class {majority:.0%}) to judge them"
        )
    best = candidates[int(np.argmax(hits))]
    return min(confident_share(best, labels), anchor_share(best, labels))


def confident_share(probabilities: Numbers, labels: NDArray[np.int64]) -> float:
    """The share off the diagonal of the calibrated confident joint [Northcutt et al. 2021, eq. 3].

    A row counts for the most probable class whose probability is at least its mean over the rows
    with that label. Counts are scaled to the number of rows with each label.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=classes)
    thresholds = np.bincount(labels, weights=own, minlength=classes) / np.maximum(counts, 1)
    above = np.where(probabilities >= thresholds, probabilities, -1.0)
    counted = above.max(axis=1) >= 0
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[counted], above[counted].argmax(axis=1)), 1)
    joint *= (counts / np.maximum(joint.sum(axis=1), 1))[:, None]
    return float(1 - np.trace(joint) / joint.sum()) if joint.sum() else 0.0


def anchor_share(probabilities: Numbers, labels: NDArray[np.int64]) -> float:
    """The share of wrong predictions among the most certain 30 % of each predicted class."""
    predicted, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = anchors = 0
    for label in np.unique(predicted):
        rows = np.flatnonzero(predicted == label)
        surest = rows[np.argsort(-sureness[rows], kind="stable")]
        surest = surest[: max(1, round(ANCHORS * len(rows)))]
        wrong += int(np.count_nonzero(labels[surest] != label))
        anchors += len(surest)
    return wrong / anchors


def _probabilities(sample: Sample, labels: NDArray[np.int64], model: Model) -> Numbers:
    """Each row's probabilities by a model that was fitted without its fold."""
    one_hot = np.eye(labels.max() + 1)[labels]
    probabilities = np.full(one_hot.shape, 1 / one_hot.shape[1])
    for fold in folds_of(sample.inputs, sample.folds):
        probabilities[fold.is_left_out] = model(fold, one_hot)
    return probabilities


def _linear(fold: Fold, one_hot: Numbers) -> Numbers:
    """Ridge regression on one-hot labels, cut to positive values that sum to 1."""
    predicted = np.maximum(ridge_predictions(fold, one_hot, RIDGE)[0], LEAST_PROBABILITY)
    shares: Numbers = predicted / predicted.sum(axis=1, keepdims=True)
    return shares


def _neighbours(fold: Fold, one_hot: Numbers) -> Numbers:
    """The shares of the classes among the nearest fitted rows."""
    known = one_hot[~fold.is_left_out]
    near = min(NEIGHBOURS, len(known))
    squares = (fold.inputs**2).sum(axis=1) - 2 * fold.left_out @ fold.inputs.T
    nearest = np.argpartition(squares, near - 1, axis=1)[:, :near]
    shares: Numbers = known[nearest].mean(axis=1)
    return shares
