"""What a model is made of: its size, shape, kinds of layers and task."""

from advisor.evidence.architecture.layer_flow import NO_WEIGHTS, UNJOINED, LayerFlow
from advisor.evidence.architecture.layer_kinds import (
    INPUT_SCALINGS,
    LayerKind,
    is_batch_normalization,
    keras_class,
    kind_of,
)
from advisor.evidence.architecture.losses import classes_of, task_of
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.inputs.model_facts import LayerFacts

# Weights that training never changes, whatever the layer's `trainable` says.
STATISTICS = frozenset(
    {"count", "mean", "moving_mean", "moving_stddev", "moving_variance", "renorm_mean"}
    | {"renorm_stddev", "variance", "vector_u"}
)
SCALES = frozenset({"embeddings_scale", "kernel_scale", "kernel_zero"})  # of quantized weights


@measurement("model.kind", kind="text")
def model_kind(flow: LayerFlow) -> Reading:
    """How the model is built: sequential, functional, subclassed, or weights, for a file that only
    contains weights.
    """
    return flow.model.kind


@measurement("model.is_compiled", kind="truth")
def model_is_compiled(flow: LayerFlow) -> Reading:
    """True if the model was saved with its optimizer or loss."""
    return flow.model.is_compiled


@measurement("model.has_code_parts", kind="truth")
def model_has_code_parts(flow: LayerFlow) -> Reading:
    """True if loading the model would run code that came with it, such as a Lambda layer's."""
    return bool(flow.model.code_parts)


@measurement("model.depth", unit="layers")
def model_depth(flow: LayerFlow) -> Reading:
    """The number of layers with kernels on the longest path from input to output (0 or more)."""
    return flow.depth


@measurement("model.hidden_layers", unit="layers")
def model_hidden_layers(flow: LayerFlow) -> Reading:
    """The number of layers with kernels, without embeddings and the output layer (0 or more)."""
    hidden = _hidden(flow)
    return hidden if isinstance(hidden, Missing) else len(hidden)


@measurement("model.width", unit="units")
def model_width(flow: LayerFlow) -> Reading:
    """The units or filters of the widest hidden layer (1 or more)."""
    widths = _hidden_widths(flow)
    return widths if isinstance(widths, Missing) else max(widths)


@measurement("model.narrowest_hidden", unit="units")
def model_narrowest_hidden(flow: LayerFlow) -> Reading:
    """The units or filters of the narrowest hidden layer (1 or more)."""
    widths = _hidden_widths(flow)
    return widths if isinstance(widths, Missing) else min(widths)


@measurement("model.parameters", unit="weights")
def model_parameters(flow: LayerFlow) -> Reading:
    """The number of weights, trainable or not (0 or more)."""
    return NO_WEIGHTS if flow.lacks_weights else flow.model.parameters


@measurement("model.trainable_parameters", unit="weights")
def model_trainable_parameters(flow: LayerFlow) -> Reading:
    """The number of weights that training changes: those of layers that are not frozen, without the
    statistics of normalizations (0 or more).
    """
    return trainable_parameters(flow)


@measurement("model.frozen_share", unit="share")
def model_frozen_share(flow: LayerFlow) -> Reading:
    """The share of the weights that are in frozen layers, and so not trained (0 to 1)."""
    trained = trainable_parameters(flow)
    if isinstance(trained, Missing):
        return trained
    every = sum(_learnable(layer) for layer in flow.model.layers)
    return 1.0 - trained / every if every else Missing(reason="the model has no weights to train")


@measurement("model.has_frozen_layers", kind="truth")
def model_has_frozen_layers(flow: LayerFlow) -> Reading:
    """True if a layer with weights to train is frozen."""
    if flow.lacks_weights:
        return any(not layer.trainable for layer in flow.weight_layers)
    return any(_learnable(layer) and not layer.trainable for layer in flow.model.layers)


@measurement("model.only_dense", kind="truth")
def model_only_dense(flow: LayerFlow) -> Reading:
    """True if every layer with a kernel is a Dense layer."""
    layers = flow.weight_layers
    return bool(layers) and all(kind_of(layer) == "dense" for layer in layers)


