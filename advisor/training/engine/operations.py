"""How many operations, and how many of their multiplications, a traced step takes."""

import math
from typing import Any

from advisor.keras_internals.tf_graph import inner_graph
from advisor.values import dataclass

# What only names or hands on values, and is gone or free when a graph runs.
_FREE = frozenset({"Const", "Placeholder", "Identity", "NoOp", "StopGradient", "VarHandleOp"})


@dataclass(frozen=True, kw_only=True)
class Operations:
    """`traced` counts the nodes of a graph, `run` how many of them run, rounds of loops included.

    `flops` counts floating-point operations of matrix products and convolutions, `elements` the
    entries of all tensors that are made.
    """

    traced: int
    run: int
    flops: float
    elements: float


def operations_of(graph: Any, *, batch_rows: int, rounds: int) -> Operations:
    """Count a traced function: `rounds` is how often each inner loop turns (an RNN's timesteps).

    An inner function that does not show its graph counts as the one operation that calls it.
    """
    traced = run = 0
    flops = elements = 0.0
    for node in graph.get_operations():
        traced += 1
        if node.type in _FREE:
            continue
        run += 1
        flops += _flops(node, batch_rows)
        elements += sum(_size(tensor, batch_rows) for tensor in node.outputs)
        for attribute, times in _INNER.get(node.type, ()):
            inner = inner_graph(graph, node.get_attr(attribute).name)
            if inner is None:  # TensorFlow's older kind, as in its CTC loss
                continue
            body = operations_of(inner, batch_rows=batch_rows, rounds=rounds)
            turns = rounds if times is None else times
            traced += body.traced
            run += body.run * turns
            flops += body.flops * turns
            elements += body.elements * turns
    return Operations(traced=traced, run=run, flops=flops, elements=elements)


# Operations that run functions: their attributes, and how often (None: the rounds of a loop).
_INNER: dict[str, tuple[tuple[str, int | None], ...]] = {
    "While": (("cond", None), ("body", None)),
    "StatelessWhile": (("cond", None), ("body", None)),
    "If": (("then_branch", 1),),
    "StatelessIf": (("then_branch", 1),),
    "PartitionedCall": (("f", 1),),
    "StatefulPartitionedCall": (("f", 1),),
}


def _flops(node: Any, batch_rows: int) -> float:
    """Two for each multiplication: of the entries of an output times the terms of its sum."""
    match node.type:
        case "MatMul" | "BatchMatMulV2" | "BatchMatMul":
            tensors = (node.inputs[0], node.inputs[1], node.outputs[0])
            return 2.0 * math.sqrt(math.prod(_size(tensor, batch_rows) for tensor in tensors))
        case "Conv2D" | "Conv3D" | "DepthwiseConv2dNative":
            maps, kernel = node.outputs[0], node.inputs[1]
        case "Conv2DBackpropInput" | "Conv3DBackpropInputV2" | "DepthwiseConv2dNativeBackpropInput":
            maps, kernel = node.inputs[2], node.inputs[1]
        case (
            "Conv2DBackpropFilter"
            | "Conv3DBackpropFilterV2"
            | "DepthwiseConv2dNativeBackpropFilter"
        ):
            maps, kernel = node.inputs[2], node.outputs[0]
        case _:
            return 0.0
    is_depthwise = node.type.startswith("Depthwise")
    return 2.0 * _size(maps, batch_rows) * _terms(kernel.shape, is_depthwise=is_depthwise)


def _terms(kernel: Any, *, is_depthwise: bool) -> int:
    """How many products one sum of a convolution takes, from the shape of its kernel.

    The shape is [places..., channels, filters]; a depthwise sum takes a single channel. 9 if the
    graph doesn't hold the shape: most windows are 3 x 3.
    """
    if kernel.rank is None:
        return 9
    return math.prod(axis or 1 for axis in (kernel[:-2] if is_depthwise else kernel[:-1]))


def _size(tensor: Any, batch_rows: int) -> int:
    """The entries of a tensor whose unknown axes are rows; 0 where nothing is known."""
    if tensor.shape.rank is None or tensor.dtype.name in ("resource", "variant"):
        return 0
    return math.prod(batch_rows if axis is None else axis for axis in tensor.shape)
