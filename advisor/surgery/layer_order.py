"""The order in which Keras lists the layers of a functional model, which names their weights.

Keras sorts layers by their distance from the outputs, and stores weights by class and number in
that order. A new layer after one of two branches can swap `layers/dense` and `layers/dense_1`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from advisor.inputs.files.json_value import list_of, mapping_of

Node = tuple[str, int]  # a layer's name and which of its calls
History = list[object]  # layer, call, output: how a config names a tensor


def tensors_in(value: object) -> Iterator[Mapping[str, object]]:
    """The config (`shape`, `dtype`, `keras_history`) of each tensor in a structure, in order."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield mapping_of(value.get("config"))
            return
        for key in sorted(value):
            yield from tensors_in(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from tensors_in(item)


def histories_in(value: object) -> Iterator[History]:
    """The histories of the tensors in the arguments of a call."""
    for tensor in tensors_in(value):
        history = tensor.get("keras_history")
        if is_history(history):
            yield history  # type: ignore[misc]


def outputs_in(value: object) -> Iterator[History]:
    """The tensors in `output_layers` or `input_layers`: one, or a list or dict of them."""
    if is_history(value):
        yield value  # type: ignore[misc]
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from outputs_in(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from outputs_in(item)


def is_history(value: object) -> bool:
    """True for `[layer, call, output]`."""
    return (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], str)
        and all(type(number) is int for number in value[1:])  # not a bool
    )


def name_of(described: object) -> str:
    """The name that a config's other objects use for this one; "" if it has none."""
    name = mapping_of(described).get("name")
    if not isinstance(name, str):
        name = mapping_of(mapping_of(described).get("config")).get("name")
    return name if isinstance(name, str) else ""


def keras_order(config: Mapping[str, object], nested: frozenset[str]) -> list[str]:
    """The names of a functional model's layers as Keras 3.15 lists them (its `map_graph`).

    `nested` are the layers that are functional models themselves: `output_layers` counts their
    calls from 1. Layers that lead to no output are left out.
    """
    parents = {
        (name_of(layer), call): [_node(history) for history in histories_in(node)]
        for layer in list_of(config.get("layers"))
        for call, node in enumerate(list_of(mapping_of(layer).get("inbound_nodes")))
    }
    ends = []
    for history in outputs_in(config.get("output_layers")):
        name, call = _node(history)
        ends.append((name, call - 1 if name in nested else call))
    finished, first_seen = _walk(ends, parents)
    depths = _depths(finished, parents)
    for history in outputs_in(config.get("input_layers")):
        name, _ = _node(history)
        if name not in depths:
            depths[name], first_seen[name] = 0, -1
    return sorted(depths, key=lambda name: (-depths[name], first_seen[name]))


def _node(history: Sequence[object]) -> Node:
    return str(history[0]), int(str(history[1]))


def _walk(
    ends: Sequence[Node], parents: Mapping[Node, Sequence[Node]]
) -> tuple[list[Node], dict[str, int]]:
    """All nodes, each after its inputs, and the order in which layers are first met.

    That order starts at the outputs; it maps a layer's name to its number.
    """
    finished: dict[Node, None] = {}
    first_seen: dict[str, int] = {}
    for end in ends:
        started: set[Node] = set()
        waiting = [(end, False)]
        while waiting:
            node, is_done = waiting.pop()
            if is_done:
                finished[node] = None
            elif node not in finished and node not in started:
                started.add(node)
                first_seen.setdefault(node[0], len(first_seen))
                waiting.append((node, True))
                waiting.extend((parent, False) for parent in reversed(parents.get(node, ())))
    return list(finished), first_seen


def _depths(finished: Sequence[Node], parents: Mapping[Node, Sequence[Node]]) -> dict[str, int]:
    """The length of the longest path from each layer to an output, over all of its calls."""
    of_node: dict[Node, int] = defaultdict(int)
    of_layer: dict[str, int] = {}
    for node in reversed(finished):
        depth = max(of_node[node], of_layer.get(node[0], 0))
        of_layer[node[0]] = of_node[node] = depth
        for parent in parents.get(node, ()):
            of_node[parent] = max(depth + 1, of_node[parent])
    return of_layer
