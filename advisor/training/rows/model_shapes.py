"""What a model takes and gives, as far as it says without being run."""

from collections.abc import Sequence
from typing import Any

from advisor.inputs.model_facts import ModelFacts
from advisor.keras_internals.structure import inputs_structure, layer_name_of, outputs_structure
from advisor.values import dataclass

Shape = tuple[int | None, ...]  # of one row: without the axis of rows


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One input or output; `names` are all that the user may call it."""

    names: tuple[str, ...]
    shape: Shape
    dtype: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.names[0]


def input_shapes(model: object) -> tuple[Shape, ...] | None:
    """The shape of a row of each input; None where the model does not tell."""
    match model:
        case None:
            return None
        case ModelFacts():
            return _of_facts(model)
        case _:
            tensors = inputs_of(model)
            return None if tensors is None else tuple(tensor.shape for tensor in tensors)


def _of_facts(model: ModelFacts) -> tuple[Shape, ...] | None:
    shapes = []
    for layer in model.layers:
        shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
        if layer.class_name == "InputLayer" and isinstance(shape, list | tuple):
            shapes.append(tuple(size if isinstance(size, int) else None for size in shape[1:]))
    return tuple(shapes) or None


def inputs_of(model: Any) -> tuple[Tensor, ...] | None:
    """The inputs in the model's order; None for a model that is made in code alone."""
    return _tensors(getattr(model, "inputs", None), inputs_structure(model))


def outputs_of(model: Any) -> tuple[Tensor, ...] | None:
    """The outputs in the model's order; None for a model that is made in code alone."""
    return _tensors(getattr(model, "outputs", None), outputs_structure(model))


def _tensors(tensors: Sequence[Any] | None, structure: object) -> tuple[Tensor, ...] | None:
    """The tensors, named by their key in a dict, or else by their layer."""
    if not tensors:
        return None
    keys: list[tuple[str, ...]] = [()] * len(tensors)
    if isinstance(structure, dict) and len(structure) == len(tensors):
        keys = [(str(key),) for key in sorted(structure)]
    return tuple(
        Tensor(
            names=(*key, layer_name_of(tensor), str(tensor.name)),
            shape=tuple(tensor.shape[1:]),
            dtype=str(tensor.dtype),
        )
        for tensor, key in zip(tensors, keys, strict=True)
    )
