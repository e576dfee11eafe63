"""Class labels: numbers for names, and the classes that targets stand for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Rows
from advisor.inputs.datasets.parts import Parts

MAX_CLASSES = 1000
ROWS_PER_CLASS = 2  # more distinct whole numbers than half of the rows are no classes


def with_numbered_classes(parts: Parts, source: str) -> Parts:
    """The same with numbers 0..k-1 for class names, in sorted order, and a note that says so.

    Raises InputError where a target of several columns, or not the only one, holds text.
    """
    if not any(target.dtype.kind == "U" for target in parts.train.targets):
        return parts
    rows = [parts.train, *((parts.val,) if parts.val is not None else ())]
    targets = [part.targets[0] for part in rows]
    if len(parts.train.targets) > 1 or any(target.ndim > 1 for target in targets):
        raise InputError(
            f"{source}: several targets, or columns of one, hold text; give the numbers that the"
            " model was trained on"
        )
    names = np.unique(np.concatenate([target.astype(np.str_) for target in targets]))
    if len(names) > MAX_CLASSES:
        raise InputError(
            f"{source}: the target holds {len(names):,} different texts, too many for class names;"
            " give numbers"
        )
    numbered = [
        replace(part, targets=(np.searchsorted(names, target.astype(np.str_)),))
        for part, target in zip(rows, targets, strict=True)
    ]
    shown = ", ".join(f"{index} {name!r}" for index, name in enumerate(names[:10].tolist()))
    more = ", ..." if len(names) > 10 else ""
    return replace(
        parts,
        train=numbered[0],
        val=numbered[1] if len(numbered) > 1 else None,
        class_names=tuple(names.tolist()),
        notes=(*parts.notes, f"Class names are numbered in sorted order: {shown}{more}."),
    )


def class_labels(rows: Rows) -> NDArray[np.int64] | None:
    """The class of each row, by the first target; None where that is not one of few classes.

    Whole numbers and one-hot rows are classes; whole numbers that are a count or an amount pass
    for classes too, where they are few.
    """
    target = rows.targets[0]
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if target.ndim == 2 and _is_one_hot(target):
        classes: NDArray[np.int64] = np.argmax(target, axis=1).astype(np.int64)
        return classes
    if target.ndim != 1 or target.dtype.kind not in "biuf" or not np.all(np.isfinite(target)):
        return None
    if target.dtype.kind == "f" and not np.array_equal(target, np.round(target)):
        return None
    distinct = len(np.unique(target))
    if distinct > min(MAX_CLASSES, max(2, len(target) // ROWS_PER_CLASS)):
        return None
    return target.astype(np.int64)


def class_count(rows: Rows) -> int | None:
    """The number of classes of the one target that has any; None where none or several have.

    One-hot rows have a class for each column, whole numbers one for each that occurs.
    """
    counts = []
    for target in rows.targets:
        labels = class_labels(replace(rows, targets=(target,)))
        if labels is not None:
            columns = target.shape[1] if target.ndim == 2 else 1
            counts.append(columns if columns > 1 else len(np.unique(labels)))
    return counts[0] if len(counts) == 1 else None


def _is_one_hot(target: Array) -> bool:
    if target.dtype.kind not in "biuf":
        return False
    is_binary = bool(np.all((target == 0) | (target == 1)))
    return is_binary and bool(np.all(np.count_nonzero(target, axis=1) == 1))
