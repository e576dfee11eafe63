"""What a layer, or a model as a layer, holds: layers, weights, penalties, its calls."""

from collections.abc import Iterator
from typing import Any

from advisor.keras_internals.tried import private


def flat_layers(layer: Any) -> list[Any]:
    """The layer or model itself, and every layer inside it at any depth.

    Keras: `_flatten_layers`. UntriedVersionError without it.
    """
    return list(private(layer, "_flatten_layers")())


def child_layers(layer: Any) -> list[Any]:
    """The layers right inside a layer, in the order in which it got them.

    Keras: `_flatten_layers`. UntriedVersionError without it.
    """
    return list(private(layer, "_flatten_layers")(include_self=False, recursive=False))


def own_variables(layer: Any) -> list[Any]:
    """The layer's variables without those of the layers inside it, trainable ones first.

    Keras: `_trainable_variables` and `_non_trainable_variables`. UntriedVersionError without them.
    """
    names = ("_trainable_variables", "_non_trainable_variables")
    return [variable for name in names for variable in private(layer, name)]


def takes_training(model: Any) -> bool:
    """True if the model's `call` has the argument `training`.

    Keras: `_call_has_training_arg`. UntriedVersionError without it.
    """
    return bool(private(model, "_call_has_training_arg"))


def regularization_losses(model: Any) -> list[Any]:
    """The L1/L2 penalty of each weight that has one, at its present value, as scalars.

    Keras: `_get_regularization_losses`. UntriedVersionError without it.
    """
    return list(private(model, "_get_regularization_losses")())


def input_tensors_of(layer: Any) -> Iterator[Any]:
    """The symbolic tensors that the layer was called on, as far as the model keeps its graph.

    Keras: `_inbound_nodes`. None at all without it: costs are then reckoned from defaults.
    """
    return _of_calls(layer, "input_tensors")


def output_tensors_of(layer: Any) -> Iterator[Any]:
    """The symbolic tensors that the layer's calls gave; otherwise as `input_tensors_of`."""
    return _of_calls(layer, "output_tensors")


def _of_calls(layer: Any, attribute: str) -> Iterator[Any]:
    for node in getattr(layer, "_inbound_nodes", ()):
        yield from getattr(node, attribute, ())
