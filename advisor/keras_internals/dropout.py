"""Where layers keep the dropout that they apply themselves."""

from collections.abc import Callable
from typing import Any, Final, Literal

from advisor.keras_internals.tried import lacking, private

MaskSlot = Literal["dropout", "recurrent_dropout"]
_MASKS: Final[dict[MaskSlot, str]] = {
    "dropout": "_dropout_mask",
    "recurrent_dropout": "_recurrent_dropout_mask",
}


def is_training() -> bool:
    """Whether the layer that is called right now trains, as Keras tells the layers inside it.

    Keras: `current_call_ctx` in `keras.src.backend.common.global_state`. UntriedVersionError
    without the module; False outside of any call.
    """
    try:
        from keras.src.backend.common.global_state import get_global_attribute
    except ImportError as error:
        raise lacking("keras.src.backend.common.global_state") from error
    return bool(getattr(get_global_attribute("current_call_ctx"), "training", False))


def forget_mask(cell: Any, slot: MaskSlot) -> None:
    """Drop the mask that an RNN's cell keeps for all steps of a sequence.

    Keras: `reset_dropout_mask` sets `_dropout_mask` to None, and the same for `recurrent_dropout`.
    UntriedVersionError where it does not: masks that were kept would then stay for good.
    """
    private(cell, f"reset_{slot}_mask")()
    private(cell, _MASKS[slot])


def kept_mask(cell: Any, slot: MaskSlot) -> Any:
    """The mask that a cell keeps until it forgets it; None before the first step.

    Keras: as for `forget_mask`.
    """
    return getattr(cell, _MASKS[slot], None)


def keep_mask(cell: Any, slot: MaskSlot, mask: Any) -> None:
    """Let a cell keep a mask until it forgets it."""
    setattr(cell, _MASKS[slot], mask)


def replace_head_rate(layer: Any, rate: float) -> float:
    """Set the rate that a MultiHeadAttention branches on; gives the one that was there.

    Keras: `_dropout`. UntriedVersionError without it.
    """
    before = float(private(layer, "_dropout"))
    layer._dropout = rate
    return before


def dropout_layer_of(layer: Any) -> Any:
    """The Dropout layer inside a MultiHeadAttention or GroupQueryAttention.

    Keras: `_dropout_layer`. UntriedVersionError without it.
    """
    return private(layer, "_dropout_layer")


def wrap_scores(layer: Any, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace how Attention and AdditiveAttention apply scores, by what `wrap` makes of it.

    A function of scores, values, `scores_mask` and `training`, which gives result and weights.
    Keras: `_apply_scores`. UntriedVersionError without it.
    """
    layer._apply_scores = wrap(private(layer, "_apply_scores"))
