"""Weights that lie in memory instead of in a file, for tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from advisor.evidence.measurement import Missing
from advisor.evidence.weights.penalty import (
    PenaltyParts,
    Statistics,
    layer_penalty,
    total_penalty,
)
from advisor.inputs.model_facts import LayerFacts, ModelFacts, TensorFacts


@dataclass(frozen=True, kw_only=True)
class ArrayTensor:
    """A `StoredTensor` over an array; `readings` counts how often it was read."""

    values: NDArray[Any]
    readings: list[int] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    @property
    def dtype(self) -> str:
        return self.values.dtype.name

    def chunks(self, max_bytes: int) -> Iterator[NDArray[Any]]:
        self.readings.append(max_bytes)
        row = self.values.shape[-1] if self.values.ndim > 1 else 1
        entries = max_bytes // self.values.itemsize
        step = max(1, entries // row * row if row <= entries else entries)
        flat = self.values.reshape(-1)
        for start in range(0, flat.size, step):
            yield flat[start : start + step]


def tensor(values: ArrayLike, role: str = "kernel", part: str = "") -> TensorFacts:
    """A tensor of the given values, float32 unless they are an array already."""
    array = values if isinstance(values, np.ndarray) else np.array(values, dtype=np.float32)
    return TensorFacts(
        role=role,
        part=part,
        shape=array.shape,
        dtype=array.dtype.name,
        stored=ArrayTensor(values=array),
    )


def layer(path: str, class_name: str = "Dense", **facts: Any) -> LayerFacts:
    """A layer's facts; `tensors` may be arrays, the first then is the kernel."""
    tensors = facts.pop("tensors", ())
    named = zip(tensors, ("kernel", "bias"), strict=False)
    given = tuple(t if isinstance(t, TensorFacts) else tensor(t, role) for t, role in named)
    name = path.rpartition("/")[2]
    return LayerFacts(path=path, name=name, class_name=class_name, tensors=given, **facts)


def chain(layers: Sequence[LayerFacts], **facts: Any) -> ModelFacts:
    """A sequential model: each layer takes the output of the one before, the last is the output."""
    from dataclasses import replace

    joined = [
        replace(each, inbound=(layers[i - 1].path,) if i else (), is_output=i == len(layers) - 1)
        for i, each in enumerate(layers)
    ]
    return model(joined, kind="sequential", **facts)


def model(layers: Sequence[LayerFacts], kind: str = "functional", **facts: Any) -> ModelFacts:
    """A model of the given layers, joined as they say."""
    defaults: Mapping[str, Any] = {
        "source": "model.keras",
        "sha256": None,
        "file_format": "keras-v3",
        "keras_version": "3.15.1",
    }
    return ModelFacts(layers=tuple(layers), kind=kind, **{**defaults, **facts})


def model_penalty(model: ModelFacts, statistics: Statistics) -> PenaltyParts | Missing:
    """What all saved weights add to the loss."""
    return total_penalty(
        layer_penalty(layer, statistics.get(layer.path, ())) for layer in model.layers
    )
