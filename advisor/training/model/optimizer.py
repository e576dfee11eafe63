"""The optimizer's state: as it was saved, and as it is before the first step."""

import warnings
from typing import Any


class OptimizerState:
    """Both states of a compiled model's optimizer, which is built if it was not.

    A learning rate that a callback had changed stays as it was saved: the config holds no other.
    """

    def __init__(self, model: Any) -> None:
        import tensorflow as tf

        optimizer = model.optimizer
        if not optimizer.built:
            optimizer.build(model.trainable_variables)
        self._variables = list(optimizer.variables)
        self._saved = [tf.identity(variable.value) for variable in self._variables]
        self._initial = _initial_values(optimizer, model)

    def reset(self) -> None:
        """As before the first step: slots empty, a schedule at its start."""
        for variable, value in zip(self._variables, self._initial, strict=True):
            variable.assign(value)

    def restore(self) -> None:
        """As the file has it."""
        for variable, value in zip(self._variables, self._saved, strict=True):
            variable.assign(value)


def _initial_values(optimizer: Any, model: Any) -> list[Any]:
    """The variables of an optimizer made from the same config, built on the same weights."""
    import keras
    import tensorflow as tf

    fresh = type(optimizer).from_config(optimizer.get_config())
    with warnings.catch_warnings():  # of variables that this one, never applied, does not update
        warnings.simplefilter("ignore")
        fresh.build(model.trainable_variables)
    return [tf.identity(keras.ops.convert_to_tensor(v)) for v in fresh.variables]
