"""How a weight is read as a matrix: which axes are its inputs and which its output units."""

from math import prod

from advisor.inputs.model_facts import TensorFacts
from advisor.values import dataclass

KERNEL_ROLES = frozenset(
    {"kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel", "embeddings"}
)
# Projections of attention from features to (heads, width of a head), by Keras' names.
HEAD_PROJECTIONS = frozenset({"query_dense", "key_dense", "value_dense", "gate_dense"})
TRANSPOSED_CLASSES = frozenset({"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"})

# Sums are kept for each row and column, but not of wider or longer matrices.
MAX_COLUMNS = 1 << 20
MAX_ROWS = 1 << 18


@dataclass(frozen=True, kw_only=True)
class MatrixView:
    """A kernel as `rows` x `columns` in C order.

    `inputs` divides `rows`: row `r` belongs to input `r % inputs`, so that all places of a
    convolution's window count for the same channel. It is 0 if rows are not inputs (embeddings,
    depthwise kernels). `has_units` is true if columns are output units. `is_map` is true if the
    matrix multiplies inputs, so that its singular values have a meaning.
    """

    rows: int
    columns: int
    inputs: int
    has_units: bool
    is_map: bool


def is_kernel(tensor: TensorFacts) -> bool:
    """True for weights that multiply inputs: two or more axes of floating-point numbers.

    A tensor of an unknown role counts as a kernel. A quantized kernel doesn't: its numbers are
    steps of a scale.
    """
    return (
        (tensor.role in KERNEL_ROLES or tensor.role == "unknown")
        and "float" in tensor.dtype
        and len(tensor.shape) >= 2
        and 0 not in tensor.shape
    )


def matrix_view(tensor: TensorFacts, class_name: str) -> MatrixView | None:
    """The kernel as a matrix, or None for other tensors; `class_name` is its layer's."""
    shape = tensor.shape
    if not is_kernel(tensor):
        return None
    rows, columns = prod(shape[:-1]), shape[-1]
    inputs, has_units, is_map = shape[-2], True, True
    match tensor.role, tensor.part.rpartition("/")[2].lstrip("_"):
        case "depthwise_kernel", _:
            rows, columns = prod(shape[:-2]), shape[-2] * shape[-1]
            inputs, is_map = 0, False
        case "embeddings", _:
            inputs, has_units = 0, False
        case _, part if part in HEAD_PROJECTIONS:
            rows, columns, inputs = shape[0], prod(shape[1:]), shape[0]
        case _, "output_dense":
            inputs = rows
    if class_name in TRANSPOSED_CLASSES:
        inputs, has_units = 0, False
    if columns > MAX_COLUMNS:
        return MatrixView(rows=tensor.size, columns=1, inputs=0, has_units=False, is_map=False)
    return MatrixView(
        rows=rows,
        columns=columns,
        inputs=inputs if rows <= MAX_ROWS else 0,
        has_units=has_units,
        is_map=is_map,
    )
