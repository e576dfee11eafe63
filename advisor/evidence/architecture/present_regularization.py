"""The regularization that a model already has, and conflicts in it."""

from collections.abc import Callable, Iterable
from math import isclose

from advisor.evidence.architecture.layer_flow import UNJOINED, LayerFlow
from advisor.evidence.architecture.layer_kinds import kind_of
from advisor.evidence.architecture.optimizers import NO_OPTIMIZER, decays
from advisor.evidence.measurement import Assumed, Missing, Reading, measurement
from advisor.evidence.weights.penalty import ACTIVITY
from advisor.inputs.model_facts import LayerFacts, Penalty

DEFAULT_L2 = 0.01  # what the string "l2" means to Keras
KERNEL_REGULARIZERS = frozenset(
    {"kernel_regularizer", "depthwise_regularizer", "pointwise_regularizer"}
)
NORMALIZATION_REGULARIZERS = frozenset({"gamma_regularizer", "beta_regularizer"})


def weight_penalties(layer: LayerFacts) -> tuple[Penalty, ...]:
    """The layer's penalties on weights that training changes; none if it is frozen."""
    if not layer.trainable:
        return ()
    return tuple(penalty for name, penalty in layer.regularizers.items() if name != ACTIVITY)


def dropout_rate(layer: LayerFacts) -> float:
    """The rate of a dropout layer, or of a layer's `dropout` argument; 0 for none."""
    own = layer.rates.get("rate", 0.0) if kind_of(layer) == "dropout" else 0.0
    return max(own, layer.rates.get("dropout", 0.0))


def has_bias_penalty(layer: LayerFacts) -> bool:
    """True if the layer's bias has a penalty above 0."""
    return _is_active(layer, {"bias_regularizer"})


def _is_active(layer: LayerFacts, arguments: Iterable[str]) -> bool:
    penalties = (layer.regularizers.get(name) for name in arguments)
    return any(penalty is not None and penalty.kind != "nothing" for penalty in penalties)


def _any(flow: LayerFlow, has: Callable[[LayerFacts], object]) -> bool | Missing:
    """True if any layer has it; missing if none shows it but some have no settings in the file."""
    if any(has(layer) for layer in flow.model.layers):
        return True
    hidden = [layer for layer in flow.model.layers if layer.is_inferred]
    if hidden:
        return Missing(reason=f"the file doesn't contain the settings of {len(hidden)} layers")
    return False


def _strongest(flow: LayerFlow, strength: Callable[[LayerFacts], float]) -> Reading:
    strongest = max(map(strength, flow.model.layers), default=0.0)
    lack = _any(flow, lambda layer: strength(layer) > 0)
    return lack if isinstance(lack, Missing) else strongest


def _l1(layer: LayerFacts) -> float:
    return max((penalty.l1 for penalty in weight_penalties(layer)), default=0.0)


def _l2(layer: LayerFacts) -> float:
    return max((penalty.l2 for penalty in weight_penalties(layer)), default=0.0)


@measurement("regularization.l1")
def regularization_l1(flow: LayerFlow) -> Reading:
    """The largest L1 strength of any weight that is trained, in Keras' units (0 or more; 0 if there
    is none).
    """
    return _strongest(flow, _l1)


@measurement("regularization.l2")
def regularization_l2(flow: LayerFlow) -> Reading:
    """The largest L2 strength of any weight that is trained, in Keras' units, without a half (0 or
    more; 0 if there is none).
    """
    return _strongest(flow, _l2)


@measurement("regularization.dropout", unit="rate")
def regularization_dropout(flow: LayerFlow) -> Reading:
    """The largest dropout rate, of a dropout layer or a layer's `dropout` argument (0 to 1; 0 if
    there is none).
    """
    return _strongest(flow, dropout_rate)


@measurement("regularization.has_l1", kind="truth")
def regularization_has_l1(flow: LayerFlow) -> Reading:
    """True if a weight that is trained has an L1 penalty."""
    return _any(flow, _l1)


@measurement("regularization.has_l2", kind="truth")
def regularization_has_l2(flow: LayerFlow) -> Reading:
    """True if a weight that is trained has an L2 penalty."""
    return _any(flow, _l2)


@measurement("regularization.has_dropout", kind="truth")
def regularization_has_dropout(flow: LayerFlow) -> Reading:
    """True if a dropout layer, or a layer's `dropout` argument, drops at a rate above 0."""
    return _any(flow, dropout_rate)


@measurement("regularization.has_recurrent_dropout", kind="truth")
def regularization_has_recurrent_dropout(flow: LayerFlow) -> Reading:
    """True if a recurrent layer drops its recurrent state, which rules out the fused kernel."""
    return _any(flow, lambda layer: layer.rates.get("recurrent_dropout"))


@measurement("regularization.has_noise", kind="truth")
def regularization_has_noise(flow: LayerFlow) -> Reading:
    """True if a layer adds Gaussian noise during training."""
    return _any(flow, lambda layer: layer.rates.get("stddev"))


