"""The sample weights of all rows: training as the user trains, validation as theirs counts."""

import numpy as np
from numpy.typing import NDArray

from advisor.inputs.dataset import Array, Dataset
from advisor.inputs.splits import pooled_labels
from advisor.values import dataclass

SAME_WEIGHT = 1e-6  # of the largest: what rounding makes of one weight


@dataclass(frozen=True, kw_only=True)
class RowWeights:
    """Weights [pooled rows] in either use, wherever a split puts a row; None: all count 1.

    `unknown` says why the weights of one part are not known for rows of the other. These then have
    the mean, and only the user's own split has the user's weights. `note` says which weights other
    splits have if only one part has weights.
    """

    training: Array | None = None
    validation: Array | None = None
    unknown: str | None = None
    note: str | None = None


def row_weights(dataset: Dataset) -> RowWeights:
    """What each row counts as it is trained on, and as it is validated on.

    A part without weights counts its rows equally, wherever they come from. Where only one part has
    weights, a row of the other gets that of its class if those are all one (class weights in
    disguise), else the mean.
    """
    train, val = dataset.train.weights, dataset.val.weights
    if train is not None and val is not None:
        both = np.concatenate([train, val])
        return RowWeights(training=both, validation=both)
    given, part, other = (
        (train, "training", "validation") if val is None else (val, "validation", "training")
    )
    if given is None:
        return RowWeights()
    is_given = (np.arange(dataset.n_train + dataset.n_val) < dataset.n_train) == (val is None)
    every, unknown = _extended(given, is_given, pooled_labels(dataset))
    which = "that of their class" if unknown is None else "their mean"
    return RowWeights(
        training=every if val is None else None,
        validation=None if val is None else every,
        unknown=unknown and f"only {part} rows have sample weights, {unknown}",
        note=f"Only {part} rows have sample weights: {other} rows drawn for {part} get {which}, and"
        f" for {other} all rows count equally.",
    )


def _extended(
    given: Array, is_given: NDArray[np.bool_], labels: NDArray[np.int64] | None
) -> tuple[Array, str | None]:
    """Weights of all rows from those that have one, and why the others' can't be told, if so."""
    every = np.full(len(is_given), given.mean(), dtype=given.dtype)
    every[is_given] = given
    if _are_one(given):
        return every, None
    if labels is None:
        return every, "which differ from row to row"
    by_label = {label: every[(labels == label) & is_given] for label in np.unique(labels)}
    for label, known in by_label.items():
        if not len(known):
            return every, f"and none is of class {label}"
        if not _are_one(known):
            return every, "which differ within a class"
    for label, known in by_label.items():
        every[(labels == label) & ~is_given] = known[0]
    return every, None


def _are_one(weights: Array) -> bool:
    """True where weights differ by rounding at most."""
    return float(weights.max() - weights.min()) <= SAME_WEIGHT * float(weights.max())
