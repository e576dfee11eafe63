"""What a saved model says about itself, as plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from advisor.regularization import Family
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """A weight regularizer with Keras' own strengths: `l1 * sum|w| + l2 * sum w^2`, without a 1/2.

    `kind` is `l1`, `l2`, `l1+l2`, `nothing` (both strengths are 0, as the string "l1l2" gives),
    or the class name of a regularizer whose strength is not an L1/L2 number (`custom`).
    """

    kind: str
    l1: float = 0.0
    l2: float = 0.0

    @property
    def is_known(self) -> bool:
        """True if the penalty can be computed from `l1` and `l2`."""
        return self.kind in ("l1", "l2", "l1+l2", "nothing")

    def strength(self, family: Family) -> float:
        """The strength of one family, 0 where there is none of it."""
        return float(getattr(self, family, 0.0))


class StoredTensor(Protocol):
    """Weights that lie in a file and are read a piece at a time."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's shape; `()` for a scalar."""

    @property
    def dtype(self) -> str:
        """The stored type: `float32`, `float16`, `bfloat16`, `float64`, `int8`, ..."""

    def chunks(self, max_bytes: int) -> Iterator[NDArray[np.generic]]:
        """The values in C order as flat arrays of at most `max_bytes` bytes each.

        bfloat16 arrives as float32, everything else as stored. A chunk of a tensor with two or
        more axes always holds whole rows of the last axis, unless one row alone is larger.
        """


@dataclass(frozen=True, kw_only=True)
class TensorFacts:
    """One weight of a layer.

    `role` is Keras' variable name: `kernel`, `bias`, `recurrent_kernel`, `depthwise_kernel`,
    `pointwise_kernel`, `embeddings`, `gamma`, `beta`, `moving_mean`, `moving_variance`, ...,
    or `unknown`.
    """

    role: str
    shape: tuple[int, ...]
    dtype: str
    part: str = ""  # the sub-layer inside the layer: "forward_layer/cell", "query_dense", or ""
    stored: StoredTensor | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """One leaf layer; layers of nested models are listed with a path, `encoder/dense_1`.

    `trainable` is false where the layer or any model around it is frozen. `regularizers` and
    `constraints` are keyed by Keras' argument (`kernel_regularizer`), wrapped layers included
    (a Bidirectional LSTM shows its LSTM's). `rates` holds what is active only in training:
    `rate` and `stddev` of the layers made for it, even 0, and a `dropout` or `recurrent_dropout`
    above 0. `inbound` names the leaf layers whose outputs it takes, over all its calls; a layer
    that is called on its own output names itself. Operations of keras.ops are listed too, as
    layers without tensors. The input layers of nested models are not: who takes their output
    takes that of what the nested model is called on.
    """

    path: str
    name: str
    class_name: str
    module: str | None = None
    wrapped_class: str | None = None  # the class inside Bidirectional, TimeDistributed, RNN(cell)
    trainable: bool = True
    units: int | None = None  # units, filters, or output_dim of an Embedding
    activation: str | None = None
    initializers: Mapping[str, str] = field(default_factory=dict)  # argument -> class name
    regularizers: Mapping[str, Penalty] = field(default_factory=dict)
    constraints: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    tensors: tuple[TensorFacts, ...] = ()
    inbound: tuple[str, ...] = ()
    calls: int = 1
    is_output: bool = False
    is_inferred: bool = False  # class or name was inferred from the weights, not read
    config: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def parameters(self) -> int:
        """The number of weights, trainable or not."""
        return sum(tensor.size for tensor in self.tensors)


@dataclass(frozen=True, kw_only=True)
class OptimizerFacts:
    """The optimizer the model was compiled with; strengths as they were when it was saved."""

    name: str  # "Adam"
    learning_rate: float | None = None  # None with a schedule
    schedule: str | None = None  # the schedule's class name
    weight_decay: float | None = None
    iterations: int | None = None  # optimizer steps taken
    excluded_from_decay: tuple[str, ...] | None = None  # None: the file can't tell


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A saved model: its layers in order, how they are joined, and how it was compiled."""

    source: str  # the file's name, for messages
    sha256: str | None
    file_format: str  # "keras-v3", "keras-v3-folder", "hdf5", "weights", "sharded-weights", "live"
    keras_version: str | None
    kind: str  # "sequential", "functional", "subclassed", "weights"
    layers: tuple[LayerFacts, ...]
    optimizer: OptimizerFacts | None = None
    loss: str | None = None  # the loss's canonical name, "categorical_crossentropy"
    metrics: tuple[str, ...] = ()
    is_compiled: bool = False
    code_parts: tuple[str, ...] = ()  # parts that would run code when loaded: Lambda, other modules
    notes: tuple[str, ...] = ()  # what was unusual, doubtful or can't be told, as sentences

    @property
    def parameters(self) -> int:
        """The number of weights, trainable or not."""
        return sum(layer.parameters for layer in self.layers)

    def layer(self, path: str) -> LayerFacts:
        """The layer at `path`; raises KeyError where there is none."""
        for layer in self.layers:
            if layer.path == path:
                return layer
        raise KeyError(path)

    def outbound(self, path: str) -> tuple[LayerFacts, ...]:
        """The layers that take the output of the layer at `path`."""
        return tuple(layer for layer in self.layers if path in layer.inbound)


def is_within(layer: LayerFacts, path: str) -> bool:
    """True for the layer at `path`, and for every layer of the nested model at `path`."""
    return layer.path == path or layer.path.startswith(f"{path}/")


def position(model: ModelFacts, path: str) -> int:
    """A layer's place in the model's order; a nested model counts where it ends."""
    return max(index for index, layer in enumerate(model.layers) if is_within(layer, path))
