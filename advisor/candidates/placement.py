"""Where in a model a family of regularization can go, and the strength that is there now."""

from collections.abc import Iterator, Sequence

from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import LayerFacts, ModelFacts, is_within
from advisor.regularization import RATE_SLOTS, REGULARIZER_SLOTS, Family, Slot, Where, family_of
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
_DROPOUT_CLASSES = frozenset(
    {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"}
)
# Element-wise layers: a mask behind them is the mask in front of them, or the better one.
_ACTIVATIONS = frozenset({"Activation", "ReLU", "LeakyReLU", "ELU", "PReLU"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """One slot of one layer, the kind of regularization it takes, and its present strength.

    `owner` is the weight layer it serves: a dropout's slot may belong to the activation behind it.
    """

    owner: str
    layer: str
    slot: Slot
    kind: str
    present: float

    @property
    def family(self) -> Family:
        """The family of regularization that the slot takes."""
        return family_of(self.kind)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A model with the readings of its layers, asked for places."""

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
                # A model without hidden layers is linear: its one kernel is all there is.
                chosen = hidden or weight_layers
        return tuple(chosen)

    def penalty_places(self, layer: LayerFacts, family: Family) -> Iterator[Place]:
        """The regularizer slots of `layer`; none where an unknown regularizer sits."""
        class_name = layer.wrapped_class or layer.class_name
        for slot in _PENALTY_SLOTS.get(class_name, ("kernel_regularizer",)):
            present = layer.regularizers.get(slot)
            if present is not None and not present.is_known:
                continue
            strength = (present.l1 if family == "l1" else present.l2) if present else 0.0
            yield Place(
                owner=layer.path, layer=layer.path, slot=slot, kind=family, present=strength
            )

    def dropout_places(self, layer: LayerFacts) -> Iterator[Place]:
        """Where dropout serves `layer`: never with Batch Normalization behind it, never last."""
        if self._may_meet_batch_normalization(layer):
            return
        kind = self.kind(layer)
        if kind in ("recurrent", "attention"):
            rate = layer.rates.get("dropout", 0.0)
            yield Place(
                owner=layer.path, layer=layer.path, slot="dropout", kind="Dropout", present=rate
            )
            return
        if self.truth(layer, "layer.is_output"):
            return
        present = self.dropout_behind(layer)
        if present is not None:
            yield Place(
                owner=layer.path,
                layer=present.path,
                slot="rate",
                kind=present.class_name,
                present=present.rates.get("rate", 0.0),
            )
            return
        if self._may_be_the_last(layer):
            return
        yield Place(
            owner=layer.path,
            layer=self._behind_activation(layer).path,
            slot="output",
            kind=_dropout_class(layer, kind),
            present=0.0,
        )

    def head_place(self) -> Place | None:
        """The input of the output layer: where a last block without a place takes dropout.

        A nested model that feeds it counts as one layer, named by its own path: dropout inside a
        pretrained base would be off where the base is called with `training=False`.
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
        is_dropout = feeding.class_name in _DROPOUT_CLASSES
        return Place(
            owner=weight_layers[0].path,
            layer=feeding.path if is_dropout else source,
            slot="rate" if is_dropout else "output",
            kind=feeding.class_name if is_dropout else "Dropout",
            present=feeding.rates.get("rate", 0.0) if is_dropout else 0.0,
        )

    def present_places(self, families: Sequence[Family]) -> Iterator[Place]:
        """Every slot that holds a strength of one of `families` now."""
        for layer in self.model.layers:
            for slot in REGULARIZER_SLOTS:
                penalty = layer.regularizers.get(slot)
                for kind in ("l1", "l2") if penalty else ():
                    strength = getattr(penalty, kind)
                    if kind in families and strength > 0:
                        yield Place(
                            owner=layer.path,
                            layer=layer.path,
                            slot=slot,
                            kind=kind,
                            present=strength,
                        )
            for slot in RATE_SLOTS if "dropout" in families else ():
                if (rate := layer.rates.get(slot, 0.0)) > 0:
                    kind = layer.class_name if slot == "rate" else "Dropout"
                    yield Place(
                        owner=layer.path, layer=layer.path, slot=slot, kind=kind, present=rate
                    )

    def dropout_behind(self, layer: LayerFacts) -> LayerFacts | None:
        """The dropout layer that takes the output of `layer` or of its activation, if any."""
        for behind in self.model.outbound(self._behind_activation(layer).path):
            if behind.class_name in _DROPOUT_CLASSES:
                return behind
        return None

    def is_weight_layer(self, layer: LayerFacts) -> bool:
        """True for layers whose kernels can be regularized."""
        return self.kind(layer) in _WEIGHT_KINDS

    def kind(self, layer: LayerFacts) -> str:
        """What the layer is: `dense`, `convolutional`, ...; `other` where it is not known."""
        readings = self.evidence.layers.get(layer.path)
        kind = readings.values.get("layer.kind") if readings else None
        return kind if isinstance(kind, str) else "other"

    def truth(self, layer: LayerFacts, name: str) -> bool:
        """A truth about a layer; what could not be told counts as false."""
        readings = self.evidence.layers.get(layer.path)
        return bool(readings and readings.values.get(name) is True)

    def _may_meet_batch_normalization(self, layer: LayerFacts) -> bool:
        """True if a Batch Normalization stands anywhere behind `layer`.

        Where the file doesn't tell how the layers are joined, any one in the model may.
        """
        readings = self.evidence.layers.get(layer.path)
        name = "layer.is_after_last_batch_normalization"
        is_after_last = readings.values.get(name) if readings else None
        if is_after_last is None:
            return self.evidence.model.values.get("model.has_batch_normalization") is True
        return is_after_last is not True

    def _may_be_the_last(self, layer: LayerFacts) -> bool:
        """True if nothing tells whether the layer is an output: a class of the user's own."""
        readings = self.evidence.layers.get(layer.path)
        return readings is None or "layer.is_output" not in readings.values

    def _is_twin(self, first: LayerFacts, other: LayerFacts) -> bool:
        """True if `other` takes what `first` does, told by its kernel's size: where both are made
        by one class of the user's own, the file doesn't say how they are joined.
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
        """What `taker` takes its input from: a layer, or the nested model that it is the end of.

        None for a nested model with several ends, as "its output" is then no single place.
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
            and any(not is_within(behind, nested) for behind in self.model.outbound(layer.path))
        ]
        return nested if ends == [feeding] else None

    def _behind_activation(self, layer: LayerFacts) -> LayerFacts:
        behind = self.model.outbound(layer.path)
        if len(behind) == 1 and behind[0].class_name in _ACTIVATIONS:
            return behind[0]
        return layer


def _input_width(layer: LayerFacts) -> int | None:
    """The inputs of a kernel that takes features; None for any other layer."""
    kernels = [tensor.shape for tensor in layer.tensors if tensor.role == "kernel"]
    return kernels[0][0] if len(kernels) == 1 and len(kernels[0]) == 2 else None


def _last_dense_run(placement: Placement, hidden: list[LayerFacts]) -> list[LayerFacts]:
    """The hidden Dense layers behind the last layer of another kind."""
    run: list[LayerFacts] = []
    for layer in reversed(hidden):
        if placement.kind(layer) != "dense":
            break
        run.append(layer)
    return run[::-1]


def _dropout_class(layer: LayerFacts, kind: str) -> str:
    """Whole feature maps where neighbours are alike (Tompson et al. 2015), else single units."""
    if kind == "embedding":
        return "SpatialDropout1D"
    if kind in ("convolutional", "depthwise"):
        for rank in (1, 2, 3):
            if f"{rank}D" in layer.class_name:
                return f"SpatialDropout{rank}D"
    return "Dropout"
