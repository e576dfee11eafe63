"""Arrays in memory, as a function returns them or as `diagnose(data=...)` takes them."""

from collections.abc import Mapping, Sequence

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Rows
from advisor.inputs.datasets.array_names import parts_of_names
from advisor.inputs.datasets.parts import Parts, as_array
from advisor.values import dataclass

ACCEPTED = (
    "give (x, y), (x_train, y_train, x_val, y_val), ((x, y), (x_val, y_val)), or a dict of these"
    " names"
)
PAIR, TRIPLE, FOUR = 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class Named:
    """Arrays of one role with their names, () where they have none."""

    arrays: tuple[Array, ...]
    names: tuple[str, ...] = ()


def parts_of_object(value: object, source: str, *, use_test: bool) -> Parts:
    """The parts in a tuple or a dict of arrays.

    Where a pair holds two pairs, they are the training and the validation part, as Keras' own
    data sets come. Several inputs are a list, or a dict by name. Raises InputError for all else.
    """
    match value:
        case Mapping() if all(isinstance(name, str) for name in value):
            return parts_of_names(value, source, use_test=use_test)
        case [tuple() as train, tuple() as val] if _is_part(train) and _is_part(val):
            return _of_parts(train, val, source)
        case [x, y, *rest] if len(rest) < FOUR - 1:
            match rest:
                case [x_val, y_val]:
                    return _of_parts((x, y), (x_val, y_val), source)
                case [weights]:
                    return _of_parts((x, y, weights), None, source)
                case _:
                    return _of_parts((x, y), None, source)
    raise InputError(f"{source}: {_described(value)} is no data; {ACCEPTED}")


def _is_part(value: tuple[object, ...]) -> bool:
    """True for `(x, y)` and `(x, y, sample_weight)`."""
    return len(value) in (PAIR, TRIPLE)


def _of_parts(train: Sequence[object], val: Sequence[object] | None, source: str) -> Parts:
    rows, inputs, targets = _rows(train, "", source)
    if val is None:
        return Parts(train=rows, input_names=inputs.names, target_names=targets.names)
    val_rows, val_inputs, val_targets = _rows(val, "validation ", source)
    if (inputs.names, targets.names) != (val_inputs.names, val_targets.names):
        raise InputError(
            f"{source}: training and validation rows name different inputs or targets; give both"
            " the same, in the same order"
        )
    return Parts(train=rows, val=val_rows, input_names=inputs.names, target_names=targets.names)


def _rows(part: Sequence[object], prefix: str, source: str) -> tuple[Rows, Named, Named]:
    inputs = named_arrays(part[0], f"{prefix}x", source)
    targets = named_arrays(part[1], f"{prefix}y", source)
    weights = part[2] if len(part) > PAIR else None
    rows = Rows(
        inputs=inputs.arrays,
        targets=targets.arrays,
        weights=None if weights is None else as_array(weights, f"{prefix}sample_weight", source),
    )
    return rows, inputs, targets


def named_arrays(value: object, name: str, source: str) -> Named:
    """One array, several in a list or tuple, or several by name in a dict."""
    match value:
        case Mapping():
            return Named(
                arrays=tuple(as_array(array, str(key), source) for key, array in value.items()),
                names=tuple(str(key) for key in value),
            )
        case list() | tuple() if value and all(hasattr(entry, "shape") for entry in value):
            return Named(
                arrays=tuple(
                    as_array(array, f"{name}[{index}]", source) for index, array in enumerate(value)
                )
            )
        case _:
            return Named(arrays=(as_array(value, name, source),))


def _described(value: object) -> str:
    match value:
        case None:
            return "None"
        case tuple() | list():
            return f"a {type(value).__name__} of {len(value)}"
        case _:
            return f"a {type(value).__name__}"
