"""Which layer follows which in a model, as far as its file says how they are connected."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from advisor.evidence.architecture.layer_kinds import (
    MERGES,
    is_batch_normalization,
    is_weight_layer,
    keras_class,
    kind_of,
)
from advisor.evidence.measurement import Missing
from advisor.inputs.model_facts import LayerFacts, ModelFacts
from advisor.values import dataclass

UNJOINED = Missing(reason="the file doesn't say how the layers are connected")
NO_WEIGHTS = Missing(reason="the file contains no weights", needs="model")


@dataclass(frozen=True, kw_only=True)
class LayerFlow:
    """What the graph of a model says about its layers.

    A layer is "after" another if the other's output reaches it. Layers that are connected to
    nothing (inside a model of the user's own class) are in no set.
    """

    model: ModelFacts

    @cached_property
    def outbound(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of the layers that take each layer's output."""
        takers: dict[str, list[str]] = {layer.path: [] for layer in self.model.layers}
        for layer in self.model.layers:
            for source in layer.inbound:
                if source in takers:
                    takers[source].append(layer.path)
        return {path: tuple(paths) for path, paths in takers.items()}

    @cached_property
    def inbound(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of the layers whose output each layer takes."""
        return {
            layer.path: tuple(path for path in layer.inbound if path in self.outbound)
            for layer in self.model.layers
        }

    @cached_property
    def by_path(self) -> Mapping[str, LayerFacts]:
        """The layers by path."""
        return {layer.path: layer for layer in self.model.layers}

    def is_joined(self, layer: LayerFacts) -> bool:
        """True if the file says what the layer is connected to."""
        is_alone = len(self.model.layers) == 1
        return is_alone or bool(self.inbound[layer.path] or self.outbound[layer.path])

    @cached_property
    def weight_layers(self) -> tuple[LayerFacts, ...]:
        """The layers with kernels, in the model's order."""
        return tuple(layer for layer in self.model.layers if is_weight_layer(layer))

    @cached_property
    def lacks_weights(self) -> bool:
        """True if there are layers with kernels but the file contains no weights."""
        return bool(self.weight_layers) and not any(x.tensors for x in self.model.layers)

    @cached_property
    def output_layers(self) -> tuple[LayerFacts, ...] | Missing:
        """The weight layers without another one after them; missing unless all are connected.

        In Dense -> Softmax, or convolution -> pooling, it is the layer with the weights.
        """
        if not all(self.is_joined(layer) for layer in self.weight_layers):
            return UNJOINED
        return tuple(layer for layer in self.weight_layers if layer.path not in self.before_weights)

    @cached_property
    def output_activations(self) -> frozenset[str]:
        """The activations of the output layers and of what follows them."""
        if isinstance(self.output_layers, Missing):
            return frozenset()
        outputs = tuple(layer.path for layer in self.output_layers)
        after = self._walk(outputs, self.outbound, lambda layer: True)
        layers = [self.by_path[path] for path in (*outputs, *after)]
        softmax = {"softmax"} if any(keras_class(layer) == "Softmax" for layer in layers) else set()
        return frozenset(layer.activation for layer in layers if layer.activation) | softmax

    @cached_property
    def before_weights(self) -> frozenset[str]:
        """Layers with a weight layer after them."""
        return self._upstream(self.weight_layers, lambda layer: True)

    @cached_property
    def after_weights(self) -> frozenset[str]:
        """Layers with a weight layer before them."""
        starts = (layer.path for layer in self.weight_layers)
        return self._walk(starts, self.outbound, lambda layer: True)

    @cached_property
    def before_batch_normalization(self) -> frozenset[str]:
        """Layers with a Batch Normalization anywhere after them."""
        return self._upstream(self._batch_normalizations, lambda layer: True)

    @cached_property
    def feeding_batch_normalization(self) -> frozenset[str]:
        """Layers whose output reaches a Batch Normalization before another weight layer."""
        return self._upstream(self._batch_normalizations, lambda layer: not is_weight_layer(layer))

    @cached_property
    def normalized_directly(self) -> frozenset[str]:
        """Layers whose output reaches a normalization before other weights or a merge."""
        return self._upstream(
            (layer for layer in self.model.layers if kind_of(layer) == "normalization"),
            lambda layer: not is_weight_layer(layer) and keras_class(layer) not in MERGES,
        )

    @cached_property
    def feeding_dropout(self) -> frozenset[str]:
        """Layers whose output reaches an active dropout layer before another weight layer."""
        active = (x for x in self.model.layers if kind_of(x) == "dropout" and x.rates.get("rate"))
        return self._upstream(active, lambda layer: not is_weight_layer(layer))

    @cached_property
    def _batch_normalizations(self) -> tuple[LayerFacts, ...]:
        return tuple(layer for layer in self.model.layers if is_batch_normalization(layer))

    @property
    def depth(self) -> int | Missing:
        """The number of weight layers on the longest path.

        Connections against the order of the layers are left out. Only a shared layer's second call
        makes one.
        """
        if not all(self.is_joined(layer) for layer in self.weight_layers):
            return UNJOINED
        depths: dict[str, int] = {}
        for layer in self.model.layers:
            before = max((depths.get(path, 0) for path in self.inbound[layer.path]), default=0)
            depths[layer.path] = before + is_weight_layer(layer)
        return max(depths.values(), default=0)

    def _upstream(
        self, layers: Iterable[LayerFacts], passes: Callable[[LayerFacts], bool]
    ) -> frozenset[str]:
        return self._walk((layer.path for layer in layers), self.inbound, passes)

    def _walk(
        self,
        starts: Iterable[str],
        steps: Mapping[str, tuple[str, ...]],
        passes: Callable[[LayerFacts], bool],
    ) -> frozenset[str]:
        """Every path reached from `starts`; steps go on only from layers that `passes` accepts."""
        reached: set[str] = set()
        pending = [path for start in starts for path in steps[start]]
        while pending:
            path = pending.pop()
            if path not in reached:
                reached.add(path)
                if passes(self.by_path[path]):
                    pending.extend(steps[path])
        return frozenset(reached)
