"""The loss of every single row, and whether it is classified right, on any backend of Keras."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.keras_internals.compiled import compiled_loss, flat_losses, loss_parts, takes_logits
from advisor.training.engine.step import overrides

Floats = NDArray[np.float64]


def row_losses(model: Any, targets: Any, outputs: Any, weights: Any = None) -> Floats | None:
    """The loss of each row [rows], summed over outputs as the model weights them.

    The compiled loss must be built; its metrics are not touched. `weights` are sample weights
    [rows], or one such array for each output. None if the loss is not one number per row.
    """
    compiled = compiled_loss(model)
    if overrides(model, "compute_loss") or compiled is None or not compiled.built:
        return None
    parts = loss_parts(compiled, targets, outputs)
    by_output = weights if isinstance(weights, list | tuple) else [weights] * len(parts)
    total: Any = 0.0
    for part, weight in zip(parts, by_output, strict=True):
        by_row = _by_row(part.loss, part.target, part.output, weight)
        if by_row is None:
            return None
        total = total + by_row * (1.0 if part.weight is None else float(part.weight))
    return np.asarray(total, np.float64)


def _by_row(loss: Any, target: Any, output: Any, weight: Any) -> Floats | None:
    """As `keras.losses.Loss.__call__` has it, but for the mean over rows at its end."""
    import keras

    ops = keras.ops
    target = ops.convert_to_tensor(target, dtype=loss.dtype)
    output = ops.convert_to_tensor(output, dtype=loss.dtype)
    values = np.asarray(ops.convert_to_numpy(loss.call(target, output)), np.float64)
    if values.ndim == 0 or len(values) != output.shape[0]:
        return None
    if weight is not None:
        shares = np.asarray(weight, np.float64)
        if shares.ndim > values.ndim:
            shares = shares.reshape(shares.shape[: values.ndim])
        values = values * shares.reshape(shares.shape + (1,) * (values.ndim - shares.ndim))
    return np.asarray(values.reshape(len(values), -1).mean(axis=1), np.float64)


def right_rows(model: Any, targets: Any, outputs: Any) -> Floats | None:
    """The share of each row's labels [rows] that the first output with class labels gets right.

    None where no output has class labels.
    """
    import keras

    if not isinstance(model.loss, str | keras.losses.Loss | dict | list | tuple):
        return None
    pairs = zip(keras.tree.flatten(targets), keras.tree.flatten(outputs), strict=False)
    for (target, output), name in zip(pairs, _loss_names(model), strict=False):
        if "crossentropy" not in name:
            continue
        labels = np.asarray(keras.ops.convert_to_numpy(target))
        scores = np.asarray(keras.ops.convert_to_numpy(output))
        if name.startswith("binary"):
            threshold = 0.0 if "logits" in name else 0.5
            labels = labels.reshape(len(scores), -1)
            hits = (scores.reshape(labels.shape) > threshold) == (labels > 0.5)
        else:
            if not name.startswith("sparse"):
                labels = labels.argmax(axis=-1)
            hits = scores.argmax(axis=-1) == labels.reshape(scores.shape[:-1])
        return np.asarray(hits.reshape(len(scores), -1).mean(axis=1), np.float64)
    return None


def _loss_names(model: Any) -> list[str]:
    """The loss of each output by its canonical name, marked where it takes logits."""
    compiled = compiled_loss(model)
    if compiled is None or not compiled.built:
        return []
    names = []
    for loss in flat_losses(compiled):
        function = getattr(loss, "fn", loss)
        names.append(
            str(getattr(function, "__name__", "")) + ("_logits" if takes_logits(loss) else "")
        )
    return names
