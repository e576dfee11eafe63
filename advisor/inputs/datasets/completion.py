"""From what a source holds to a dataset: rows checked, classes numbered, a validation part."""

from dataclasses import replace

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Dataset, Rows
from advisor.inputs.datasets.class_labels import with_numbered_classes
from advisor.inputs.datasets.parts import Parts
from advisor.inputs.splits import split_off


def completed(parts: Parts, source: str, *, sha256: str | None, seed: int) -> Dataset:
    """The dataset in `parts`; where they have no validation part, one is split off, by `seed`.

    Raises InputError where arrays of a part have different numbers of rows, where a part is empty,
    and where too few rows are there to split.
    """
    _check_rows("training", parts.train, parts.train_groups, source)
    if parts.val is not None:
        _check_rows("validation", parts.val, parts.val_groups, source)
        _check_alike(parts.train, parts.val, source)
    parts = with_numbered_classes(parts, source)
    train, val, notes, places = parts.train, parts.val, parts.notes, None
    if val is None:
        kept, drawn, note = split_off(
            train, source, groups=parts.train_groups, is_sequence=parts.is_sequence, seed=seed
        )
        train, val, notes = train.take(kept), train.take(drawn), (*notes, note)
        places = np.concatenate([kept, drawn])
    dataset = Dataset(
        source=source,
        sha256=sha256,
        train=train,
        val=val,
        input_names=parts.input_names,
        target_names=parts.target_names,
        class_names=parts.class_names,
        column_names=parts.column_names,
        val_origin="given" if places is None else "split off",
        groups=_group_numbers(parts, places, source),
        is_sequence=parts.is_sequence,
        notes=notes,
    )
    return replace(dataset, notes=(*notes, *_leaks(dataset)))


def _check_rows(name: str, rows: Rows, groups: Array | None, source: str) -> None:
    arrays = {
        **{_numbered("input", i, rows.inputs): array for i, array in enumerate(rows.inputs)},
        **{_numbered("target", i, rows.targets): array for i, array in enumerate(rows.targets)},
        **({} if rows.weights is None else {"sample weights": rows.weights}),
        **({} if groups is None else {"groups": groups}),
    }
    counts = {label: len(array) for label, array in arrays.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{count} rows of {label}" for label, count in counts.items())
        raise InputError(f"{source}: the {name} part has {listed}; give a row of each per sample")
    if len(rows) == 0:
        raise InputError(f"{source}: the {name} part has no rows")
    for label, array in arrays.items():
        is_flat = label in ("sample weights", "groups")
        if is_flat and array.ndim != 1:
            raise InputError(
                f"{source}: {label} of the {name} part have shape {array.shape}; give one value a"
                " row"
            )


def _numbered(kind: str, index: int, arrays: tuple[Array, ...]) -> str:
    return kind if len(arrays) == 1 else f"{kind} {index}"


def _check_alike(train: Rows, val: Rows, source: str) -> None:
    """Refuse parts whose arrays differ in number or in the shape of a row."""
    for kind, mine, theirs in (
        ("inputs", train.inputs, val.inputs),
        ("targets", train.targets, val.targets),
    ):
        shapes = [array.shape[1:] for array in mine]
        others = [array.shape[1:] for array in theirs]
        kinds = [array.dtype.kind == "U" for array in mine]
        if shapes != others or kinds != [array.dtype.kind == "U" for array in theirs]:
            raise InputError(
                f"{source}: {kind} differ: a training row has {_listed(mine)}, a validation row"
                f" {_listed(theirs)}; give both the same"
            )


def _listed(arrays: tuple[Array, ...]) -> str:
    return " and ".join(f"shape {array.shape[1:]} of {array.dtype}" for array in arrays)


def _group_numbers(parts: Parts, places: Array | None, source: str) -> Array | None:
    """A number for each group over the pooled rows; None where rows are not grouped."""
    if parts.train_groups is None and parts.val_groups is None:
        return None
    if parts.val is not None and (parts.train_groups is None or parts.val_groups is None):
        raise InputError(
            f"{source}: only one of the parts has groups; give groups_train and groups_val"
        )
    groups = [part for part in (parts.train_groups, parts.val_groups) if part is not None]
    _, numbers = np.unique(np.concatenate(groups), return_inverse=True)
    return numbers if places is None else numbers[places]


def _leaks(dataset: Dataset) -> tuple[str, ...]:
    """What to say of rows, and of groups, that are in both parts."""
    notes = []
    if count := dataset.duplicates:
        notes.append(
            f"{count} of {len(dataset.val)} validation rows have the inputs of a training row:"
            " validation figures are too good by their share."
        )
    if dataset.groups is not None:
        train = dataset.groups[: len(dataset.train)]
        both = np.intersect1d(train, dataset.groups[len(dataset.train) :])
        if len(both):
            notes.append(f"{len(both)} groups have rows in both parts, which may leak.")
    return tuple(notes)
