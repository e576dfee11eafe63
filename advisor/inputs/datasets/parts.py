"""What a source of data holds, before its names are classes and it has a validation part."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Rows
from advisor.inputs.files.file_window import sha256_of
from advisor.values import dataclass

MAX_BYTES = 2 << 30  # more is streamed where it can be: twice that in memory, and on the device
PART_NAMES: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
USE_TEST = "a test part is for the end, not for choosing a recipe"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The rows as the source gave them; text targets are class names still.

    `groups` belong to rows of `train` and `val`; both are given or none. The other fields are
    those of a Dataset.
    """

    train: Rows
    val: Rows | None = None
    train_groups: Array | None = None
    val_groups: Array | None = None
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    is_sequence: bool = False
    notes: tuple[str, ...] = ()


def validation_part(parts: Sequence[str], source: str, use_test: bool) -> str | None:
    """Which of the parts `found` to validate on; None where one has to be split off.

    A test part serves only where `use_test` allows it and there is no other. Raises InputError
    where it alone could serve and may not.
    """
    if "val" in parts:
        return "val"
    if "test" in parts and use_test:
        return "test"
    if "test" in parts:
        raise InputError(
            f"{source}: has a test part but no validation part, and {USE_TEST}; add a validation"
            " part, leave the test part out, or allow it with --use-test"
        )
    return None


def part_notes(parts: Sequence[str], chosen: str | None) -> tuple[str, ...]:
    """What to say of the part that was chosen, and of a test part that was left alone."""
    if chosen == "test":
        return ("Validated on the test part, as --use-test allows: keep other rows for the end.",)
    return ("The test part was left alone.",) if "test" in parts else ()


def as_array(value: object, name: str, source: str) -> Array:
    """`value` as an array with rows; InputError for objects, scalars, records and dates.

    Text becomes `str_`; other objects are refused, as only a pickle could hold them.
    """
    try:
        array: Array = np.asarray(value)
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{source}: {name} is no array ({reason}); give equal rows") from error
    if array.dtype.kind == "O" and all(isinstance(entry, str) for entry in array.flat):
        array = array.astype(np.str_)
    if array.dtype.kind == "S":
        array = _decoded(array, name, source)
    if array.dtype.kind not in "biufU" and str(array.dtype) != "bfloat16":
        content = "Python objects" if array.dtype.kind == "O" else f"{array.dtype} values"
        raise InputError(f"{source}: {name} holds {content}; give plain numbers or text")
    if array.ndim == 0:
        raise InputError(f"{source}: {name} is one value, not an array with a row for each sample")
    return array


def _decoded(array: Array, name: str, source: str) -> Array:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: {name} holds bytes that are no UTF-8 text") from error


def sha256_of_all(root: Path, files: Sequence[Path]) -> str:
    """One SHA-256 of several files in a folder: of their names below `root` and their contents."""
    digest = sha256()
    for file in sorted(files):
        name = file.relative_to(root).as_posix()
        digest.update(f"{len(name.encode())} {name} {sha256_of(file)}\n".encode())
    return digest.hexdigest()


def joined(rows: Sequence[Any]) -> Rows:
    """Rows of several batches, one after the other."""
    weights = [batch.weights for batch in rows]
    return Rows(
        inputs=tuple(
            np.concatenate(arrays) for arrays in zip(*(b.inputs for b in rows), strict=True)
        ),
        targets=tuple(
            np.concatenate(arrays) for arrays in zip(*(b.targets for b in rows), strict=True)
        ),
        weights=None if any(array is None for array in weights) else np.concatenate(weights),
    )
