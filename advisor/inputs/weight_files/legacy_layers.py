"""The layers of a legacy HDF5 model, joined from its config and its named variables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.keras_config import ConfigModel
from advisor.inputs.configs.keras_layers import expected_weights, parts, plain_roles
from advisor.inputs.configs.name_list import some
from advisor.inputs.model_facts import LayerFacts
from advisor.inputs.weight_files.legacy_h5 import NamedWeight
from advisor.inputs.weight_files.model_assembly import (
    JoinedLayers,
    inference_notes,
    without_weights,
)
from advisor.inputs.weight_files.named_tensors import named_tensors
from advisor.inputs.weight_files.weights_file import layers_of_names

Assignment = list[tuple[ConfigLayer, NamedWeight]]


def join_named(model: ConfigModel, weights: Mapping[str, Sequence[NamedWeight]]) -> JoinedLayers:
    """Give each layer of the config the variables that are stored under its name.

    Inside a nested model a layer is told by the names around the variable; where these don't
    tell, by the order, which is marked `is_inferred` and said in a note. So are the layers that a
    subclassed model makes in code.
    """
    if not any(weights.values()):
        return JoinedLayers(layers=model.layers, notes=(without_weights(model),))
    given: dict[str, list[NamedWeight]] = {path: [] for path in model.nodes}
    by_order: list[str] = []
    unlisted: dict[str, Sequence[NamedWeight]] = {}
    children = {child.name: child for child in model.root.children}
    for name, stored in weights.items():
        child = children.get(name)
        named = _by_name(child, stored) if child is not None else []
        ordered = _by_order(child, stored) if child is not None and not named else []
        by_order.extend(dict.fromkeys(leaf.path for leaf, _ in ordered))
        for leaf, weight in named or ordered:
            if leaf.path in given:  # else it is the second listing of a shared layer
                given[leaf.path].append(weight)
        if stored and not named and not ordered:
            unlisted[name] = stored
    layers, doubts = _joined(model, given, by_order)
    made_in_code = layers_of_names(unlisted)
    return JoinedLayers(
        layers=(*layers, *made_in_code),
        notes=(
            *_notes(model, given, by_order, doubts),
            *inference_notes([layer.path for layer in made_in_code], is_named=True),
        ),
    )


def _by_name(child: ConfigLayer, stored: Sequence[NamedWeight]) -> Assignment:
    """Each variable with its layer inside `child`; empty where one of them can't be told."""
    if not child.children:
        return [(child, weight) for weight in stored]
    leaves = _leaves(child)
    by_name: dict[str, list[tuple[ConfigLayer, frozenset[str]]]] = {}
    for leaf, names in leaves:
        by_name.setdefault(leaf.name, []).append((leaf, names))
    pairs: Assignment = []
    for weight in stored:
        scope = frozenset(weight.scope)
        matches = [match for name in scope for match in by_name.get(name, [])]
        scores = [len(names & scope) for _, names in matches]
        closest = [
            leaf for (leaf, _), score in zip(matches, scores, strict=True) if score == max(scores)
        ]
        if not scope:  # Keras 3.0 names no layer: the role tells, where one layer has it
            closest = [leaf for leaf, _ in leaves if weight.role in _roles(leaf)]
        if len(closest) != 1:
            return []
        pairs.append((closest[0], weight))
    return pairs


def _leaves(child: ConfigLayer) -> list[tuple[ConfigLayer, frozenset[str]]]:
    """The leaf layers inside a model, each with its own name and those of the models around it."""
    owners: list[tuple[ConfigLayer, frozenset[str]]] = []
    pending = [(child, frozenset({child.name}))]
    while pending:
        node, names = pending.pop()
        if node.kind == "layer":
            owners.append((node, names))
        pending.extend((inner, names | {inner.name}) for inner in reversed(node.children))
    return owners


def _by_order(child: ConfigLayer, stored: Sequence[NamedWeight]) -> Assignment:
    """Each variable with its layer, by the order of both; empty where they don't fit."""
    by_scope: dict[tuple[str, ...], list[NamedWeight]] = {}
    for weight in stored:
        by_scope.setdefault(weight.scope, []).append(weight)
    leaves = [leaf for leaf, _ in _leaves(child) if expected_weights(leaf.class_name, leaf.config)]
    if len(leaves) != len(by_scope):
        return []
    pairs: Assignment = []
    for leaf, weights in zip(leaves, by_scope.values(), strict=True):
        if not _roles(leaf).issuperset(weight.role for weight in weights):
            return []
        pairs.extend((leaf, weight) for weight in weights)
    return pairs


def _roles(leaf: ConfigLayer) -> set[str]:
    """The names that the variables of a layer of Keras' own have in a legacy file."""
    places = parts(leaf.class_name, leaf.config) if leaf.is_keras else ()
    roles = {role for part in places for role in plain_roles(part)}
    return roles | {"kernel"} if "depthwise_kernel" in roles else roles


def _joined(
    model: ConfigModel, given: Mapping[str, Sequence[NamedWeight]], by_order: Sequence[str]
) -> tuple[tuple[LayerFacts, ...], list[str]]:
    """The layers with their tensors, and what is doubtful about some of them."""
    layers = []
    doubts = []
    ordered = set(by_order)
    for facts in model.layers:
        node = model.nodes[facts.path]
        known = parts(node.class_name, node.config) if node.is_keras else ()
        named = named_tensors(node.name, known, given[facts.path])
        if named.doubt is not None:
            doubts.append(f"{facts.path}: {named.doubt}")
        is_inferred = named.doubt is not None or facts.path in ordered
        layers.append(replace(facts, tensors=named.tensors, is_inferred=is_inferred))
    return tuple(layers), doubts


def _notes(
    model: ConfigModel,
    given: Mapping[str, Sequence[NamedWeight]],
    by_order: Sequence[str],
    doubts: Sequence[str],
) -> tuple[str, ...]:
    missing = [
        path
        for path, node in model.nodes.items()
        if not given[path] and expected_weights(node.class_name, node.config)
    ]
    said = {
        "Weights that don't fit their config": doubts,
        "Layers whose weights are matched by their order": by_order,
        "No weights are stored for": missing,
    }
    return tuple(f"{what}: {some(names)}." for what, names in said.items() if names)
