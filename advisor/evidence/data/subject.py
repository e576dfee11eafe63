"""The user's rows as their measurements see them: labels and flat inputs, computed once."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.architecture.losses import Task
from advisor.evidence.data.cross_validation import fold_numbers
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Missing
from advisor.inputs.dataset import Array, Dataset
from advisor.inputs.record import Record
from advisor.values import dataclass

NEEDS_DATA = Missing(reason="no data was given", needs="data")
MAX_COLUMNS = 500
MAX_ROWS = 2000  # in the sample that is measured, so that all work takes less than a second
MINIMUM_ROWS = 40
SEED = 0  # of the sample and the folds, so that equal rows give equal figures

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Up to 2,000 of the pooled rows: inputs [rows, columns], one target, and a fold for each."""

    inputs: Numbers
    target: Array  # [rows], or one-hot or several numbers [rows, columns]
    labels: NDArray[np.int64] | None  # 0..k-1; None if the target is not a class
    folds: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class DataSubject:
    """A data set, what the saved weights do on it, and what the model says about its task.

    `record` is what a Recorder noted for the same weights. `takes_names` says that the model reads
    numbers of a row as names of things, such as words; cheap models can't use these.
    """

    dataset: Dataset | None = None
    evaluation: Evaluation | None = None
    record: Record | None = None
    task: Task = "unknown"
    takes_names: bool = False

    @cached_property
    def labels(self) -> NDArray[np.int64] | Missing:
        """The class of each pooled row, as 0..k-1."""
        if self.dataset is None:
            return NEEDS_DATA
        if self.task == "regression":
            return Missing(reason="the model predicts numbers, not classes")
        if len(self.dataset.train.targets) > 1:
            return Missing(reason="there are several targets")
        from advisor.inputs.splits import pooled_labels

        labels = pooled_labels(self.dataset)
        if labels is None:
            return Missing(reason="the targets are not class labels")
        numbers: NDArray[np.int64] = np.unique(labels, return_inverse=True)[1]
        return numbers

    @cached_property
    def is_flat(self) -> bool:
        """True if a row is one vector of numbers, as in a table."""
        return self.dataset is not None and all(
            array.ndim == 2 and array.dtype.kind in "biuf" for array in self.dataset.train.inputs
        )

    @cached_property
    def sample(self) -> Sample | Missing:
        """Rows to fit cheap models to, spread over the data set."""
        if self.dataset is None:
            return NEEDS_DATA
        if self.takes_names:
            return Missing(reason="an embedding or lookup reads numbers of a row as names")
        if (obstacle := _obstacle(self.dataset)) is not None:
            return Missing(reason=obstacle)
        from advisor.inputs.splits import advised_splits, pooled_sample

        rows = len(self.dataset.train) + len(self.dataset.val)
        kind, _ = advised_splits(self.dataset)
        chosen, folds = fold_numbers(
            rows, MAX_ROWS, groups=self.dataset.groups, is_sequence=kind == "fixed", seed=SEED
        )
        taken = pooled_sample(self.dataset, chosen)
        flat = np.hstack([array.reshape(len(taken), -1) for array in taken.inputs])
        target, labels = taken.targets[0], self.labels
        if not (np.all(np.isfinite(flat)) and np.all(np.isfinite(target))):
            return Missing(reason="the rows contain NaN or infinite values")
        return Sample(
            inputs=flat.astype(np.float64),
            target=target,
            labels=None if isinstance(labels, Missing) else labels[chosen],
            folds=folds,
        )


def _obstacle(dataset: Dataset) -> str | None:
    """Why cheap models can't be fitted to these rows; None if they can."""
    inputs, targets = dataset.train.inputs, dataset.train.targets
    if len(targets) > 1:
        return "there are several targets"
    if any(array.dtype.kind not in "biuf" for array in (*inputs, *targets)):
        return "the rows contain text"
    columns = sum(int(np.prod(array.shape[1:])) for array in inputs)
    if columns > MAX_COLUMNS:
        return f"a row has {columns:,} numbers; cheap models take at most {MAX_COLUMNS}"
    rows = len(dataset.train) + len(dataset.val)
    if rows < MINIMUM_ROWS:
        return f"{rows} rows are too few; it takes {MINIMUM_ROWS}"
    return None
