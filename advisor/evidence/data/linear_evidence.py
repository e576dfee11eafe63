"""L1 compared with L2 in linear models: whether few or many inputs matter [Ng 2004]."""

import warnings

import numpy as np

from advisor.evidence.data.cross_validation import Fold, folds_of, ridge_predictions
from advisor.evidence.data.subject import Numbers, Sample
from advisor.evidence.measurement import Missing

MAX_FITTED = 1000  # rows
NO_ERROR = 0.01  # of the target's variance
MAX_TARGETS = 10  # columns of the target: the most frequent classes
L1_SHARES = np.logspace(0, -2.5, 8)  # of the strength at which all weights are 0
L2_STRENGTHS = np.logspace(2, -3.5, 12)


def sparse_advantage(sample: Sample) -> float | Missing:
    """How much lower L1's held-out squared error is than L2's, as a share of L2's.

    Each has its best strength over four folds. Classes are predicted as one-hot numbers, which
    keeps both models linear and fast. At twice L2's error or more it is -1. Missing if L2 leaves
    almost nothing of the target's variance: shares of that mean nothing.
    """
    targets = _targets(sample)[:MAX_FITTED]
    inputs, folds = sample.inputs[:MAX_FITTED], sample.folds[:MAX_FITTED]
    errors = {
        "lasso": np.zeros((len(L1_SHARES), len(targets))),
        "ridge": np.zeros((len(L2_STRENGTHS), len(targets))),
    }
    seen = np.zeros(len(targets), dtype=bool)
    for fold in folds_of(inputs, folds):
        wanted = targets[fold.is_left_out]
        for model, predicted in (
            ("lasso", _lasso_predictions(fold, targets)),
            ("ridge", ridge_predictions(fold, targets, L2_STRENGTHS)),
        ):
            errors[model][:, fold.is_left_out] = ((wanted - predicted) ** 2).sum(axis=2)
        seen |= fold.is_left_out
    best = {model: by_fold[:, seen].mean(axis=1).min() for model, by_fold in errors.items()}
    if not best["ridge"] > NO_ERROR * targets[seen].var(axis=0).sum():
        return Missing(reason="a linear model predicts the target almost exactly")
    return max(-1.0, float((best["ridge"] - best["lasso"]) / best["ridge"]))


def _targets(sample: Sample) -> Numbers:
    """The target as columns: one-hot for classes, else its numbers scaled to unit variance."""
    if sample.labels is not None:
        counts = np.bincount(sample.labels)
        frequent = np.argsort(-counts, kind="stable")[: MAX_TARGETS if len(counts) > 2 else 1]
        one_hot: Numbers = (sample.labels[:, None] == frequent).astype(np.float64)
        return one_hot
    columns = sample.target.reshape(len(sample.target), -1)[:, :MAX_TARGETS].astype(np.float64)
    spread = columns.std(axis=0)
    return columns / np.where(spread > 0, spread, 1.0)


def _lasso_predictions(fold: Fold, targets: Numbers) -> Numbers:
    """Predictions [strengths, rows left out, targets] of L1 models by coordinate descent."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import lasso_path

    fitted = targets[~fold.is_left_out]
    mean = fitted.mean(axis=0)
    centered = np.asfortranarray(fitted - mean)
    inputs = np.asfortranarray(fold.inputs)
    gram = np.ascontiguousarray(inputs.T @ inputs)
    products = np.asfortranarray(inputs.T @ centered)
    largest = np.abs(products).max(initial=0.0) / len(inputs)
    predicted = np.broadcast_to(mean, (len(L1_SHARES), len(fold.left_out), targets.shape[1])).copy()
    if largest <= 0:
        return predicted
    with warnings.catch_warnings():  # the weak end of a path need not converge to be ruled out
        warnings.simplefilter("ignore", ConvergenceWarning)
        for column in range(targets.shape[1]):
            weights = lasso_path(
                inputs,
                centered[:, column],
                alphas=largest * L1_SHARES,
                precompute=gram,
                Xy=products[:, column],
                tol=1e-3,
                max_iter=100,
            )[1]
            predicted[:, :, column] += (fold.left_out @ weights).T
    return predicted
