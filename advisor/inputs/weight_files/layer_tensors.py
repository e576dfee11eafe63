"""The tensors of a layer: its stored variables with Keras' names, checked against its config."""

from collections.abc import Mapping, Sequence

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.keras_layers import Part, parts, variable_roles
from advisor.inputs.files.json_value import integer_of, list_of, text_of
from advisor.inputs.model_facts import StoredTensor, TensorFacts
from advisor.inputs.weight_files.weight_holders import Holder
from advisor.values import dataclass

UNKNOWN = "unknown"
_GATES = {"LSTMCell": 4, "CuDNNLSTM": 4, "ConvLSTMCell": 4, "GRUCell": 3, "CuDNNGRU": 3}


@dataclass(frozen=True, kw_only=True)
class LayerTensors:
    """The tensors of one layer in the order of `layer.weights`; `doubt` says what doesn't fit."""

    tensors: tuple[TensorFacts, ...]
    doubt: str | None = None


def layer_tensors(node: ConfigLayer, group: str, holders: Sequence[Holder]) -> LayerTensors:
    """The tensors in `holders`, which all lie at or below the layer's `group`."""
    known = {part.path: part for part in parts(node.class_name, node.config)}
    if not node.is_keras:
        known = {"": Part(path="", class_name="", config=node.config)}
    place = {path: index for index, path in enumerate(known)}
    by_part = {_part_path(group, holder): holder for holder in holders if holder.variables}
    tensors: list[TensorFacts] = []
    doubts: list[str] = []
    for path in sorted(by_part, key=lambda path: (place.get(path, len(place)), path)):
        part = known.get(path, Part(path=path, class_name="", config={}))
        own, doubt = part_tensors(part, by_part[path])
        tensors.extend(own)
        if doubt is not None:
            doubts.append(doubt)
    return LayerTensors(tensors=tuple(tensors), doubt=doubts[0] if doubts else None)


def _part_path(group: str, holder: Holder) -> str:
    """Where the holder lies inside the layer, as `parts` spells it."""
    inner = holder.group.removeprefix(group).strip("/")
    return "/".join(step.lstrip("_") for step in inner.split("/"))


def part_tensors(part: Part, holder: Holder) -> tuple[list[TensorFacts], str | None]:
    """The tensors of one holder, and why they may not be that part's."""
    roles = variable_roles(part, [dataset.dtype for dataset in holder.variables])
    doubt = None
    if roles is None:
        roles = tuple(UNKNOWN if key.isdecimal() else text_of(key) or "" for key in holder.keys)
        if part.class_name:
            count = len(holder.variables)
            doubt = f"{part.class_name} is not known to store {count} variables"
    tensors = []
    for role, dataset in zip(roles, holder.variables, strict=True):
        if part.class_name == "SpectralNormalization" and role == "kernel":
            continue  # the wrapped layer's kernel once more
        doubt = doubt or misfit(part, role, dataset)
        tensors.append(tensor_facts(part, role, dataset))
    return tensors, doubt


def tensor_facts(part: Part, role: str, dataset: StoredTensor) -> TensorFacts:
    """One stored variable as a weight of `part`."""
    return TensorFacts(
        role=role,
        shape=dataset.shape,
        dtype=dataset.dtype,
        part=part.path,
        stored=dataset,
    )


def misfit(part: Part, role: str, dataset: StoredTensor) -> str | None:
    """What the config says about the shape, where that is something else than is stored."""
    if dataset.dtype in ("int8", "uint8"):
        return None  # packed
    expected = _expected_shape(part, role)
    shape = dataset.shape
    if len(expected) > len(shape):
        fits = False
    else:
        ends = shape[len(shape) - len(expected) :]
        fits = all(wanted in (None, size) for wanted, size in zip(expected, ends, strict=True))
    return None if fits else f"its {role} has the shape {list(shape)}, not what its config says"


def _expected_shape(part: Part, role: str) -> tuple[int | None, ...]:
    """The last axes of a weight as far as the config tells; None is an axis of any size."""
    config = part.config
    if part.class_name.endswith("Embedding") and role == "embeddings":
        return (integer_of(config.get("input_dim")), integer_of(config.get("output_dim")))
    width = integer_of(config.get("units")) or integer_of(config.get("filters"))
    if width is None:
        return ()
    outputs = width * _GATES.get(part.class_name, 1)
    is_convolution = part.class_name.startswith("Conv")
    kernel: tuple[int | None, ...] = (
        (*_window(config), None, outputs) if is_convolution else (outputs,)
    )
    if part.class_name.endswith("Transpose"):
        kernel = (*_window(config), width, None)
    shapes: dict[str, tuple[int | None, ...]] = {
        "kernel": kernel,
        "recurrent_kernel": (width, outputs),
        "pointwise_kernel": (width,),
        "bias": (outputs,),
    }
    return shapes.get(role, ())


def _window(config: Mapping[str, object]) -> tuple[int | None, ...]:
    return tuple(integer_of(size) for size in list_of(config.get("kernel_size")))
