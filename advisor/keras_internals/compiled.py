"""What `compile` made of a model's loss and metrics."""

from typing import Any

from advisor.keras_internals.tried import private
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class LossPart:
    """One of the losses that a model's loss is the sum of; `weight` None counts as 1."""

    loss: Any
    weight: Any
    target: Any
    output: Any


def compiled_loss(model: Any) -> Any:
    """The compiled loss, a function of targets, outputs and sample weights; None without one.

    Keras: `_compile_loss`. UntriedVersionError without it.
    """
    return private(model, "_compile_loss")


def compiled_metrics(model: Any) -> Any:
    """The compiled metrics as one metric, whose result is a dict; None without any.

    Keras: `_compile_metrics`. UntriedVersionError without it.
    """
    return private(model, "_compile_metrics")


def user_metrics(model: Any) -> Any:
    """The metrics as the user gave them to `compile`; None without any.

    Keras: `_user_metrics` of the compiled metrics. UntriedVersionError without it.
    """
    compiled = compiled_metrics(model)
    return None if compiled is None else private(compiled, "_user_metrics")


def whole_loss(
    model: Any, inputs: Any, targets: Any, outputs: Any, weights: Any, *, training: bool
) -> Any:
    """The loss with what layers add and a `compute_loss` of the user's own changes.

    Keras: `_compute_loss`, which leaves `training` out for methods that don't take it.
    UntriedVersionError without it.
    """
    return private(model, "_compute_loss")(inputs, targets, outputs, weights, training=training)


def loss_parts(compiled: Any, targets: Any, outputs: Any) -> list[LossPart]:
    """Each loss of a compiled loss that is built, with what it compares.

    Keras: `_flat_losses`, with paths into the structures `_y_true_build_structure` and
    `_y_pred_build_structure`. UntriedVersionError without them.
    """
    targets = _as_built(private(compiled, "_y_true_build_structure"), targets)
    outputs = _as_built(private(compiled, "_y_pred_build_structure"), outputs)
    parts = []
    for path, loss, weight, *_ in private(compiled, "_flat_losses"):
        target, output = targets, outputs
        for key in path:
            target, output = target[key], output[key]
        parts.append(LossPart(loss=loss, weight=weight, target=target, output=output))
    return parts


def _as_built(structure: Any, value: Any) -> Any:
    """The same tensors in the structure that the compiled loss resolved its paths in."""
    import keras

    if structure is None or not keras.tree.is_nested(structure):
        return value
    return keras.tree.pack_sequence_as(structure, keras.tree.flatten(value))


def flat_losses(compiled: Any) -> list[Any]:
    """The losses of a compiled loss that is built.

    Keras: `_flat_losses`. UntriedVersionError without it.
    """
    return [loss for _, loss, *_ in private(compiled, "_flat_losses")]


def takes_logits(loss: Any) -> bool:
    """True for a loss that was made with `from_logits=True`.

    Keras: the public `from_logits`, or the one in `_fn_kwargs`, which a loss made from a function
    has. Without either, False.
    """
    if getattr(loss, "from_logits", False):
        return True
    return bool(getattr(loss, "_fn_kwargs", {}).get("from_logits", False))
