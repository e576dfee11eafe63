"""Keras' own layers: their names, their weights in the order of a file, and the layers inside."""

import re
from collections.abc import Iterable, Mapping, Sequence

from advisor.inputs.files.json_value import list_of, mapping_of, text_of
from advisor.regularization import SPECS
from advisor.values import dataclass

# Layers of Keras 3.15 and, after them, those that only Keras 2 had. Aliases are left out: a file
# holds the class's own name.
_NAMES = """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add
    AdditiveAttention AlphaDropout Attention AugMix AutoContrast Average AveragePooling1D
    AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CategoryEncoding CenterCrop
    Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D
    Cropping3D CutMix Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU
    EinsumDense Embedding Equalization Flatten FlaxLayer GRU GRUCell GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D
    GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention HashedCrossing
    Hashing Identity InputLayer IntegerLookup JaxLayer LSTM LSTMCell Lambda LayerNormalization
    LeakyReLU Masking MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum
    MelSpectrogram Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute Pipeline
    RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
    RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
    RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation
    RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU RepeatVector
    Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D SeparableConv2D
    SimpleRNN SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SpectralNormalization StackedRNNCells StringLookup Subtract TFSMLayer TextVectorization
    TimeDistributed TorchModuleWrapper UnitNormalization UpSampling1D UpSampling2D UpSampling3D
    ZeroPadding1D ZeroPadding2D ZeroPadding3D

    CuDNNGRU CuDNNLSTM DenseFeatures LocallyConnected1D LocallyConnected2D RandomHeight RandomWidth
    SlicingOpLambda SyncBatchNormalization TFOpLambda ThresholdedReLU
"""
KERAS_LAYERS = frozenset(_NAMES.split())
KERAS_MODELS = frozenset({"Functional", "Model", "Sequential"})
MAX_WRAPPERS = 8  # a TimeDistributed Bidirectional LSTM has two
# The one layer whose exported name is not its class's own, by which Keras names the group.
GROUP_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
EXPORTED_CLASSES = {own: exported for exported, own in GROUP_CLASSES.items()}

DROPOUT_LAYERS = frozenset(SPECS["dropout"].kinds)
CELLS = {"GRU": "GRUCell", "LSTM": "LSTMCell", "SimpleRNN": "SimpleRNNCell"} | {
    f"ConvLSTM{axes}D": "ConvLSTMCell" for axes in (1, 2, 3)
}
_PROJECTIONS = ("query_dense", "key_dense", "gate_dense", "value_dense", "output_dense")
_ATTENTION = frozenset({"GroupQueryAttention", "MultiHeadAttention"})

_KERAS_PACKAGES = ("keras.", "tf_keras.", "tensorflow.keras.", "tensorflow.python.keras.")

