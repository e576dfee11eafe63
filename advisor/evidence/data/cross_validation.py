"""Cheap models fitted on some folds of a sample, which predict the fold that was left out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from advisor.values import dataclass

FOLDS = 4
SMALLEST_SPREAD = 1e-9  # of the largest value: columns that vary less are constant

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Standardised inputs to fit on and to predict, and a mask of the rows left out."""

    inputs: Numbers  # [fitted rows, columns that vary]
    left_out: Numbers  # [rows left out, the same columns]
    is_left_out: NDArray[np.bool_]


def fold_numbers(
    rows: int, limit: int, *, groups: NDArray[np.integer] | None, is_sequence: bool, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Up to `limit` of the rows, and a fold for each of them.

    Folds are stretches of a sequence, whole groups, or random rows. From a sequence the first rows
    are taken.
    """
    if is_sequence:
        chosen = np.arange(min(rows, limit))
        return chosen, chosen * FOLDS // len(chosen)
    random = np.random.default_rng(seed)
    chosen = random.permutation(rows)[:limit]
    if groups is None:
        return chosen, np.arange(len(chosen)) % FOLDS
    _, numbers = np.unique(groups, return_inverse=True)
    return chosen, (random.permutation(numbers.max() + 1)[numbers] % FOLDS)[chosen]


def folds_of(inputs: Numbers, folds: NDArray[np.int64]) -> Iterator[Fold]:
    """Each fold once, standardised by the rows that are not in it."""
    for number in range(FOLDS):
        is_left_out = folds == number
        if not is_left_out.any() or is_left_out.all():
            continue
        fitted = inputs[~is_left_out]
        center, spread = fitted.mean(axis=0), fitted.std(axis=0)
        varies = spread > SMALLEST_SPREAD * np.maximum(1e-30, np.abs(fitted).max(axis=0))
        scale = spread[varies]
        yield Fold(
            inputs=(fitted[:, varies] - center[varies]) / scale,
            left_out=(inputs[is_left_out][:, varies] - center[varies]) / scale,
            is_left_out=is_left_out,
        )


def ridge_predictions(fold: Fold, targets: Numbers, strengths: Numbers) -> Numbers:
    """Predictions [strengths, rows left out, targets] of L2 models, `strengths` a row.

    `targets` [all rows, targets] are centered by the fitted rows. The penalty of a strength s is
    `s * rows / 2 * |w|^2`, added to half the squared error.
    """
    fitted = targets[~fold.is_left_out]
    mean = fitted.mean(axis=0)
    values, vectors = np.linalg.eigh(fold.inputs.T @ fold.inputs)
    turned = vectors.T @ (fold.inputs.T @ (fitted - mean))
    asked = fold.left_out @ vectors
    penalties = len(fold.inputs) * strengths
    return np.stack(
        [
            asked @ (turned / (np.maximum(values, 0.0) + penalty)[:, None]) + mean
            for penalty in penalties
        ]
    )
