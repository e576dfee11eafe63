"""What `fit` knows and hands to no callback, and the masks that it takes account of."""

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from advisor.keras_internals.tried import lacking

# What tells Keras' own `fit` from a method of the same name that calls it.
_LOCALS = {"validation_split", "epoch_iterator"}


def fit_locals(model: Any) -> Mapping[str, Any] | None:
    """The local variables of the call of `model.fit` that runs now.

    Those are its arguments by their names, `callbacks` being a `CallbackList`, and `val_x`, `val_y`
    and `val_sample_weight`. None outside of `fit`, and where it has other variables: the call then
    counts as unseen.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "fit":
            names = frame.f_locals
            if names.get("self") is model and set(names) >= _LOCALS:
                return dict(names)
        frame = frame.f_back
    return None


def adapted_batch_size(names: Mapping[str, Any]) -> object:
    """The size of the batches that `fit` makes, by its `fit_locals`.

    Keras: `data_adapter` of `epoch_iterator`. None without it.
    """
    adapter = getattr(names.get("epoch_iterator"), "data_adapter", None)
    return getattr(adapter, "batch_size", None)


def keras_mask(output: Any) -> Any:
    """The mask that Keras hangs on a tensor, which it then leaves out of the loss; None without.

    Keras: `get_keras_mask` in `keras.src.backend`. UntriedVersionError without it.
    """
    try:
        from keras.src.backend import get_keras_mask
    except ImportError as error:
        raise lacking("keras.src.backend.get_keras_mask") from error
    return get_keras_mask(output)
