"""The user's rows: what a network was trained and validated on, as arrays."""

from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from advisor.values import dataclass

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of one part: every array has the rows along its first axis.

    `inputs` and `targets` are in the order of the model's inputs and outputs; `weights` are
    Keras' sample weights [rows], None for none.
    """

    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]
    weights: Array | None = None

    def __len__(self) -> int:
        return len(self.inputs[0])

    def take(self, indices: NDArray[np.integer[Any]]) -> "Rows":
        """The rows at `indices`, in that order."""
        return Rows(
            inputs=tuple(array[indices] for array in self.inputs),
            targets=tuple(array[indices] for array in self.targets),
            weights=None if self.weights is None else self.weights[indices],
        )


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Training and validation rows, and what is known of how they came apart.

    `val_origin` is `given` where the source held a validation part, `split off` where it was
    taken from the training rows. `groups` holds a group's number for each pooled row (training
    rows first), None where rows are not grouped. `class_names` are those of the first target
    where it held names: its numbers count into them. `column_names` are those of a table's
    columns, which stand side by side in the first input. `notes` are sentences for the report.
    """

    source: str
    sha256: str | None
    train: Rows
    val: Rows
    input_names: tuple[str, ...] = ()  # as the source named them; () where it did not
    target_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    val_origin: Literal["given", "split off"] = "given"
    groups: NDArray[np.integer[Any]] | None = None
    is_sequence: bool = False  # the source says that its rows follow each other in time
    notes: tuple[str, ...] = ()

    @property
    def n_train(self) -> int:
        """The number of training rows."""
        return len(self.train)

    @property
    def n_val(self) -> int:
        """The number of validation rows."""
        return len(self.val)

    @cached_property
    def duplicates(self) -> int:
        """The number of validation rows whose inputs are those of a training row, bit for bit."""
        train = set(_digests(self.train, self.val))
        return sum(digest in train for digest in _digests(self.val, self.train))


def nbytes(rows: Rows) -> int:
    """The bytes that the arrays of these rows take in memory."""
    arrays = (*rows.inputs, *rows.targets, *(() if rows.weights is None else (rows.weights,)))
    return sum(array.nbytes for array in arrays)


def _digests(rows: Rows, other: Rows) -> list[bytes]:
    """A digest of each row's inputs; equal values have equal digests in both of the parts."""
    shared = [
        np.ascontiguousarray(mine, dtype=np.result_type(mine, theirs))
        for mine, theirs in zip(rows.inputs, other.inputs, strict=True)
    ]
    digests = []
    for index in range(len(rows)):
        digest = blake2b(digest_size=16)
        for array in shared:
            digest.update(array[index].tobytes())
        digests.append(digest.digest())
    return digests
