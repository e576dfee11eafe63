"""Whether targets are what an output's loss takes; each refusal says what to do."""

from dataclasses import replace

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array
from advisor.training.rows.compiled_losses import OutputLoss
from advisor.training.rows.finite import check_finite
from advisor.training.rows.model_shapes import Shape, Tensor
from advisor.values import dataclass

SPARSE = "sparse_categorical_crossentropy"
CATEGORICAL = frozenset(
    {
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
        "kl_divergence",
    }
)
BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
HINGE = frozenset({"hinge", "squared_hinge"})
NOT_NEGATIVE = frozenset({"poisson", "mean_squared_logarithmic_error"})
OF_OTHER_SHAPES = frozenset({None, "ctc"})  # None: the user's own, e.g. of several quantiles
SUM_TOLERANCE = 1e-3  # of the probabilities of one row


@dataclass(frozen=True, kw_only=True)
class Target:
    """The targets of one part for one output; `label` names them in messages."""

    array: Array
    label: str  # "data.npz: the training targets"
    output: Tensor
    loss: OutputLoss
    has_class_names: bool  # the source's own classes, numbered by us: no encoding to respect


def fitted_target(target: Target) -> Array:
    """The targets in the shape and type that the loss takes: int32 for classes, else float32.

    Missing or extra last axes of size 1 are corrected, as Keras does. Raises InputError for values
    that are not finite, for shapes that don't fit, for labels out of range, and for one-hot rows
    instead of class numbers or the reverse.
    """
    array, loss = target.array, target.loss.name
    if array.dtype.kind == "U":
        raise _refused(target, "hold text; give the numbers that the model was trained on")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what float32 can't hold is infinite to the loss
            array = array.astype(np.float32, copy=False)
        check_finite(array, target.label)
        target = replace(target, array=array)
    if loss == SPARSE:
        return _class_numbers(target)
    units = target.output.shape[-1] if target.output.shape else None
    if loss in CATEGORICAL and units and target.has_class_names and array.ndim == 1:
        _check_range(target, array, units)
        return np.eye(units, dtype=np.float32)[array]
    if loss in CATEGORICAL and units and units > 1 and _are_class_numbers(array, target.output):
        raise _refused(
            target,
            f"are class numbers, but {loss} takes one-hot rows of {units}; give"
            f" keras.utils.to_categorical(y, {units}), or compile with {SPARSE}",
        )
    array = _in_shape(target)
    _check_values(target, array)
    return array.astype(np.float32, copy=False)


def _class_numbers(target: Target) -> Array:
    """Labels for the sparse cross-entropy, as int32 of the output's shape less its last axis."""
    array, shape = target.array, target.output.shape
    units = shape[-1] if shape else None
    if units and units > 1 and array.ndim == len(shape) + 1 and array.shape[-1] == units:
        raise _refused(
            target,
            f"are rows of {units} numbers, as one-hot rows are, but {SPARSE} takes class numbers;"
            " give y.argmax(-1), or compile with categorical_crossentropy",
        )
    if array.ndim == len(shape) + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    if not _fits(array.shape[1:], shape[:-1]):
        raise _refused(
            target,
            f"have rows of shape {array.shape[1:]}, but {SPARSE} on the output"
            f" {target.output.name!r} takes {_shown(shape[:-1])}: one class number each",
        )
    if not np.array_equal(array, np.round(array)):
        raise _refused(target, f"are not whole numbers, but {SPARSE} takes class numbers")
    if units:
        kept = (
            array
            if target.loss.ignored_class is None
            else array[array != target.loss.ignored_class]
        )
        _check_range(target, kept, units)
    return array.astype(np.int32)


def _check_range(target: Target, labels: Array, units: int) -> None:
    if labels.size and not (labels.min() >= 0 and labels.max() < units):
        low, high = int(labels.min()), int(labels.max())
        shift = " (subtract 1)" if (low, high) == (1, units) else ""
        raise _refused(
            target,
            f"hold the labels {low} to {high}, but the output {target.output.name!r} has {units}"
            f" units: labels must be 0 to {units - 1}{shift}",
        )


def _are_class_numbers(array: Array, output: Tensor) -> bool:
    is_flat = array.ndim == len(output.shape) or (
        array.ndim == len(output.shape) + 1 and array.shape[-1] == 1
    )
    return is_flat and np.array_equal(array, np.round(array))


def _in_shape(target: Target) -> Array:
    """The targets with a last axis of size 1 added or taken away where that makes them fit.

    Only a loss that is made for other shapes than the output's gets others, as they are.
    """
    array, shape = target.array, target.output.shape
    if array.ndim == len(shape) and shape and shape[-1] in (1, None):
        array = array[..., None]
    elif array.ndim == len(shape) + 2 and array.shape[-1] == 1:
        array = array[..., 0]
    if not _fits(array.shape[1:], shape):
        if target.loss.name in OF_OTHER_SHAPES:
            return target.array
        raise _refused(
            target,
            f"have rows of shape {target.array.shape[1:]}, but the model's output"
            f" {target.output.name!r} gives {_shown(shape)}; give what it was trained on",
        )
    return array


def _check_values(target: Target, array: Array) -> None:
    """Refuse values outside what the loss is made for."""
    loss = target.loss.name
    if array.size == 0 or loss is None:
        return
    low, high = float(array.min()), float(array.max())
    if loss in BINARY and not (low >= 0 and high <= 1):
        hint = "; turn -1 into 0" if (low, high) == (-1.0, 1.0) else ""
        raise _refused(target, f"run from {low:g} to {high:g}, but {loss} takes 0 to 1{hint}")
    if loss in HINGE and not np.all(np.isin(array, (-1, 0, 1))):
        raise _refused(target, f"run from {low:g} to {high:g}, but {loss} takes -1 and 1")
    if loss in NOT_NEGATIVE and low < 0:
        raise _refused(target, f"go down to {low:g}, but {loss} takes no negative numbers")
    if loss in CATEGORICAL:
        sums = array.sum(axis=-1)
        is_odd = (np.abs(sums - 1) > SUM_TOLERANCE) & (sums != 0)  # zeros mask a row
        if low < 0 or np.any(is_odd):
            what = (
                f"go down to {low:g}" if low < 0 else f"have a row that sums to {sums[is_odd][0]:g}"
            )
            raise _refused(target, f"{what}, but {loss} takes rows of probabilities that sum to 1")


def _fits(shape: tuple[int, ...], wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(
        want is None or size == want for size, want in zip(shape, wanted, strict=True)
    )


def _shown(shape: Shape) -> str:
    inner = ", ".join("any" if size is None else str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def _refused(target: Target, what: str) -> InputError:
    return InputError(f"{target.label} {what}")
