"""How many operations, and how many of their multiplications, a traced step takes."""

import math
from typing import Any

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
    """Count a traced function: `rounds` is how often each inner loop turns (an RNN's timesteps)."""
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
            inner = graph._get_function(node.get_attr(attribute).name)
            body = operations_of(inner.graph, batch_rows=batch_rows, rounds=rounds)
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

    def size(tensor: Any) -> int:
        return _size(tensor, batch_rows)

    match node.type:
        case "MatMul" | "BatchMatMulV2" | "BatchMatMul":
            left, right = node.inputs[0], node.inputs[1]
            return 2.0 * math.sqrt(size(left) * size(right) * size(node.outputs[0]))
        case "Conv2D" | "Conv3D" | "DepthwiseConv2dNative":
            kernel = node.inputs[1]
            columns = kernel.shape[-1] or 1
            terms = size(kernel) / (columns if node.type != "DepthwiseConv2dNative" else 1)
            if node.type == "DepthwiseConv2dNative":
                terms = math.prod(axis or 1 for axis in kernel.shape[:2])
            return 2.0 * size(node.outputs[0]) * terms
        case "Conv2DBackpropInput" | "Conv3DBackpropInputV2":
            upstream, kernel = node.inputs[2], node.inputs[1]
            return 2.0 * size(upstream) * size(kernel) / (kernel.shape[-1] or 1)
        case "Conv2DBackpropFilter" | "Conv3DBackpropFilterV2":
            upstream, kernel = node.inputs[2], node.outputs[0]
            return 2.0 * size(upstream) * size(kernel) / (kernel.shape[-1] or 1)
        case "DepthwiseConv2dNativeBackpropInput" | "DepthwiseConv2dNativeBackpropFilter":
            return 2.0 * size(node.inputs[2]) * 9
        case _:
            return 0.0


def _size(tensor: Any, batch_rows: int) -> int:
    """The entries of a tensor whose unknown axes are rows; 0 where nothing is known."""
    if tensor.shape.rank is None or tensor.dtype.name in ("resource", "variant"):
        return 0
    return math.prod(batch_rows if axis is None else axis for axis in tensor.shape)
