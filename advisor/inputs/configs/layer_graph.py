"""The graph of leaf layers: who takes whose output, across the borders of nested models."""

from collections.abc import Iterable, Mapping

from advisor.errors import InputError
from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.tensor_references import Call, Reference
from advisor.values import dataclass

MAX_EDGES = 500_000  # the densest model of keras.applications has 1,400


@dataclass(frozen=True, kw_only=True)
class LayerGraph:
    """`inbound` and `calls` by the path of a leaf layer; `outputs` are paths.

    The input layers of nested models are left out: who takes their output takes the output of
    what the nested model was called on. What the config doesn't wire has no entry.
    """

    inbound: Mapping[str, tuple[str, ...]]
    calls: Mapping[str, int]
    outputs: frozenset[str]


def read_graph(root: ConfigLayer, aliases: Mapping[str, str], source: str) -> LayerGraph:
    """The graph of a config's tree; `aliases` maps second listings of a shared layer to the first.

    InputError where there are more than 500,000 connections.
    """
    graph = _Graph(aliases=aliases, source=source)
    graph.connect(root, 1)
    real_inputs = {child.path for child in root.children}
    nested_inputs = frozenset(
        layer.path
        for layer in root.walk()
        if layer.kind == "input" and layer.path not in real_inputs
    )
    return LayerGraph(
        inbound=graph.without(nested_inputs),
        calls={path: count for path, count in graph.calls.items() if path not in nested_inputs},
        outputs=frozenset(graph.exits(root, None)) if root.kind == "model" else frozenset(),
    )


Paths = tuple[str, ...]


class _Graph:
    """Edges while they are collected; `inbound` keeps the order of the config."""

    def __init__(self, *, aliases: Mapping[str, str], source: str) -> None:
        self.aliases = aliases
        self.source = source
        self.inbound: dict[str, dict[str, None]] = {}
        self.calls: dict[str, int] = {}
        self.edges = 0
        self.found_exits: dict[tuple[str, int | None], Paths] = {}

    def connect(self, model: ConfigLayer, calls: int) -> None:
        """Wire everything inside `model`, which is called `calls` times."""
        by_name = {child.name: child for child in model.children}
        previous: ConfigLayer | None = None
        for child in model.children:
            if model.wiring == "graph":
                for call in child.calls:
                    self._feed(child, [(ref.key, self._source(by_name, ref)) for ref in call])
                times = calls * max(1, len(child.calls))
            else:
                times = calls
                if model.wiring == "sequence" and previous is not None:
                    self._feed(child, [(None, self.exits(previous, 0))])
                previous = child
            if child.children:
                self.connect(child, times)
            if child.kind != "model":
                path = self._canonical(child)
                self.calls[path] = self.calls.get(path, 0) + times

    def exits(self, layer: ConfigLayer, tensor: int | None) -> Paths:
        """The leaf layers whose output is output `tensor` of `layer`, or any of its outputs."""
        if layer.kind != "model":
            return (self._canonical(layer),)
        if (layer.path, tensor) not in self.found_exits:
            self.found_exits[layer.path, tensor] = self._model_exits(layer, tensor)
        return self.found_exits[layer.path, tensor]

    def _model_exits(self, layer: ConfigLayer, tensor: int | None) -> Paths:
        if layer.wiring == "sequence":
            return self.exits(layer.children[-1], tensor) if layer.children else ()
        by_name = {child.name: child for child in layer.children}
        is_known = tensor is not None and 0 <= tensor < len(layer.outputs)
        wanted = layer.outputs[tensor : tensor + 1] if is_known and tensor is not None else ()
        sources = [self._source(by_name, output) for output in wanted or layer.outputs]
        return tuple(dict.fromkeys(path for paths in sources for path in paths))

    def without(self, hidden: frozenset[str]) -> dict[str, Paths]:
        """The edges once the layers in `hidden` are passed through."""
        return {
            path: self._seen_through(path, hidden) for path in self.inbound if path not in hidden
        }

    def _seen_through(self, path: str, hidden: frozenset[str]) -> Paths:
        sources: dict[str, None] = {}
        visited: set[str] = set()
        pending = list(reversed(self.inbound[path]))
        while pending:
            source = pending.pop()
            if source not in hidden:
                sources[source] = None
            elif source not in visited:
                visited.add(source)
                pending.extend(reversed(self.inbound.get(source, {})))
        self._count(len(sources))
        return tuple(sources)

    def _source(self, by_name: Mapping[str, ConfigLayer], reference: Reference) -> Paths:
        layer = by_name.get(reference.layer)
        return () if layer is None else self.exits(layer, reference.tensor)

    def _feed(self, layer: ConfigLayer, feeds: list[tuple[str | None, Paths]]) -> None:
        """Join `feeds`, leaf layers with the key of their input, to the inputs of `layer`."""
        if layer.kind != "model":
            inbound = self.inbound.setdefault(self._canonical(layer), {})
            for _, sources in feeds:
                self._count(len(sources))
                inbound.update(dict.fromkeys(sources))
        elif layer.wiring == "sequence":
            for first in layer.children[:1]:
                self._feed(first, feeds)
        else:
            by_name = {child.name: child for child in layer.children}
            for entry, given in _matched(layer.inputs, feeds):
                child = by_name.get(entry.layer)
                if child is not None and child.kind != "model":
                    self._feed(child, given)

    def _canonical(self, layer: ConfigLayer) -> str:
        return self.aliases.get(layer.path, layer.path)

    def _count(self, edges: int) -> None:
        self.edges += edges
        if self.edges > MAX_EDGES:
            raise InputError(f"{self.source}: has more than {MAX_EDGES:,} connections of layers")


def _matched(
    inputs: Call, feeds: list[tuple[str | None, Paths]]
) -> Iterable[tuple[Reference, list[tuple[str | None, Paths]]]]:
    """What feeds each input of a nested model: by key, else by position, else all of it."""
    by_key = {key: (key, sources) for key, sources in feeds if key is not None}
    if len(by_key) == len(feeds) and {entry.key for entry in inputs} == set(by_key):
        return [(entry, [by_key[entry.key]]) for entry in inputs if entry.key is not None]
    if len(inputs) == len(feeds):
        return [(entry, [feed]) for entry, feed in zip(inputs, feeds, strict=True)]
    return [(entry, feeds) for entry in inputs]
