"""What each layer is, where it is in the model, and how it is regularized."""

from advisor.evidence.architecture.layer_flow import UNJOINED, LayerFlow
from advisor.evidence.architecture.layer_kinds import is_weight_layer, kind_of
from advisor.evidence.architecture.present_regularization import (
    dropout_rate,
    has_bias_penalty,
    weight_penalties,
)
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.inputs.model_facts import LayerFacts
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class PlacedLayer:
    """A layer in its model."""

    flow: LayerFlow
    layer: LayerFacts

    @property
    def settings_lack(self) -> Missing | None:
        """Why the layer's settings are not known, if the file doesn't contain them."""
        if not self.layer.is_inferred:
            return None
        return Missing(reason="the file doesn't contain the layer's settings")

    @property
    def place_lack(self) -> Missing | None:
        """Why it is not known what the layer is connected to, if it is not."""
        return None if self.flow.is_joined(self.layer) else UNJOINED


@measurement("layer.kind", kind="text", scope="layer")
def layer_kind(placed: PlacedLayer) -> Reading:
    """What the layer does: dense, convolutional, depthwise, recurrent, embedding, attention,
    normalization, dropout, augmentation or other. The output layer is also named by what it does.
    """
    return kind_of(placed.layer)


@measurement("layer.class_name", kind="text", scope="layer")
def layer_class_name(placed: PlacedLayer) -> Reading:
    """The layer's class, such as Dense; for a wrapper such as Bidirectional, the wrapper's own."""
    return placed.layer.class_name


@measurement("layer.units", unit="units", scope="layer")
def layer_units(placed: PlacedLayer) -> Reading:
    """The layer's units or filters, or the width of an embedding (1 or more)."""
    return placed.layer.units or Missing(reason="the layer has no units")


@measurement("layer.calls", unit="calls", scope="layer")
def layer_calls(placed: PlacedLayer) -> Reading:
    """How often the model calls the layer (1 or more; 2 or more if it is shared)."""
    return placed.layer.calls


@measurement("layer.is_trainable", kind="truth", scope="layer")
def layer_is_trainable(placed: PlacedLayer) -> Reading:
    """True unless the layer, or a model around it, is frozen."""
    return placed.layer.trainable


@measurement("layer.is_inferred", kind="truth", scope="layer")
def layer_is_inferred(placed: PlacedLayer) -> Reading:
    """True if the layer's class or name was inferred from its weights."""
    return placed.layer.is_inferred


@measurement("layer.is_output", kind="truth", scope="layer")
def layer_is_output(placed: PlacedLayer) -> Reading:
    """True for the last layer with a kernel before an output, and for a layer that is an output."""
    if placed.layer.is_output:
        return True
    if not is_weight_layer(placed.layer):
        return False
    if lack := placed.place_lack:
        return lack
    return placed.layer.path not in placed.flow.before_weights


@measurement("layer.is_hidden", kind="truth", scope="layer")
def layer_is_hidden(placed: PlacedLayer) -> Reading:
    """True for a layer with a kernel that is not the last before an output."""
    if not is_weight_layer(placed.layer):
        return False
    if lack := placed.place_lack:
        return lack
    return placed.layer.path in placed.flow.before_weights


@measurement("layer.is_dropout_layer", kind="truth", scope="layer")
def layer_is_dropout_layer(placed: PlacedLayer) -> Reading:
    """True for a dropout layer of any kind."""
    return kind_of(placed.layer) == "dropout"


@measurement("layer.is_before_batch_normalization", kind="truth", scope="layer")
def layer_is_before_batch_normalization(placed: PlacedLayer) -> Reading:
    """True if the layer's output reaches a Batch Normalization before any other kernel."""
    if lack := placed.place_lack:
        return lack
    return placed.layer.path in placed.flow.feeding_batch_normalization


@measurement("layer.is_after_last_batch_normalization", kind="truth", scope="layer")
def layer_is_after_last_batch_normalization(placed: PlacedLayer) -> Reading:
    """True if no Batch Normalization comes anywhere after the layer, or if there is none."""
    if lack := placed.place_lack:
        return lack
    return placed.layer.path not in placed.flow.before_batch_normalization


@measurement("layer.l1", scope="layer")
def layer_l1(placed: PlacedLayer) -> Reading:
    """The largest L1 strength on the layer's weights, in Keras' units (0 or more; 0 if there is
    none or the layer is frozen).
    """
    if lack := placed.settings_lack:
        return lack
    return max((penalty.l1 for penalty in weight_penalties(placed.layer)), default=0.0)


@measurement("layer.l2", scope="layer")
def layer_l2(placed: PlacedLayer) -> Reading:
    """The largest L2 strength on the layer's weights, in Keras' units, without a half (0 or more; 0
    if there is none or the layer is frozen).
    """
    if lack := placed.settings_lack:
        return lack
    return max((penalty.l2 for penalty in weight_penalties(placed.layer)), default=0.0)


@measurement("layer.has_bias_penalty", kind="truth", scope="layer")
def layer_has_bias_penalty(placed: PlacedLayer) -> Reading:
    """True if the layer's bias has a penalty."""
    return placed.settings_lack or has_bias_penalty(placed.layer)


@measurement("layer.has_dropout", kind="truth", scope="layer")
def layer_has_dropout(placed: PlacedLayer) -> Reading:
    """True if dropout acts on the layer: by its own arguments, or by a dropout layer after it and
    before the next kernel.
    """
    if lack := placed.settings_lack:
        return lack
    return dropout_rate(placed.layer) > 0 or placed.layer.path in placed.flow.feeding_dropout


@measurement("layer.rate", unit="rate", scope="layer")
def layer_rate(placed: PlacedLayer) -> Reading:
    """The rate of a dropout layer, or of a layer's `dropout` argument (0 to 1; 0 drops nothing)."""
    return placed.settings_lack or dropout_rate(placed.layer)


@measurement("layer.recurrent_dropout", unit="rate", scope="layer")
def layer_recurrent_dropout(placed: PlacedLayer) -> Reading:
    """The rate at which a recurrent layer drops its recurrent state (0 to 1; 0 drops nothing)."""
    return placed.settings_lack or placed.layer.rates.get("recurrent_dropout", 0.0)
