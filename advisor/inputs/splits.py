"""Which rows to train and which to validate on: the user's own split, and others like it."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Dataset, Rows
from advisor.inputs.datasets.class_labels import class_labels
from advisor.inputs.row_order import why_sequence

SplitKind = Literal["resample", "fixed", "group"]
Indices = NDArray[np.int64]

VALIDATION_SHARE = 0.2
MINIMUM_ROWS = 10


def advised_splits(dataset: Dataset) -> tuple[SplitKind, str]:
    """How to vary the split, and why: `fixed` for sequences, `group` where rows are grouped."""
    if dataset.groups is not None:
        return "group", "rows are grouped"
    if dataset.is_sequence:
        return "fixed", "the rows have a time order"
    if (why := why_sequence(dataset.train)) is not None:
        return "fixed", why
    return "resample", "rows are independent as far as can be told"


def split_indices(
    dataset: Dataset, k: int, *, kind: SplitKind, seed: int
) -> tuple[Indices, Indices]:
    """The rows of split `k` by their place among the pooled rows, training rows first.

    0 is the user's own split, as every split of the kind `fixed` is. Others are drawn from
    all rows: of the same two sizes, class by class where the target has classes, for `resample`;
    by whole groups, whose sizes come as near as they can, for `group`. Equal arguments give equal
    splits. Raises InputError for `group` where rows are not grouped.
    """
    n_train, n_val = len(dataset.train), len(dataset.val)
    every = np.arange(n_train + n_val)
    if k == 0 or kind == "fixed":
        return every[:n_train], every[n_train:]
    random = np.random.default_rng([seed, k])
    if kind == "group":
        if dataset.groups is None:
            raise InputError(
                f"{dataset.source}: its rows are not grouped; name the column with --group, or add"
                " an array groups_train and groups_val"
            )
        val = _groups_drawn(np.asarray(dataset.groups), n_val, random)
    else:
        labels = pooled_labels(dataset)
        val = _drawn(labels if labels is not None else np.zeros_like(every), n_val, random)
    return np.setdiff1d(every, val), val


def pooled(dataset: Dataset) -> Rows:
    """All rows, training rows first. Sample weights are left out: `row_weights` has them."""
    both = zip(dataset.train.inputs, dataset.val.inputs, strict=True)
    return Rows(
        inputs=tuple(np.concatenate(arrays) for arrays in both), targets=_targets(dataset).targets
    )


def pooled_labels(dataset: Dataset) -> Indices | None:
    """The class of each pooled row; None where the first target is not one of few classes."""
    return class_labels(_targets(dataset))


def pooled_sample(dataset: Dataset, places: Indices) -> Rows:
    """The pooled rows at `places`, without pooling the others. Sample weights are left out."""
    n_train = len(dataset.train)
    order = np.argsort(places, kind="stable")
    is_train = places[order] < n_train
    parts = (
        dataset.train.take(places[order][is_train]),
        dataset.val.take(places[order][~is_train] - n_train),
    )
    back = np.argsort(order, kind="stable")
    return Rows(
        inputs=tuple(np.concatenate(a)[back] for a in zip(*(p.inputs for p in parts), strict=True)),
        targets=tuple(
            np.concatenate(a)[back] for a in zip(*(p.targets for p in parts), strict=True)
        ),
    )


def split_off(
    rows: Rows, source: str, *, groups: Array | None, is_sequence: bool, seed: int
) -> tuple[Indices, Indices, str]:
    """Training and validation indices into `rows`, a fifth of them for validation, and a note.

    The last rows of a sequence, whole groups where rows are grouped, else drawn class by class.
    Raises InputError for fewer than 10 rows, and for a single group.
    """
    every = np.arange(len(rows))
    if len(rows) < MINIMUM_ROWS:
        raise InputError(
            f"{source}: has {len(rows)} rows, too few to split off a validation part; give x_val"
            " and y_val, or at least 10 rows"
        )
    n_val = round(VALIDATION_SHARE * len(rows))
    random = np.random.default_rng([seed, 0])
    labels = class_labels(rows)
    if groups is not None:
        val, how = _groups_drawn(groups, n_val, random), "by whole groups"
    elif is_sequence or (why_sequence(rows) is not None):
        val, how = every[-n_val:], "the last ones, as rows follow each other in time"
    elif labels is not None:
        val, how = _drawn(labels, n_val, random), "stratified by class"
    else:
        val, how = _drawn(np.zeros_like(every), n_val, random), "at random"
    if not 0 < len(val) < len(rows):
        raise InputError(f"{source}: all rows are of one group; give a separate validation part")
    note = (
        f"No validation part was given: {len(val)} of {len(rows)} rows were split off ({how}). Give"
        " the one used in the training for the user's own split."
    )
    return np.setdiff1d(every, val), val, note


def _targets(dataset: Dataset) -> Rows:
    both = zip(dataset.train.targets, dataset.val.targets, strict=True)
    targets = tuple(np.concatenate(arrays) for arrays in both)
    return Rows(inputs=targets, targets=targets)


def _drawn(labels: NDArray[np.int64], size: int, random: np.random.Generator) -> Indices:
    """`size` rows, of each class its share; one row of every class stays out where that goes."""
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    shares = size * counts / len(labels)
    taken = np.floor(shares).astype(np.int64)
    spare = counts - taken - 1  # what a class can give beyond, and still keep a row
    order = np.argsort(-(shares - taken), kind="stable")
    for index in (*order, *order):
        if taken.sum() == size:
            break
        if spare[index] > 0:
            taken[index] += 1
            spare[index] -= 1
    for index in order:  # classes of one row each: sizes come first
        extra = min(int(size - taken.sum()), int(counts[index] - taken[index]))
        taken[index] += extra
    drawn = [
        random.permutation(np.flatnonzero(numbers == index))[:count]
        for index, count in enumerate(taken)
    ]
    return np.sort(np.concatenate(drawn))


def _groups_drawn(groups: Array, size: int, random: np.random.Generator) -> Indices:
    """All rows of groups that together come near `size` rows, leaving at least one group out."""
    _, numbers, counts = np.unique(groups, return_inverse=True, return_counts=True)
    chosen: list[int] = []
    total = 0
    for group in random.permutation(len(counts))[: max(1, len(counts) - 1)]:
        if abs(total + counts[group] - size) < abs(total - size):
            chosen.append(int(group))
            total += int(counts[group])
    if not chosen and len(counts) > 1:  # every group is larger than twice the size
        chosen.append(int(np.argmin(counts)))
    return np.flatnonzero(np.isin(numbers, chosen))