@measurement("regularization.has_any", kind="truth")
def regularization_has_any(flow: LayerFlow) -> Reading:
    """True if anything regularizes: a penalty on trained weights, dropout, noise, weight decay."""
    regularizes = _any(
        flow,
        lambda layer: (
            any(penalty.kind != "nothing" for penalty in weight_penalties(layer))
            or any(layer.rates.values())
        ),
    )
    if decays(flow.model.optimizer):
        return True
    if regularizes is False and flow.model.optimizer is None:
        return Assumed(
            value=False, assumption="the optimizer, which was not saved, decays no weights"
        )
    return regularizes


@measurement("regularization.has_constraint", kind="truth")
def regularization_has_constraint(flow: LayerFlow) -> Reading:
    """True if the weights of a layer are constrained, such as by MaxNorm."""
    return _any(flow, lambda layer: layer.constraints)


@measurement("regularization.has_unknown", kind="truth")
def regularization_has_unknown(flow: LayerFlow) -> Reading:
    """True if a regularizer's strength is not an L1 or L2 number: a custom or orthogonal one."""
    return _any(
        flow, lambda layer: any(not penalty.is_known for penalty in layer.regularizers.values())
    )


@measurement("regularization.has_activity", kind="truth")
def regularization_has_activity(flow: LayerFlow) -> Reading:
    """True if a layer's output is penalized, by an amount that depends on the data."""
    return _any(flow, lambda layer: _is_active(layer, {ACTIVITY}))


@measurement("regularization.has_normalization_penalty", kind="truth")
def regularization_has_normalization_penalty(flow: LayerFlow) -> Reading:
    """True if the scale or shift of a normalization has a penalty."""
    return _any(flow, lambda layer: _is_active(layer, NORMALIZATION_REGULARIZERS))


@measurement("regularization.has_nothing_penalty", kind="truth")
def regularization_has_nothing_penalty(flow: LayerFlow) -> Reading:
    """True if a regularizer has strength 0, as the text "l1l2" gives, so that it does nothing."""
    return _any(
        flow,
        lambda layer: any(penalty.kind == "nothing" for penalty in layer.regularizers.values()),
    )


@measurement("regularization.has_frozen_penalty", kind="truth")
def regularization_has_frozen_penalty(flow: LayerFlow) -> Reading:
    """True if a frozen layer has a penalty; Keras leaves it out of the loss."""
    return _any(
        flow,
        lambda layer: (
            not layer.trainable and _is_active(layer, set(layer.regularizers) - {ACTIVITY})
        ),
    )


@measurement("regularization.has_default_l2", kind="truth")
def regularization_has_default_l2(flow: LayerFlow) -> Reading:
    """True if an L2 strength is 0.01, which is what the text "l2" means."""
    return _any(
        flow,
        lambda layer: any(isclose(penalty.l2, DEFAULT_L2) for penalty in weight_penalties(layer)),
    )


@measurement("regularization.has_l2_and_weight_decay", kind="truth")
def regularization_has_l2_and_weight_decay(flow: LayerFlow) -> Reading:
    """True if weights have an L2 penalty and the optimizer also decays them."""
    if flow.model.optimizer is None:
        return NO_OPTIMIZER
    return _any(flow, _l2) if decays(flow.model.optimizer) else False


@measurement("regularization.l2_under_batch_normalization", kind="truth")
def regularization_l2_under_batch_normalization(flow: LayerFlow) -> Reading:
    """True if a kernel has an L2 penalty but a normalization takes its output. The penalty then
    changes the effective learning rate and not the function.
    """
    return _any_joined(
        flow,
        lambda layer: any(
            layer.regularizers[name].l2 > 0
            for name in KERNEL_REGULARIZERS & layer.regularizers.keys()
            if layer.trainable
        ),
        lambda layer: layer.path in flow.normalized_directly,
    )


@measurement("regularization.has_dropout_before_batch_normalization", kind="truth")
def regularization_has_dropout_before_batch_normalization(flow: LayerFlow) -> Reading:
    """True if an active dropout layer has a Batch Normalization anywhere after it."""
    return _any_joined(
        flow, _is_active_dropout, lambda layer: layer.path in flow.before_batch_normalization
    )


@measurement("regularization.has_output_dropout", kind="truth")
def regularization_has_output_dropout(flow: LayerFlow) -> Reading:
    """True if dropout acts on the output itself, after the last layer with a kernel."""
    return _any_joined(
        flow,
        _is_active_dropout,
        lambda layer: layer.path in flow.after_weights and layer.path not in flow.before_weights,
    )


def _is_active_dropout(layer: LayerFacts) -> bool:
    return kind_of(layer) == "dropout" and dropout_rate(layer) > 0


def _any_joined(
    flow: LayerFlow, has: Callable[[LayerFacts], bool], is_placed: Callable[[LayerFacts], bool]
) -> Reading:
    """True if a layer that `has` something `is_placed`; missing if the place is not known."""
    having = [layer for layer in flow.model.layers if has(layer)]
    if any(is_placed(layer) for layer in having):
        return True
    if not all(flow.is_joined(layer) for layer in having):
        return UNJOINED
    return _any(flow, lambda layer: False)
