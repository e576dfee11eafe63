"""The structure in which a model takes its inputs and gives its outputs."""

from typing import Any

from advisor.keras_internals.tried import private


def inputs_structure(model: Any) -> Any:
    """The symbolic inputs in the dict, list or other structure that the model was made with.

    Keras: `_inputs_struct` of a Functional model, or of the one that a Sequential keeps in
    `_functional`. None for a model made in code alone, and without the name: inputs then go in the
    order of `model.inputs`.
    """
    import keras

    structure = getattr(model, "_inputs_struct", None)
    if structure is None and isinstance(model, keras.Sequential):
        structure = getattr(getattr(model, "_functional", None), "_inputs_struct", None)
    return structure


def outputs_structure(model: Any) -> Any:
    """The symbolic outputs in the structure that the model was made with.

    Keras: `_outputs_struct` of a Functional model. None for any other model, and without the name:
    targets then go in the order of `model.outputs`.
    """
    return getattr(model, "_outputs_struct", None)


def layer_name_of(tensor: Any) -> str:
    """The name of the layer that a symbolic tensor comes from.

    Keras: `_keras_history`. UntriedVersionError without it.
    """
    return str(private(tensor, "_keras_history").operation.name)
