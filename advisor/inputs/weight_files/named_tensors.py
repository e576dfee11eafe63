"""The tensors of a layer of a legacy file, placed by the names of their variables."""

from collections.abc import Sequence

from advisor.inputs.configs.keras_layers import Part, plain_roles
from advisor.inputs.model_facts import TensorFacts
from advisor.inputs.weight_files.layer_tensors import LayerTensors, misfit, tensor_facts
from advisor.inputs.weight_files.legacy_h5 import NamedWeight

# What Keras calls the projections of an attention layer, beside their attributes.
_PROJECTIONS = {
    "query": "query_dense",
    "key": "key_dense",
    "value": "value_dense",
    "gate": "gate_dense",
    "attention_output": "output_dense",
}


def named_tensors(name: str, known: Sequence[Part], weights: Sequence[NamedWeight]) -> LayerTensors:
    """The variables of the layer `name` in the order of `layer.weights`.

    `known` are the places where its class keeps weights. A variable that belongs in none of them
    is put under the names that lie between the layer's and its own.
    """
    filled: set[tuple[str, str]] = set()
    placed: list[tuple[tuple[int, int], TensorFacts]] = []
    doubt = None
    for weight in weights:
        hint = _part_hint(weight)
        fitting = [
            part
            for part in known
            if part.path.startswith(hint) and _role_in(part, weight.role) is not None
        ]
        part = next((p for p in fitting if (p.path, weight.role) not in filled), None)
        if part is None:
            part = Part(path=_inner_names(weight, name), class_name="", config={})
        filled.add((part.path, weight.role))
        role = _role_in(part, weight.role) or weight.role
        doubt = doubt or misfit(part, role, weight.dataset)
        placed.append((_rank(part, role, known), tensor_facts(part, role, weight.dataset)))
    placed.sort(key=lambda item: item[0])
    return LayerTensors(tensors=tuple(tensor for _, tensor in placed), doubt=doubt)


def _rank(part: Part, role: str, known: Sequence[Part]) -> tuple[int, int]:
    """A weight's place in `layer.weights`; a frozen kernel is listed late in the file."""
    roles = plain_roles(part)
    place = known.index(part) if part in known else len(known)
    return place, roles.index(role) if role in roles else len(roles)


def _inner_names(weight: NamedWeight, name: str) -> str:
    if name not in weight.scope:
        return ""
    return "/".join(weight.scope[weight.scope.index(name) + 1 :])


def _role_in(part: Part, role: str) -> str | None:
    """The role as `part` has it: Keras 3 calls a depthwise kernel just `kernel`."""
    roles = plain_roles(part)
    if role == "kernel" and "depthwise_kernel" in roles:
        return "depthwise_kernel"
    is_of_wrapped = part.class_name == "SpectralNormalization" and role == "kernel"
    return role if role in roles and not is_of_wrapped else None


def _part_hint(weight: NamedWeight) -> str:
    """How the path of the part begins, as far as the names around the variable tell."""
    for name in weight.scope[1:]:
        if name in _PROJECTIONS:
            return _PROJECTIONS[name]
        for direction in ("forward", "backward"):
            if name.startswith(f"{direction}_"):
                return f"{direction}_layer"
    return ""