# Each weight of a layer in the order of a file, with the argument and the values that leave it out.
_Without = tuple[
    str, object, tuple[object, ...]
]  # argument, its default, values without the weight
_ALWAYS: _Without = ("", None, ())
_BIAS = {"bias": ("use_bias", True, (False,))}
_KERNEL = {"kernel": _ALWAYS, **_BIAS}
_RECURRENT = {"kernel": _ALWAYS, "recurrent_kernel": _ALWAYS, **_BIAS}
_DEPTHWISE = {"depthwise_kernel": _ALWAYS, **_BIAS}
_SEPARABLE = {"depthwise_kernel": _ALWAYS, "pointwise_kernel": _ALWAYS, **_BIAS}
_SCALE_CENTER = {"gamma": ("scale", True, (False,)), "beta": ("center", True, (False,))}
_RENORM: _Without = ("renorm", False, (False,))
_BATCH = {
    **_SCALE_CENTER,
    "moving_mean": _ALWAYS,
    "moving_variance": _ALWAYS,
    **dict.fromkeys(("moving_stddev", "renorm_mean", "renorm_stddev"), _RENORM),
}
_WEIGHTS: Mapping[str, Mapping[str, _Without]] = {
    **dict.fromkeys(("Dense", "EinsumDense"), _KERNEL),
    **{f"LocallyConnected{axes}D": _KERNEL for axes in (1, 2)},
    **{f"Conv{axes}D{kind}": _KERNEL for axes in (1, 2, 3) for kind in ("", "Transpose")},
    **{f"DepthwiseConv{axes}D": _DEPTHWISE for axes in (1, 2)},
    **{f"SeparableConv{axes}D": _SEPARABLE for axes in (1, 2)},
    **dict.fromkeys((*CELLS.values(), "CuDNNGRU", "CuDNNLSTM"), _RECURRENT),
    **dict.fromkeys(("BatchNormalization", "SyncBatchNormalization"), _BATCH),
    **dict.fromkeys(("GroupNormalization", "LayerNormalization"), _SCALE_CENTER),
    "RMSNormalization": {"scale": _ALWAYS},
    "SpectralNormalization": {"kernel": _ALWAYS, "vector_u": _ALWAYS},
    "Normalization": dict.fromkeys(("mean", "variance", "count"), _ALWAYS),
    "PReLU": {"alpha": _ALWAYS},
    "Embedding": {"embeddings": _ALWAYS},
    "ReversibleEmbedding": {
        "embeddings": _ALWAYS,
        "reverse_embeddings": ("tie_weights", True, (True,)),
    },
    "AdditiveAttention": {"scale": ("use_scale", True, (False,))},
    "Attention": {
        "scale": ("use_scale", False, (False,)),
        "concat_score_weight": ("score_mode", "dot", ("dot",)),
    },
    "STFTSpectrogram": {
        "real_kernel": ("mode", "log", ("imag",)),
        "imag_kernel": ("mode", "log", ("real",)),
    },
}
# What a quantized Dense, EinsumDense or Embedding stores instead (Keras' own
# `variable_serialization_spec`); a kernel_zero or g_idx may be absent.
_QUANTIZED: Mapping[str, tuple[str, ...]] = {
    "int8": ("kernel", "bias", "kernel_scale"),
    "int4": ("kernel", "bias", "kernel_scale", "kernel_zero", "g_idx"),
    "float8": (
        "kernel",
        "bias",
        "inputs_scale",
        "inputs_amax_history",
        "kernel_scale",
        "kernel_amax_history",
        "outputs_grad_scale",
        "outputs_grad_amax_history",
    ),
    "gptq": ("bias", "quantized_kernel", "kernel_scale", "kernel_zero", "g_idx"),
    "awq": ("bias", "quantized_kernel", "kernel_scale", "kernel_zero", "awq_scales", "g_idx"),
}
_OPTIONAL = ("kernel_zero", "g_idx")
REGULARIZERS: Mapping[str, str] = {
    f"{prefix}{suffix}": f"{prefix}_regularizer"
    for prefix, suffix in (
        ("kernel", ""),
        ("bias", ""),
        ("recurrent", "_kernel"),
        ("depthwise", "_kernel"),
        ("pointwise", "_kernel"),
        ("embeddings", ""),
        ("gamma", ""),
        ("beta", ""),
        ("alpha", ""),
    )
}


