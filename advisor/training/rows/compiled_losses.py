"""The compiled loss of each output, by the name that Keras gives it."""

from collections.abc import Mapping
from typing import Any

from advisor.training.rows.model_shapes import Tensor
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class OutputLoss:
    """The loss of one output; `name` is canonical (`mean_squared_error`), None if not Keras' own.

    `ignored_class` is the label that a sparse cross-entropy leaves out.
    """

    name: str | None = None
    ignored_class: int | None = None


def losses_of(model: Any, outputs: tuple[Tensor, ...]) -> tuple[OutputLoss, ...]:
    """The loss of each of the model's outputs; without names where it is not compiled."""
    loss = getattr(model, "loss", None)
    match loss:
        case Mapping():
            losses = [
                next((loss[name] for name in output.names if name in loss), None)
                for output in outputs
            ]
        case list() | tuple():
            losses = [*loss, *[None] * (len(outputs) - len(loss))]
        case _:
            losses = [loss] * len(outputs)
    return tuple(_named(loss) for loss in losses[: len(outputs)])


def _named(loss: Any) -> OutputLoss:
    import keras

    if loss is None:
        return OutputLoss()
    known = keras.losses.get(loss)
    function = getattr(known, "fn", known)
    if not str(getattr(function, "__module__", "")).startswith("keras."):
        return OutputLoss()
    return OutputLoss(
        name=getattr(function, "__name__", None),
        ignored_class=getattr(known, "ignore_class", None),
    )
