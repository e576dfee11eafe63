"""The kind of each Keras layer class, as a table."""

from collections.abc import Mapping
from typing import Literal

from advisor.evidence.weights.matrix_view import is_kernel
from advisor.inputs.configs.keras_layers import DROPOUT_LAYERS, is_keras_module
from advisor.inputs.model_facts import LayerFacts

LayerKind = Literal[
    "dense",
    "convolutional",
    "depthwise",
    "recurrent",
    "embedding",
    "attention",
    "normalization",
    "dropout",
    "augmentation",
    "other",
]

CLASSES: Mapping[LayerKind, tuple[str, ...]] = {
    "dense": ("Dense", "EinsumDense"),
    "convolutional": (
        "Conv1D",
        "Conv1DTranspose",
        "Conv2D",
        "Conv2DTranspose",
        "Conv3D",
        "Conv3DTranspose",
        "LocallyConnected1D",
        "LocallyConnected2D",
        "SeparableConv1D",
        "SeparableConv2D",
    ),
    "depthwise": ("DepthwiseConv1D", "DepthwiseConv2D"),
    "recurrent": (
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "CuDNNGRU",
        "CuDNNLSTM",
        "GRU",
        "GRUCell",
        "LSTM",
        "LSTMCell",
        "RNN",
        "SimpleRNN",
        "SimpleRNNCell",
        "StackedRNNCells",
    ),
    "embedding": ("Embedding", "ReversibleEmbedding"),
    "attention": ("AdditiveAttention", "Attention", "GroupQueryAttention", "MultiHeadAttention"),
    "normalization": (
        "BatchNormalization",
        "GroupNormalization",
        "LayerNormalization",
        "Normalization",
        "RMSNormalization",
        "SyncBatchNormalization",
        "UnitNormalization",
    ),
    "dropout": tuple(sorted(DROPOUT_LAYERS)),
    "augmentation": (
        "AugMix",
        "AutoContrast",
        "ContrastLimitedAdaptiveHistogramEqualization",
        "CutMix",
        "Equalization",
        "MixUp",
        "RandAugment",
        "RandomBrightness",
        "RandomColorDegeneration",
        "RandomColorJitter",
        "RandomContrast",
        "RandomCrop",
        "RandomElasticTransform",
        "RandomErasing",
        "RandomFlip",
        "RandomGaussianBlur",
        "RandomGrayscale",
        "RandomHeight",
        "RandomHue",
        "RandomInvert",
        "RandomPerspective",
        "RandomPosterization",
        "RandomRotation",
        "RandomSaturation",
        "RandomSharpness",
        "RandomShear",
        "RandomTranslation",
        "RandomWidth",
        "RandomZoom",
        "Solarization",
    ),
}
_KINDS = {name: kind for kind, names in CLASSES.items() for name in names}

WEIGHT_KINDS = frozenset({"dense", "convolutional", "depthwise", "recurrent", "embedding"})
WEIGHTED_ATTENTION = frozenset({"GroupQueryAttention", "MultiHeadAttention"})
BATCH_NORMALIZATIONS = frozenset({"BatchNormalization", "SyncBatchNormalization"})
INPUT_SCALINGS = frozenset({"Normalization", "Rescaling"})
MERGES = frozenset(
    {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}
)


def keras_class(layer: LayerFacts) -> str | None:
    """The layer's class, or that of the layer it wraps; None if it is not one of Keras' own."""
    if layer.module is not None and not is_keras_module(layer.module):
        return None
    return layer.wrapped_class or layer.class_name


def kind_of(layer: LayerFacts) -> LayerKind:
    """The kind of a layer by its class; `other` for classes that are not Keras' own."""
    inner = keras_class(layer)
    if inner is None:
        return "other"
    return _KINDS.get(inner) or _KINDS.get(layer.class_name, "other")


def is_weight_layer(layer: LayerFacts) -> bool:
    """True for layers with kernels to learn, built or not, including the user's own layers."""
    return (
        kind_of(layer) in WEIGHT_KINDS
        or keras_class(layer) in WEIGHTED_ATTENTION
        or (kind_of(layer) == "other" and any(is_kernel(tensor) for tensor in layer.tensors))
    )


def is_batch_normalization(layer: LayerFacts) -> bool:
    """True for Batch Normalization, synchronized or not."""
    return keras_class(layer) in BATCH_NORMALIZATIONS