def snake_case(class_name: str) -> str:
    """Keras' own `to_snake_case`: `Conv2DTranspose` becomes `conv2d_transpose`."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def group_name(class_name: str) -> str:
    """What Keras calls the group of a layer of this class, before it counts them."""
    return snake_case(GROUP_CLASSES.get(class_name, class_name))


def numbered(names: Iterable[str]) -> list[str]:
    """The names as Keras makes them unique: `dense`, `dense_1`, `conv2d`, `dense_2`."""
    used: dict[str, int] = {}
    unique = []
    for name in names:
        used[name] = used.get(name, -1) + 1
        unique.append(f"{name}_{used[name]}" if used[name] else name)
    return unique


def is_keras_module(module: object) -> bool:
    """True for a module of Keras itself, whatever package it came in."""
    return isinstance(module, str) and (
        module in ("keras", "tf_keras") or module.startswith(_KERAS_PACKAGES)
    )


def is_keras_class(class_name: str, described: Mapping[str, object]) -> bool:
    """True if a config's object is an instance of Keras' own class, not of a namesake.

    Keras 3 says where a class comes from; older files are believed if the name is Keras'.
    """
    if "module" in described:
        registered = described.get("registered_name")
        is_registered = isinstance(registered, str) and ">" in registered
        return is_keras_module(described["module"]) and not is_registered
    return class_name in KERAS_LAYERS or class_name in KERAS_MODELS


@dataclass(frozen=True, kw_only=True)
class Part:
    """One place inside a layer where weights are stored: below `path`, as `class_name` makes them.

    `class_name` is empty for a class that is not Keras' own, whose weights have no known names.
    """

    path: str
    class_name: str
    config: Mapping[str, object]


def parts(class_name: str, config: Mapping[str, object], depth: int = 0) -> tuple[Part, ...]:
    """Where a layer's weights are stored, in the order in which `layer.weights` lists them.

    Paths are without leading underscores: Keras 2 says `_query_dense`, Keras 3 `query_dense`.
    Wrappers inside wrappers are followed 8 deep.
    """
    own = Part(path="", class_name=class_name, config=config)
    if class_name in CELLS:
        return (own, Part(path="cell", class_name=CELLS[class_name], config=config))
    if class_name in _ATTENTION:
        return (own, *(Part(path=p, class_name="EinsumDense", config=config) for p in _PROJECTIONS))
    inner = _wrapped(class_name, config) if depth < MAX_WRAPPERS else []
    return (own, *(part for path, layer in inner for part in _below(path, layer, depth)))


def _wrapped(class_name: str, config: Mapping[str, object]) -> list[tuple[str, object]]:
    """The layers that a layer's arguments hold, with the attributes under which they are stored."""
    match class_name:
        case "RNN":
            return [("cell", config.get("cell"))]
        case "StackedRNNCells":
            cells = list_of(config.get("cells"))
            classes = [text_of(mapping_of(cell).get("class_name")) or "" for cell in cells]
            names = numbered(group_name(name) for name in classes)
            return [(f"cells/{name}", cell) for name, cell in zip(names, cells, strict=True)]
        case "Bidirectional":
            forward = config.get("layer")
            backward = config.get("backward_layer") or forward
            return [("forward_layer", forward), ("backward_layer", backward)]
        case _:
            return [("layer", config.get("layer"))]


def _below(path: str, value: object, depth: int) -> tuple[Part, ...]:
    layer = mapping_of(value)
    class_name = text_of(layer.get("class_name"))
    if class_name is None:
        return ()
    if not is_keras_class(class_name, layer):
        return (Part(path=path, class_name="", config=mapping_of(layer.get("config"))),)
    return tuple(
        Part(path=f"{path}/{part.path}".rstrip("/"), class_name=part.class_name, config=part.config)
        for part in parts(class_name, mapping_of(layer.get("config")), depth + 1)
    )


def variable_roles(part: Part, dtypes: Sequence[str]) -> tuple[str, ...] | None:
    """Keras' names of the variables that `part` stores as `dtypes`; None where they don't fit."""
    names = _quantized_roles(part, dtypes) or plain_roles(part)
    return names if len(names) == len(dtypes) else None


def expected_weights(class_name: str, config: Mapping[str, object]) -> bool:
    """True if a built layer of this class stores weights."""
    return any(plain_roles(part) or not part.class_name for part in parts(class_name, config))


def plain_roles(part: Part) -> tuple[str, ...]:
    """Keras' names of the variables of a part that is not quantized, in the order of a file."""
    config = part.config
    if part.class_name == "LayerNormalization" and config.get("rms_scaling") is True:
        return ("gamma",)
    if part.class_name == "Normalization" and config.get("mean") is not None:
        return ()
    return tuple(
        role
        for role, (argument, default, without) in _WEIGHTS.get(part.class_name, {}).items()
        if config.get(argument, default) not in without
    )


def _quantized_roles(part: Part, dtypes: Sequence[str]) -> tuple[str, ...]:
    mode = _quantization_mode(part.config)
    if mode is None and "int8" in dtypes[:1] and part.class_name in ("Dense", "EinsumDense"):
        mode = "int8"  # a policy map, or the inner layer of an attention layer
    if mode is None or mode not in _QUANTIZED or not plain_roles(part):
        return ()
    names = list(_QUANTIZED[mode])
    if part.config.get("use_bias") is False or "bias" not in plain_roles(part):
        names.remove("bias")
    for name in _OPTIONAL:
        if len(names) > len(dtypes) and name in names:
            names.remove(name)
    if part.class_name.endswith("Embedding"):
        names = [name.replace("kernel", "embeddings") for name in names]
    return tuple(names)


def _quantization_mode(config: Mapping[str, object]) -> str | None:
    return text_of(mapping_of(mapping_of(config.get("dtype")).get("config")).get("mode"))
