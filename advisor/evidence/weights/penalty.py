"""The L1/L2 penalty of saved weights, exactly as Keras adds it to every loss it logs."""

from collections.abc import Iterable, Iterator, Mapping

from advisor.evidence.measurement import Missing
from advisor.evidence.weights.initial_scale import initial_scale
from advisor.evidence.weights.part_config import part_config
from advisor.evidence.weights.tensor_statistics import TensorStatistics
from advisor.inputs.configs.keras_layers import REGULARIZERS
from advisor.inputs.configs.layer_arguments import penalty_of
from advisor.inputs.model_facts import LayerFacts, Penalty
from advisor.values import dataclass

Statistics = Mapping[str, tuple[TensorStatistics, ...]]

ACTIVITY = "activity_regularizer"


@dataclass(frozen=True, kw_only=True)
class PenaltyParts:
    """`l1` is the sum of l1 * |w|, `l2` that of l2 * w^2, both as Keras adds them to the loss."""

    l1: float = 0.0
    l2: float = 0.0

    @property
    def total(self) -> float:
        """The whole penalty."""
        return self.l1 + self.l2

    def __add__(self, other: "PenaltyParts") -> "PenaltyParts":
        return PenaltyParts(l1=self.l1 + other.l1, l2=self.l2 + other.l2)


def layer_penalty(
    layer: LayerFacts, statistics: tuple[TensorStatistics, ...]
) -> PenaltyParts | Missing:
    """What the layer's saved weights add to the loss: nothing if it is frozen.

    Each regularizer counts for every weight of its name: a Bidirectional layer's in both
    directions, an attention layer's in all its projections. A shared layer counts once, however
    often it is called.

    Missing with an activity regularizer, whose penalty depends on the data, or with a regularizer
    of unknown strength. Also missing if a weight was not read or is not finite, or if the file
    doesn't contain the layer's settings.
    """
    if lack := _lack(layer, statistics):
        return lack
    return _sum(
        PenaltyParts(l1=penalty.l1 * tensor.sum_magnitudes, l2=penalty.l2 * tensor.sum_squares)
        for tensor, penalty in _regularized(layer, statistics)
    )


def initial_penalty(
    layer: LayerFacts, statistics: tuple[TensorStatistics, ...]
) -> PenaltyParts | Missing:
    """What the layer's weights added to the loss before training, as its initializers expect.

    Missing if `layer_penalty` is, or if an initializer is not known.
    """
    if lack := _lack(layer, statistics):
        return lack
    terms = []
    for tensor, penalty in _regularized(layer, statistics):
        scale = initial_scale(layer, tensor.role, tensor.part, tensor.shape)
        if isinstance(scale, Missing):
            return scale
        terms.append(
            PenaltyParts(
                l1=penalty.l1 * tensor.count * scale.mean_magnitude,
                l2=penalty.l2 * tensor.count * scale.rms**2,
            )
        )
    return _sum(terms)


def total_penalty(layers: Iterable[PenaltyParts | Missing]) -> PenaltyParts | Missing:
    """The sum over layers; missing if any of them is."""
    parts = list(layers)
    for part in parts:
        if isinstance(part, Missing):
            return part
    return _sum(part for part in parts if not isinstance(part, Missing))


def weight_penalty(layer: LayerFacts, *, role: str, part: str) -> Penalty | None:
    """The regularizer of one weight: the two directions of a layer may have different ones."""
    argument, config = REGULARIZERS.get(role, ""), part_config(layer, part)
    return penalty_of(config[argument]) if argument in config else layer.regularizers.get(argument)


def _sum(terms: Iterable[PenaltyParts]) -> PenaltyParts:
    total = PenaltyParts()
    for part in terms:
        total += part
    return total


def _regularized(
    layer: LayerFacts, statistics: tuple[TensorStatistics, ...]
) -> Iterator[tuple[TensorStatistics, Penalty]]:
    """The weights with a penalty that counts; Keras leaves frozen and quantized ones out."""
    for tensor in statistics if layer.trainable and layer.regularizers else ():
        penalty = weight_penalty(layer, role=tensor.role, part=tensor.part)
        if penalty is not None and penalty.kind != "nothing" and "float" in tensor.dtype:
            yield tensor, penalty


def _lack(layer: LayerFacts, statistics: tuple[TensorStatistics, ...]) -> Missing | None:
    """Why the layer's penalty is not known, if it is not."""
    if layer.is_inferred:
        return Missing(reason=f"the file doesn't say whether {layer.path} is regularized")
    active = {name for name, penalty in layer.regularizers.items() if penalty.kind != "nothing"}
    if ACTIVITY in active:
        return Missing(reason=f"the activity regularizer of {layer.path} depends on the data")
    if not active or not layer.trainable:
        return None
    if len(statistics) < len(layer.tensors) or not layer.tensors:
        return Missing(reason=f"the weights of {layer.path} were not read", needs="model")
    return _lack_of_weights(layer, statistics, active)


def _lack_of_weights(
    layer: LayerFacts, statistics: tuple[TensorStatistics, ...], active: set[str]
) -> Missing | None:
    for tensor, penalty in _regularized(layer, statistics):
        if not penalty.is_known:
            return Missing(reason=f"the strength of {penalty.kind} on {layer.path} is not known")
        if tensor.nonfinite:
            return Missing(reason=f"{layer.path} has weights that are NaN or infinite")
    applied = {REGULARIZERS.get(tensor.role) for tensor in statistics}
    if active - applied and any(tensor.role == "unknown" for tensor in statistics):
        without = ", ".join(sorted(active - applied))
        return Missing(reason=f"{layer.path}: {without} applies to a weight that has no name")
    return None
