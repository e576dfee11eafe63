"""A model's config as facts: every leaf layer, the graph, how it was compiled; no weights yet."""

from collections import Counter
from collections.abc import Iterator, Mapping

from advisor.inputs.configs import layer_arguments
from advisor.inputs.configs.code_parts import code_parts
from advisor.inputs.configs.compile_config import CompileFacts, read_compile_config
from advisor.inputs.configs.config_tree import ConfigLayer, read_tree
from advisor.inputs.configs.keras_layers import expected_weights
from advisor.inputs.configs.layer_graph import LayerGraph, read_graph
from advisor.inputs.configs.name_list import some
from advisor.inputs.configs.shared_listings import shared_listings
from advisor.inputs.files.json_value import mapping_of, number_of, text_of
from advisor.inputs.model_facts import LayerFacts
from advisor.values import dataclass

_WRAPPED = ("layer", "backward_layer", "cell", "cells")
_DROPOUT_ARGUMENTS = ("dropout", "dropout_rate", "drop_rate", "rate", "recurrent_dropout")


@dataclass(frozen=True, kw_only=True)
class ConfigModel:
    """What a config alone says about a model.

    `layers` are the leaf layers in the order of the config, without tensors; `nodes` holds each
    one's place in the config by its path. A layer that the config lists twice is listed once.
    """

    root: ConfigLayer
    kind: str
    layers: tuple[LayerFacts, ...]
    nodes: Mapping[str, ConfigLayer]
    compiled: CompileFacts
    code_parts: tuple[str, ...]
    notes: tuple[str, ...]


def read_config(config: object, source: str, compile_config: object = None) -> ConfigModel:
    """The facts of a parsed `config.json` (Keras 3) or `model_config` (legacy HDF5).

    `compile_config` is what a legacy file keeps apart from it. Values of a wrong type count as
    absent. InputError where the config describes no model, or one of more than 20,000 layers.
    """
    root = read_tree(config, source)
    aliases = shared_listings(root)
    graph = read_graph(root, aliases, source)
    nodes = {node.path: node for node in _leaves(root) if node.path not in aliases}
    described = mapping_of(config)
    return ConfigModel(
        root=root,
        kind={"sequence": "sequential", "graph": "functional"}.get(root.wiring, "subclassed"),
        layers=tuple(_facts(node, graph) for node in nodes.values()),
        nodes=nodes,
        compiled=read_compile_config(described.get("compile_config") or compile_config),
        code_parts=code_parts(config, root),
        notes=(
            *_policy_notes(nodes),
            *_custom_dropout_notes(nodes),
            *_backward_notes(nodes),
            *_low_rank_notes(nodes),
            *_shared_notes(aliases, nodes),
        ),
    )


def _leaves(root: ConfigLayer) -> Iterator[ConfigLayer]:
    """The layers to list: no models, and no input layers but the model's own."""
    own = {child.path for child in root.children}
    for node in root.walk():
        if node is not root and node.kind != "model" and (node.kind != "input" or node.path in own):
            yield node


def _facts(node: ConfigLayer, graph: LayerGraph) -> LayerFacts:
    config = node.config
    if not node.is_keras:  # the layers that it holds are listed on their own
        config = {name: value for name, value in config.items() if name not in _WRAPPED}
    return LayerFacts(
        path=node.path,
        name=node.name,
        class_name=node.class_name,
        module=node.module,
        wrapped_class=layer_arguments.wrapped_class(node.class_name, config),
        trainable=node.trainable,
        units=layer_arguments.units(node.class_name, config),
        activation=layer_arguments.activation(node.class_name, config),
        initializers=layer_arguments.initializers(config),
        regularizers=layer_arguments.regularizers(node.class_name, config),
        constraints=layer_arguments.constraints(config),
        rates=layer_arguments.rates(node.class_name, config) if node.is_keras else {},
        inbound=graph.inbound.get(node.path, ()),
        calls=graph.calls.get(node.path, 1),
        is_output=node.path in graph.outputs,
        config=node.config,
    )


def _policy_notes(nodes: Mapping[str, ConfigLayer]) -> tuple[str, ...]:
    """A note where the dtype policies of layers with weights differ."""
    policies = Counter(
        policy
        for node in nodes.values()
        if expected_weights(node.class_name, node.config)
        and (policy := _policy_name(node.config.get("dtype"))) is not None
    )
    if len(policies) < 2:
        return ()
    counts = [f"{count} {name}" for name, count in policies.most_common()]
    return (f"The layers' dtype policies differ: {some(counts)}.",)


def _policy_name(value: object) -> str | None:
    config = mapping_of(mapping_of(value).get("config"))
    mode = text_of(config.get("mode"))
    if mode is not None:
        return f"{mode}_from_{text_of(config.get('source_name')) or 'float32'}"
    return text_of(value) or text_of(config.get("name"))


def _custom_dropout_notes(nodes: Mapping[str, ConfigLayer]) -> tuple[str, ...]:
    """Arguments of the user's own layers that look like a dropout rate but needn't be one."""
    paths = [
        f"{node.path} ({node.class_name}) has {argument} = {rate:g}"
        for node in nodes.values()
        if not node.is_keras
        for argument in _DROPOUT_ARGUMENTS
        if (rate := number_of(node.config.get(argument)))
    ]
    if not paths:
        return ()
    return (f"Whether the user's own layers drop out can't be told: {some(paths)}.",)


def _backward_notes(nodes: Mapping[str, ConfigLayer]) -> tuple[str, ...]:
    """Bidirectional layers whose two directions are penalized differently."""
    paths = []
    for node in nodes.values():
        forward, backward = (
            layer_arguments.regularizers("", mapping_of(mapping_of(value).get("config")))
            for value in (node.config.get("layer"), node.config.get("backward_layer"))
        )
        if node.class_name == "Bidirectional" and backward and forward != backward:
            paths.append(node.path)
    if not paths:
        return ()
    return (
        f"The two directions are regularized differently, the forward one is shown: {some(paths)}.",
    )


def _low_rank_notes(nodes: Mapping[str, ConfigLayer]) -> tuple[str, ...]:
    """Layers with LoRA adapters, which Keras merges into the kernel of a `.keras` file."""
    paths = [path for path, node in nodes.items() if number_of(node.config.get("lora_rank"))]
    if not paths:
        return ()
    return (f"Layers with LoRA adapters, which a .keras file holds merged: {some(paths)}.",)


def _shared_notes(aliases: Mapping[str, str], nodes: Mapping[str, ConfigLayer]) -> tuple[str, ...]:
    """Layers that stand inside a nested model and outside it (measured with Keras 3.15.1)."""
    paths = dict.fromkeys(
        first
        for first in aliases.values()
        if first in nodes and expected_weights(nodes[first].class_name, nodes[first].config)
    )
    if not paths:
        return ()
    return (
        f"Layers shared across the border of a nested model: {some(list(paths))}. Keras 3.15 saves"
        " such a model but may fail to load it.",
    )
