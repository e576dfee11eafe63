"""Whether inputs are what the model takes; each refusal says what to do."""

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array
from advisor.training.rows.finite import check_finite
from advisor.training.rows.model_shapes import Tensor


def fitted_input(
    array: Array, label: str, tensor: Tensor | None, columns: tuple[str, ...] = ()
) -> Array:
    """The inputs in the shape and type that the model's input takes, as Keras itself would.

    A missing or extra last axis of size 1 is corrected. `tensor` is None if the model doesn't say
    what it takes; `columns` are names for the last axis. Raises InputError for text instead of
    numbers, for shapes that don't fit, and for values that are not finite.
    """
    wants_text = tensor is not None and tensor.dtype == "string"
    if array.dtype.kind == "U":
        if tensor is not None and not wants_text:
            raise InputError(
                f"{label} hold text, but the model's input {tensor.name!r} takes {tensor.dtype};"
                " give what its preprocessing makes of them, e.g. by a function"
            )
        return array if tensor is None else _in_shape(array, label, tensor)
    if wants_text and tensor is not None:
        raise InputError(
            f"{label} hold {array.dtype}, but the model's input {tensor.name!r} takes text"
        )
    fitted = array if tensor is None else _in_shape(array, label, tensor)
    wanted = "float32" if tensor is None and fitted.dtype.kind == "f" else None
    dtype = np.dtype(_numpy_name(tensor.dtype) if tensor is not None else wanted or fitted.dtype)
    with np.errstate(over="ignore"):
        cast = fitted.astype(dtype, copy=False)
    check_finite(cast, label, columns)
    return cast


def _numpy_name(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype  # NumPy has no bfloat16; Keras casts again


def _in_shape(array: Array, label: str, tensor: Tensor) -> Array:
    wanted = tensor.shape
    fitted = array
    if array.ndim == len(wanted) and wanted and wanted[-1] == 1:
        fitted = array[..., None]
    elif array.ndim == len(wanted) + 2 and array.shape[-1] == 1:
        fitted = array[..., 0]
    shape = fitted.shape[1:]
    shown = str(wanted).replace("None", "any")
    place = f"but the model's input {tensor.name!r} takes {shown}"
    if len(shape) != len(wanted):
        raise InputError(
            f"{label} have rows of shape {array.shape[1:]}, {place}: {len(shape)} axes instead of"
            f" {len(wanted)}; reshape them as for the training"
        )
    for axis, (size, want) in enumerate(zip(shape, wanted, strict=True), start=1):
        if want is not None and size != want:
            is_turned = sorted(shape) == sorted(size or 0 for size in wanted)
            do = "transpose the axes" if is_turned else "give what the model was trained on"
            raise InputError(
                f"{label} have rows of shape {array.shape[1:]}, {place}: axis {axis} has {size}"
                f" instead of {want}; {do}"
            )
    return fitted
