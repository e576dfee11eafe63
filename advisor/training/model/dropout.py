"""Dropout, or another noise, whose strength is a variable, in the layers of an existing model.

`keras.layers.Dropout.rate` is a Python float, baked in when a step is traced. Here the methods
that drop units are replaced on the instance; at rate 0 each is exactly the identity.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from advisor.errors import InputError
from advisor.keras_internals.dropout import (
    MaskSlot,
    dropout_layer_of,
    forget_mask,
    is_training,
    keep_mask,
    kept_mask,
    replace_head_rate,
    wrap_scores,
)
from advisor.keras_internals.layers import flat_layers
from advisor.regularization import LAYER_KINDS, SPECS, family_of
from advisor.training.model.masks import Masks
from advisor.training.model.strengths import Key, Strengths
from advisor.values import dataclass

_ALPHA = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946  # of SELU
_SWITCHED_ON = 0.5  # any rate that makes Keras take the branch with dropout


@dataclass(frozen=True, kw_only=True)
class Noise:
    """The strength at one key, and how it acts on the output of a layer in training."""

    key: Key
    strengths: Strengths
    masks: Masks

    def mask(self, place: int, shape: Any, dtype: Any) -> Any:
        """0 with the probability of the rate, else 1 / (1 - rate)."""
        import tensorflow as tf

        keep = self.masks.uniform(place, shape) >= self.strengths.tensor(self.key)
        return tf.cast(tf.where(keep, self.strengths.scale(self.key), 0.0), dtype)

    def dropped(self, place: int, x: Any, shape: Any) -> Any:
        """`x` with units dropped by a mask of `shape`."""
        return _multiplied(x, self.mask(place, shape, x.dtype))

    def alpha_dropped(self, place: int, x: Any, shape: Any) -> Any:
        """Klambauer et al. (2017): dropped units saturate, mean and variance stay."""
        import tensorflow as tf

        rate = self.strengths.tensor(self.key)
        keep = tf.cast(self.masks.uniform(place, shape) >= rate, x.dtype)
        a = ((1 - rate) * (1 + rate * _ALPHA**2)) ** -0.5
        b = tf.cast(-a * _ALPHA * rate, x.dtype)
        return tf.cast(a, x.dtype) * (x * keep + _ALPHA * (1 - keep)) + b

    def gaussian_dropped(self, place: int, x: Any, shape: Any) -> Any:
        """Srivastava et al. (2014), section 10: multiplied with N(1, rate / (1 - rate))."""
        import tensorflow as tf

        spread = tf.sqrt(self.strengths.tensor(self.key) * self.strengths.scale(self.key))
        return _multiplied(x, tf.cast(1.0 + spread * self.masks.normal(place, shape), x.dtype))


# What the layers of each kind do: takes the noise, its place, a tensor, and the noise's shape.
_ACTS: Mapping[str, Callable[[Noise, int, Any, Any], Any]] = {
    "Dropout": Noise.dropped,
    "SpatialDropout1D": Noise.dropped,
    "SpatialDropout2D": Noise.dropped,
    "SpatialDropout3D": Noise.dropped,
    "AlphaDropout": Noise.alpha_dropped,
    "GaussianDropout": Noise.gaussian_dropped,
}


def install(layer: Any, noise: Noise) -> float:
    """Make the rate at `noise.key` vary in the model; the rate that is there now.

    Raises InputError if the layer draws its masks in its own code.
    """
    path, slot, kind = noise.key
    if slot == SPECS[family_of(kind)].layer_slot:
        return _in_own_layer(layer, noise)
    match slot:
        case "output":
            return _after(layer, kind, noise)
        case "dropout" | "recurrent_dropout":
            return _in_argument(layer, slot, noise)
    raise InputError(f"{path}: no rate can be varied at {slot}")


def _after(layer: Any, kind: str, noise: Noise) -> float:
    import keras

    def with_noise(outputs: Any) -> Any:
        first, *others = keras.tree.flatten(outputs)
        first = _ACTS[kind](noise, place, first, _noise_shape(kind, layer, first))
        return keras.tree.pack_sequence_as(outputs, [first, *others])

    place = noise.masks.new_place()
    call = layer.call

    def call_then_act(*args: Any, **options: Any) -> Any:
        trains = is_training()  # before layers inside this one say otherwise
        outputs = call(*args, **options)
        return with_noise(outputs) if trains else outputs

    layer.call = call_then_act
    return 0.0


def _in_own_layer(layer: Any, noise: Noise) -> float:
    import keras

    kind = type(layer).__name__
    if kind not in LAYER_KINDS or type(layer) is not getattr(keras.layers, kind):
        raise InputError(
            f"{noise.key[0]}: {kind} draws its masks in its own code, so its rate can't be"
            " varied; leave it out with --arms"
        )
    place = noise.masks.new_place()

    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        return _ACTS[kind](noise, place, inputs, _noise_shape(kind, layer, inputs))

    layer.call = call
    return float(getattr(layer, str(SPECS[family_of(kind)].layer_slot)))


def _in_argument(layer: Any, slot: MaskSlot, noise: Noise) -> float:
    """`dropout` and `recurrent_dropout` of recurrent and attention layers, wrapped or not."""
    import keras

    within = flat_layers(layer)
    cells = [part for part in within if hasattr(part, "get_dropout_mask")]
    if cells:
        rates = [float(getattr(cell, slot)) for cell in cells]
        chosen = [c for c, rate in zip(cells, rates, strict=True) if rate > 0] or cells
        for cell in chosen:
            _in_cell(cell, slot, noise)
        return max(rates)
    attentions = [part for part in within if type(part).__module__.startswith("keras.")]
    for part in attentions:
        if isinstance(part, keras.layers.MultiHeadAttention):
            rate = replace_head_rate(part, _SWITCHED_ON)
        elif isinstance(part, keras.layers.GroupQueryAttention):
            rate, part.dropout = float(part.dropout), _SWITCHED_ON
        elif isinstance(part, keras.layers.Attention):
            rate, part.dropout = float(part.dropout), 0.0
            _in_scores(part, noise)
            return rate
        else:
            continue
        _in_own_layer(dropout_layer_of(part), noise)
        return rate
    raise InputError(f"{noise.key[0]}: {type(layer).__name__} has no {slot} that can be varied")


def _in_cell(cell: Any, slot: MaskSlot, noise: Noise) -> None:
    """Masks of an RNN's cell: one for all of a sequence's steps (Gal and Ghahramani 2016)."""
    place = noise.masks.new_place()
    if slot == "recurrent_dropout" and hasattr(cell, "implementation"):
        gates = {"LSTMCell": 4, "GRUCell": 3}.get(type(cell).__name__)
        if gates:  # the fused gates can't take it: Keras' own choice, made when a cell is built
            cell.implementation, cell.dropout_mask_count = 1, gates
    forget_mask(cell, slot)

    def get_mask(step_input: Any) -> Any:
        import tensorflow as tf

        if kept_mask(cell, slot) is None:
            shape, count = tf.shape(step_input), getattr(cell, "dropout_mask_count", None)
            masks = [noise.mask(place, shape, step_input.dtype) for _ in range(count or 1)]
            keep_mask(cell, slot, masks if count else masks[0])
        return kept_mask(cell, slot)

    setattr(cell, slot, _SWITCHED_ON)
    setattr(cell, f"get_{slot}_mask", get_mask)


def _in_scores(layer: Any, noise: Noise) -> None:
    """Attention and AdditiveAttention: dropout on the weights between softmax and values."""
    import keras
    import tensorflow as tf

    place = noise.masks.new_place()

    def dropped(apply_scores: Callable[..., Any]) -> Callable[..., Any]:
        def apply(scores: Any, value: Any, scores_mask: Any = None, training: bool = False) -> Any:
            result, weights = apply_scores(scores, value, scores_mask=scores_mask, training=False)
            if not training:
                return result, weights
            weights = noise.dropped(place, weights, tf.shape(weights))
            return keras.ops.matmul(weights, value), weights

        return apply

    wrap_scores(layer, dropped)


def _noise_shape(kind: str, layer: Any, x: Any) -> Any:
    """The mask's shape: as `x`, or 1 where whole maps, or the axes that the layer says, share."""
    import tensorflow as tf

    shape = tf.shape(x)
    if kind.startswith("SpatialDropout"):
        rank = len(x.shape)
        is_first = getattr(layer, "data_format", "channels_last") == "channels_first"
        kept = {0, 1} if is_first and rank > 3 else {0, rank - 1}
        return tf.stack([shape[axis] if axis in kept else 1 for axis in range(rank)])
    given: Sequence[int | None] | None = getattr(layer, "noise_shape", None)
    if given is None or not kind.endswith("Dropout"):
        return shape
    return tf.stack([shape[axis] if size is None else size for axis, size in enumerate(given)])


def _multiplied(x: Any, mask: Any) -> Any:
    """`x * mask`, whose gradient goes to `x` alone: one operation each way."""
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def multiplied(values: Any) -> Any:
        return values * mask, lambda upstream: upstream * mask

    return multiplied(x)
