"""A weights file without a config: the layers that the groups and names of the weights show."""

from collections.abc import Iterator, Mapping, Sequence

from advisor.inputs.configs.keras_layers import Part, parts, plain_roles
from advisor.inputs.configs.path_names import PathNames
from advisor.inputs.model_facts import LayerFacts
from advisor.inputs.weight_files.class_inference import UNKNOWN, class_named, shape_class
from advisor.inputs.weight_files.inferred_layers import Owner, infer_layers, units_of
from advisor.inputs.weight_files.legacy_h5 import NamedWeight
from advisor.inputs.weight_files.named_tensors import named_tensors
from advisor.inputs.weight_files.weight_holders import Holder, layer_holders


def layers_of_groups(holders: Mapping[str, Holder]) -> tuple[LayerFacts, ...]:
    """The layers of a `.weights.h5` of Keras 3, in the order in which they were saved."""
    return infer_layers(Owner(group="", path=""), layer_holders(holders).values(), PathNames())


def layers_of_names(weights: Mapping[str, Sequence[NamedWeight]]) -> tuple[LayerFacts, ...]:
    """The layers of a weights file of Keras 2, or those that a legacy file holds beside its config.

    A top-level layer that is not known to keep layers inside is split by the names around its
    variables.
    """
    layers: list[LayerFacts] = []
    for name, stored in weights.items():
        if stored:
            layers.extend(_layers(name, stored))
    return tuple(layers)


def _layers(name: str, stored: Sequence[NamedWeight]) -> Iterator[LayerFacts]:
    by_scope: dict[tuple[str, ...], list[NamedWeight]] = {}
    for weight in stored:
        by_scope.setdefault(weight.scope, []).append(weight)
    class_name = class_named(name)
    if len(by_scope) == 1 or _keeps_layers(class_name):
        yield _layer(name, name, stored)
        return
    for scope, weights in by_scope.items():
        inner = scope[scope.index(name) + 1 :] if name in scope else scope
        yield _layer("/".join([name, *inner]), inner[-1] if inner else name, weights)


def _keeps_layers(class_name: str | None) -> bool:
    """True for recurrent and attention layers and wrappers, whose inner layers are parts."""
    inside = [part for part in parts(class_name or "", {}) if part.path]
    return bool(inside) or class_name in ("Bidirectional", "RNN", "TimeDistributed")


def _layer(path: str, name: str, weights: Sequence[NamedWeight]) -> LayerFacts:
    class_name = class_named(name)
    known = parts(class_name, {}) if class_name is not None else ()
    roles = {role for part in known for role in plain_roles(part)}
    if not _keeps_layers(class_name) and not roles.issuperset(weight.role for weight in weights):
        class_name = shape_class([weight.dataset.shape for weight in weights])
        known = (Part(path="", class_name=class_name or "", config={}),)
    tensors = named_tensors(name, known, weights).tensors
    return LayerFacts(
        path=path,
        name=name,
        class_name=class_name or UNKNOWN,
        units=units_of(class_name or UNKNOWN, tensors),
        tensors=tensors,
        is_inferred=True,
    )
