"""The facts of a model, joined from its config and the groups of its weights file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.keras_config import ConfigModel
from advisor.inputs.configs.name_list import some
from advisor.inputs.configs.path_names import PathNames
from advisor.inputs.model_facts import LayerFacts
from advisor.inputs.weight_files.layer_tensors import layer_tensors
from advisor.inputs.weight_files.weight_holders import Holder, has_names, layer_holders
from advisor.inputs.weight_files.weight_mapping import WeightMap, map_weights
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class JoinedLayers:
    """The layers with their tensors, those made in code included, and what was doubtful."""

    layers: tuple[LayerFacts, ...]
    notes: tuple[str, ...]


def join_layers(model: ConfigModel, holders: Mapping[str, Holder]) -> JoinedLayers:
    """Give each layer of the config its tensors, and add the layers that only the weights show.

    What can't be matched for certain is marked `is_inferred` and named in a note.
    """
    stored = layer_holders(holders)
    if not any(holder.variables for holder in stored.values()):
        return JoinedLayers(layers=model.layers, notes=(without_weights(model),))
    places = map_weights(model.root, model.nodes, stored)
    below: dict[str, list[Holder]] = {}
    for group, owner in places.owners.items():
        below.setdefault(owner, []).append(stored[group])
    paths = PathNames({layer.path: 1 for layer in model.layers})
    doubts: list[str] = []
    layers: list[LayerFacts] = []
    for facts in model.layers:
        if facts.path not in places.groups:
            layers.append(facts)
            continue
        own, doubt = _with_inner(facts, model, places, below.pop(facts.path, []), paths)
        layers.extend(own)
        if doubt is not None:
            doubts.append(f"{facts.path}: {doubt}")
    layers.extend(_left_over(model, places, below, paths))
    made_in_code = [layer.path for layer in layers if layer.path not in model.nodes]
    return JoinedLayers(
        layers=tuple(layers),
        notes=(
            *_matching_notes(model, places, doubts),
            *inference_notes(made_in_code, is_named=has_names(stored)),
        ),
    )


def _matching_notes(
    model: ConfigModel, places: WeightMap, doubts: Sequence[str]
) -> tuple[str, ...]:
    said = {
        "Weights that don't fit their config": doubts,
        "Weights matched by the name of an argument alone": [
            path for path in model.nodes if path in places.guessed
        ],
        "No weights are stored for": places.missing,
    }
    return tuple(f"{what}: {some(names)}." for what, names in said.items() if names)


def _left_over(
    model: ConfigModel, places: WeightMap, below: Mapping[str, list[Holder]], paths: PathNames
) -> Iterator[LayerFacts]:
    """The layers of holders that belong to no leaf layer, but to a model or a second listing.

    Where the config lists every layer, holders without weights are wrappers and inputs.
    """
    models = {node.path: node for node in model.root.walk()}
    for path, holders in below.items():
        owner = models[path]
        is_listed = owner.is_keras or owner.kind != "layer"
        left = [holder for holder in holders if holder.variables or not is_listed]
        yield from _made_in_code(owner, places.groups[path], left, paths)


def _with_inner(
    facts: LayerFacts,
    model: ConfigModel,
    places: WeightMap,
    holders: Sequence[Holder],
    paths: PathNames,
) -> tuple[list[LayerFacts], str | None]:
    """The layer with its tensors and, if it is the user's own, the layers it made in code."""
    node = model.nodes[facts.path]
    group = places.groups[facts.path]
    own = [holder for holder in holders if node.is_keras or holder.group == group]
    inner = [holder for holder in holders if not node.is_keras and holder.group != group]
    joined = layer_tensors(node, group, own)
    is_inferred = joined.doubt is not None or facts.path in places.guessed
    layer = replace(facts, tensors=joined.tensors, is_inferred=is_inferred)
    return [layer, *_made_in_code(node, group, inner, paths)], joined.doubt


def _made_in_code(
    owner: ConfigLayer, group: str, holders: Sequence[Holder], paths: PathNames
) -> tuple[LayerFacts, ...]:
    """The layers that only the weights in `holders` show; most models have none."""
    if not holders:
        return ()
    from advisor.inputs.weight_files.inferred_layers import Owner, infer_layers

    above = Owner(group=group, path=owner.path, trainable=owner.trainable)
    return infer_layers(above, holders, paths)


def inference_notes(made_in_code: Sequence[str], *, is_named: bool) -> tuple[str, ...]:
    """What is said of layers that no config lists, and of files that don't name their groups."""
    notes = []
    if made_in_code:
        notes.append(
            "Layers that the model makes in code are known from their weights only, without"
            f" regularizers, rates or connections: {some(made_in_code)}."
        )
    if not is_named:
        notes.append(
            "The file does not name the layers of its weights (Keras before 3.6): they are matched"
            " by their order."
        )
    return tuple(notes)


def without_weights(model: ConfigModel) -> str:
    """The note for a model of which only the config is known."""
    if model.kind == "subclassed" and not model.layers:
        return "The model holds no weights; it was saved before it was built."
    return "The model was never built, or saved without weights: only its config is known."