@measurement("model.has_convolution", kind="truth")
def model_has_convolution(flow: LayerFlow) -> Reading:
    """True if the model has a convolution, also a depthwise one."""
    return _has(flow, "convolutional") or _has(flow, "depthwise")


@measurement("model.has_recurrent", kind="truth")
def model_has_recurrent(flow: LayerFlow) -> Reading:
    """True if the model has a recurrent layer."""
    return _has(flow, "recurrent")


@measurement("model.has_embedding", kind="truth")
def model_has_embedding(flow: LayerFlow) -> Reading:
    """True if the model has an embedding."""
    return _has(flow, "embedding")


@measurement("model.has_attention", kind="truth")
def model_has_attention(flow: LayerFlow) -> Reading:
    """True if the model has an attention layer."""
    return _has(flow, "attention")


@measurement("model.has_batch_normalization", kind="truth")
def model_has_batch_normalization(flow: LayerFlow) -> Reading:
    """True if the model has a Batch Normalization."""
    return any(is_batch_normalization(layer) for layer in flow.model.layers)


@measurement("model.has_normalization", kind="truth")
def model_has_normalization(flow: LayerFlow) -> Reading:
    """True if the model normalizes activations: by batch, layer, group, or norm."""
    return any(
        kind_of(layer) == "normalization" and keras_class(layer) not in INPUT_SCALINGS
        for layer in flow.model.layers
    )


@measurement("model.has_augmentation", kind="truth")
def model_has_augmentation(flow: LayerFlow) -> Reading:
    """True if the model changes its inputs at random during training."""
    return _has(flow, "augmentation")


@measurement("model.has_input_normalization", kind="truth")
def model_has_input_normalization(flow: LayerFlow) -> Reading:
    """True if the inputs are scaled or normalized by a layer before the first weights."""
    scaling = [
        layer
        for layer in flow.model.layers
        if keras_class(layer) in INPUT_SCALINGS or kind_of(layer) == "normalization"
    ]
    if any(keras_class(layer) in INPUT_SCALINGS for layer in scaling):
        return True
    if not all(flow.is_joined(layer) for layer in scaling):
        return UNJOINED
    return any(layer.path not in flow.after_weights for layer in scaling)


@measurement("model.task", kind="text")
def model_task(flow: LayerFlow) -> Reading:
    """What the model was trained for, from its loss or else its output: classification, regression,
    or unknown.
    """
    return task_of(flow)


@measurement("model.classes", unit="classes")
def model_classes(flow: LayerFlow) -> Reading:
    """The number of classes that the model distinguishes; 2 with a binary loss (2 or more)."""
    return classes_of(flow)


def trainable_parameters(flow: LayerFlow) -> int | Missing:
    """The number of weights that training changes."""
    if flow.lacks_weights:
        return NO_WEIGHTS
    return sum(_learnable(layer) for layer in flow.model.layers if layer.trainable)


def _learnable(layer: LayerFacts) -> int:
    return sum(
        tensor.size
        for tensor in layer.tensors
        if tensor.role not in STATISTICS | SCALES and "float" in tensor.dtype
    )


def _has(flow: LayerFlow, kind: LayerKind) -> bool:
    return any(kind_of(layer) == kind for layer in flow.model.layers)


def _hidden(flow: LayerFlow) -> list[LayerFacts] | Missing:
    if isinstance(flow.output_layers, Missing):
        return flow.output_layers
    ends = {layer.path for layer in flow.output_layers}
    return [
        layer
        for layer in flow.weight_layers
        if layer.path not in ends and kind_of(layer) != "embedding"
    ]


def _hidden_widths(flow: LayerFlow) -> list[int] | Missing:
    hidden = _hidden(flow)
    if isinstance(hidden, Missing):
        return hidden
    widths = [layer.units for layer in hidden if layer.units]
    return widths or Missing(reason="the model has no hidden layer of known width")
