"""The class of a layer that no config names, from its group, its name and its shapes."""

import re
from collections.abc import Mapping, Sequence

from advisor.inputs.configs.keras_layers import (
    CELLS,
    KERAS_LAYERS,
    Part,
    group_name,
    variable_roles,
)
from advisor.inputs.weight_files.weight_holders import Holder

UNKNOWN = "unknown"
_CLASSES = {group_name(name): name for name in sorted(KERAS_LAYERS)}
_PROJECTIONS = ("query_dense", "key_dense", "value_dense", "output_dense")
_GUESSED_CONFIGS: tuple[Mapping[str, object], ...] = ({}, {"use_bias": False})

Shapes = Sequence[tuple[int, ...]]


def class_named(text: str | None) -> str | None:
    """The class that an automatic name or a group's name counts: `conv2d_3` is Conv2D."""
    if text is None:
        return None
    return _CLASSES.get(text) or _CLASSES.get(re.sub(r"_\d+$", "", text))


def fitting_config(class_name: str, holder: Holder) -> Mapping[str, object] | None:
    """A config under which the class stores just as many variables; None where none does."""
    dtypes = [dataset.dtype for dataset in holder.variables]
    for config in _GUESSED_CONFIGS:
        part = Part(path="", class_name=class_name, config=config)
        if variable_roles(part, dtypes) is not None:
            return config
    return None


def composite_class(inner: Mapping[str, Holder], hint: str | None) -> str | None:
    """The Keras layer that keeps its weights in the layers `inner`, by path without underscores.

    `hint` is the class that the name or the group of the layer suggests.
    """
    if "cell" in inner and (hint in CELLS or hint == "RNN"):
        return hint
    if "cell" in inner and _recurrent_class(inner["cell"]):
        return _recurrent_class(inner["cell"])
    if any(path.startswith("cell/cells/") for path in inner):
        return "RNN"
    directions = [
        _recurrent_class(inner[path])
        for path in ("forward_layer/cell", "backward_layer/cell")
        if path in inner
    ]
    if len(directions) == 2 and all(directions):
        return "Bidirectional"
    if all(_has_axes(inner.get(name), 3) for name in _PROJECTIONS):
        return hint if hint == "GroupQueryAttention" else "MultiHeadAttention"
    is_around_model = any(path.startswith("layer/layers/") for path in inner)
    is_wrapper = hint in ("TimeDistributed", "SpectralNormalization") and "layer" in inner
    return hint if is_wrapper and not is_around_model else None


def _has_axes(holder: Holder | None, axes: int) -> bool:
    return holder is not None and bool(holder.variables) and len(holder.variables[0].shape) == axes


def _recurrent_class(holder: Holder) -> str | None:
    cell = class_named(holder.name) or shape_class([v.shape for v in holder.variables])
    return cell.removesuffix("Cell") if cell is not None and cell.endswith("Cell") else None


def shape_class(shapes: Shapes) -> str | None:
    """The class that stores variables of these shapes, where only one does."""
    cell: str | None = None
    match [tuple(shape) for shape in shapes]:
        case [(_, a), (u, b), (c,)] if a == b == c == 4 * u:
            cell = "LSTMCell"
        case [(_, a), (u, b), (2, c)] if a == b == c == 3 * u:
            cell = "GRUCell"
        case [(_, a), (u, b), (c,)] if a == b == c == u:
            cell = "SimpleRNNCell"
        case [(_, a), (b,)] if a == b:
            cell = "Dense"
        case [(_, _, a), (b,)] if a == b:
            cell = "Conv1D"
        case [(_, _, i, a), (b,)] if a == b != i:
            cell = "Conv2D"
        case [(_, _, _, i, a), (b,)] if a == b != i:
            cell = "Conv3D"
        case [(a,), (b,), (c,), (d,)] if a == b == c == d:
            cell = "BatchNormalization"
    return cell
