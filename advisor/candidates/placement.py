"""Where in a model a family of regularization can go, and the strength that is there now."""

from collections.abc import Iterator, Sequence

from advisor.candidates.place import (
    Place,
    class_after,
    is_layer_of,
    layer_place,
    own_place,
    present_in,
)
from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import LayerFacts, ModelFacts, is_within
from advisor.regularization import SPECS, Family, Slot, Where
from advisor.values import dataclass

_WEIGHT_KINDS = frozenset(
    {"dense", "convolutional", "depthwise", "recurrent", "embedding", "attention"}
)
_PENALTY_SLOTS: dict[str, tuple[Slot, ...]] = {
    # Its depthwise half has too few weights for a penalty (Howard et al. 2017).
    "SeparableConv1D": ("pointwise_regularizer",),
    "SeparableConv2D": ("pointwise_regularizer",),
    "DepthwiseConv1D": ("depthwise_regularizer",),
    "DepthwiseConv2D": ("depthwise_regularizer",),
    "Embedding": ("embeddings_regularizer",),
    "ReversibleEmbedding": ("embeddings_regularizer",),
    "Attention": (),  # a scale, and no kernel
    "AdditiveAttention": (),
}
# Element-wise layers: a mask after them is the same as one before them, or better.
_ACTIVATIONS = frozenset({"Activation", "ReLU", "LeakyReLU", "ELU", "PReLU"})


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The places in a model, by the readings of its layers."""

    model: ModelFacts
    evidence: Evidence

    def layers(self, where: Where, finding_layer: str | None) -> tuple[LayerFacts, ...]:
        """The trainable weight layers that `where` means, in the model's order."""
        weight_layers = [x for x in self.model.layers if self.is_weight_layer(x) and x.trainable]
        hidden = [layer for layer in weight_layers if not self.truth(layer, "layer.is_output")]
        match where:
            case "layer":
                chosen = [layer for layer in weight_layers if layer.path == finding_layer]
            case "first":
                chosen = [
                    *weight_layers[:1],
                    *(x for x in weight_layers[1:] if self._is_twin(weight_layers[0], x)),
                ]
            case "convolutional":
                chosen = [x for x in hidden if self.kind(x) in ("convolutional", "depthwise")]
            case "recurrent":
                chosen = [layer for layer in hidden if self.kind(layer) == "recurrent"]
            case "last-block":
                chosen = _last_dense_run(self, hidden)
            case "hidden":
                # A model without hidden layers is linear: it has only one kernel.
                chosen = hidden or weight_layers
        return tuple(chosen)

    def places(
        self, family: Family, layers: Sequence[LayerFacts], *, or_head: bool = False
    ) -> list[Place]:
        """Where `family` can serve `layers`.

        If that is nowhere and `or_head`, it is the output layer's input. A penalty has no such
        other place.
        """
        if SPECS[family].is_penalty:
            return [place for layer in layers for place in self._penalty_places(layer, family)]
        places = [place for layer in layers for place in self._layer_places(layer, family)]
        head = self._head_place(family) if or_head and not places else None
        return places if head is None else [head]

    def _penalty_places(self, layer: LayerFacts, family: Family) -> Iterator[Place]:
        """The regularizer slots of `layer`, without those that have an unknown regularizer."""
        class_name = layer.wrapped_class or layer.class_name
        for slot in _PENALTY_SLOTS.get(class_name, ("kernel_regularizer",)):
            present = layer.regularizers.get(slot)
            if present is not None and not present.is_known:
                continue
            strength = present.strength(family) if present else 0.0
            yield own_place(layer, slot, family, strength)

    def _layer_places(self, layer: LayerFacts, family: Family) -> Iterator[Place]:
        """Where a layer of `family` serves `layer`, or an argument of `layer` that does the same.

        Never before Batch Normalization, and never last.
        """
        if self._may_meet_batch_normalization(layer):
            return
        spec, kind = SPECS[family], self.kind(layer)
        if kind in ("recurrent", "attention") and spec.argument_slots:
            slot = spec.argument_slots[0]
            yield own_place(layer, slot, spec.kinds[0], layer.rates.get(slot, 0.0))
            return
        if self.truth(layer, "layer.is_output"):
            return
        present = self._layer_after(layer, family)
        if present is not None:
            yield layer_place(layer, present, family)
            return
        if self._may_be_the_last(layer):
            return
        yield Place(
            owner=layer.path,
            layer=self._after_activation(layer).path,
            slot="output",
            kind=class_after(layer, kind, family),
            present=0.0,
        )

    def _head_place(self, family: Family) -> Place | None:
        """The input of the output layer, where `family` goes if a last block has no place for it.

        A nested model that feeds it counts as one layer, with its own path: dropout inside a
        pretrained base would be off if the base is called with `training=False`.
        """
        outputs = [x for x in self.model.layers if self.truth(x, "layer.is_output")]
        weight_layers = [layer for layer in outputs if self.is_weight_layer(layer)]
        if len(weight_layers) != 1 or len(weight_layers[0].inbound) != 1:
            return None
        feeding = self.model.layer(weight_layers[0].inbound[0])
        source = self._source(feeding, weight_layers[0])
        is_input = feeding.class_name == "InputLayer"
        if source is None or is_input or self._may_meet_batch_normalization(feeding):
            return None
        if is_layer_of(feeding, family):
            return layer_place(weight_layers[0], feeding, family)
        return Place(
            owner=weight_layers[0].path,
            layer=source,
            slot="output",
            kind=SPECS[family].kinds[0],
            present=0.0,
        )

    def present_places(self, families: Sequence[Family]) -> Iterator[Place]:
        """Every slot that has a strength of one of `families` now."""
        for layer in self.model.layers:
            for place in present_in(layer):
                if place.family in families and place.present > 0:
                    yield place

    def _layer_after(self, layer: LayerFacts, family: Family) -> LayerFacts | None:
        """The layer of `family` that takes the output of `layer` or of its activation, if any."""
        followers = self.model.outbound(self._after_activation(layer).path)
        return next((follower for follower in followers if is_layer_of(follower, family)), None)

    def is_weight_layer(self, layer: LayerFacts) -> bool:
        """True for layers whose kernels can be regularized."""
        return self.kind(layer) in _WEIGHT_KINDS

    def kind(self, layer: LayerFacts) -> str:
        """What the layer is: `dense`, `convolutional`, ...; `other` if it is not known."""
        readings = self.evidence.layers.get(layer.path)
        kind = readings.values.get("layer.kind") if readings else None
        return kind if isinstance(kind, str) else "other"

    def truth(self, layer: LayerFacts, name: str) -> bool:
        """A truth about a layer; False if it could not be measured."""
        readings = self.evidence.layers.get(layer.path)
        return bool(readings and readings.values.get(name) is True)

    def _may_meet_batch_normalization(self, layer: LayerFacts) -> bool:
        """True if a Batch Normalization may come anywhere after `layer`.

        If the file doesn't say how the layers are connected, any one in the model may.
        """
        readings = self.evidence.layers.get(layer.path)
        name = "layer.is_after_last_batch_normalization"
        is_after_last = readings.values.get(name) if readings else None
        if is_after_last is None:
            return self.evidence.model.values.get("model.has_batch_normalization") is True
        return is_after_last is not True

    def _may_be_the_last(self, layer: LayerFacts) -> bool:
        """True if it is not known whether the layer is an output: one of the user's own classes."""
        readings = self.evidence.layers.get(layer.path)
        return readings is None or "layer.is_output" not in readings.values

    def _is_twin(self, first: LayerFacts, other: LayerFacts) -> bool:
        """True if `other` takes the same input as `first`, by the size of its kernel.

        If both are made by one of the user's own classes, the file doesn't say how they are joined.
        """
        maker = first.path.rpartition("/")[0]
        width = _input_width(first)
        made = [x for x in self.model.layers if x.path.rpartition("/")[0] == maker]
        return (
            other in made
            and width is not None
            and _input_width(other) == width
            and not any(x.units == width for x in made)  # whose output it may be
            and not any(x.inbound or self.model.outbound(x.path) for x in (first, other))
        )

    def _source(self, feeding: LayerFacts, taker: LayerFacts) -> str | None:
        """What `taker` gets its input from: a layer, or the nested model that ends with it.

        None for a nested model with several ends: "its output" is then not a single place.
        """
        parents = feeding.path.split("/")[:-1]
        shared = 0
        for own, others in zip(parents, taker.path.split("/")[:-1], strict=False):
            if own != others:
                break
            shared += 1
        if shared == len(parents):
            return feeding.path
        nested = "/".join(parents[: shared + 1])
        ends = [
            layer
            for layer in self.model.layers
            if is_within(layer, nested)
            and any(not is_within(taking, nested) for taking in self.model.outbound(layer.path))
        ]
        return nested if ends == [feeding] else None

    def _after_activation(self, layer: LayerFacts) -> LayerFacts:
        followers = self.model.outbound(layer.path)
        if len(followers) == 1 and followers[0].class_name in _ACTIVATIONS:
            return followers[0]
        return layer


def _input_width(layer: LayerFacts) -> int | None:
    """The number of inputs of a kernel that takes features; None for any other layer."""
    kernels = [tensor.shape for tensor in layer.tensors if tensor.role == "kernel"]
    return kernels[0][0] if len(kernels) == 1 and len(kernels[0]) == 2 else None


def _last_dense_run(placement: Placement, hidden: list[LayerFacts]) -> list[LayerFacts]:
    """The hidden Dense layers after the last layer of another kind."""
    run: list[LayerFacts] = []
    for layer in reversed(hidden):
        if placement.kind(layer) != "dense":
            break
        run.append(layer)
    return run[::-1]
