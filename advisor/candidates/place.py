"""One slot of a layer that takes a family of regularization, and the strength there now."""

from collections.abc import Iterator

from advisor.inputs.model_facts import LayerFacts
from advisor.regularization import (
    LAYER_FAMILIES,
    PENALTIES,
    REGULARIZER_SLOTS,
    SPECS,
    Change,
    Family,
    Slot,
    family_of,
)
from advisor.values import dataclass

_LEFT_ALONE = ("GaussianDropout",)  # dropout is added, this stays as it is


@dataclass(frozen=True, kw_only=True)
class Place:
    """One slot of one layer, the kind of regularization it takes, and its present strength.

    `owner` is the weight layer it serves: a dropout's slot may belong to the activation after it.
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

    def change(self, to: float, *, low: float, high: float) -> Change:
        """The change that sets its strength to `to`; `low` and `high` as a Change's."""
        return Change(
            layer=self.layer,
            slot=self.slot,
            kind=self.kind,
            before=self.present,
            to=to,
            low=low,
            high=high,
        )


def own_place(layer: LayerFacts, slot: Slot, kind: str, present: float) -> Place:
    """An argument of the weight layer itself."""
    return Place(owner=layer.path, layer=layer.path, slot=slot, kind=kind, present=present)


def layer_place(owner: LayerFacts, present: LayerFacts, family: Family) -> Place:
    """The strength of a layer of `family` that is there already."""
    slot = SPECS[family].layer_slot
    assert slot is not None
    return Place(
        owner=owner.path,
        layer=present.path,
        slot=slot,
        kind=present.class_name,
        present=present.rates.get(slot, 0.0),
    )


def is_layer_of(layer: LayerFacts, family: Family) -> bool:
    """True for a layer of `family` that can serve a weight layer before it."""
    return layer.class_name in SPECS[family].kinds and layer.class_name not in _LEFT_ALONE


def present_in(layer: LayerFacts) -> Iterator[Place]:
    """Every slot of a layer that has a strength, even 0."""
    yield from _present_penalties(layer)
    yield from _present_layers(layer)


def _present_penalties(layer: LayerFacts) -> Iterator[Place]:
    for slot in REGULARIZER_SLOTS:
        if penalty := layer.regularizers.get(slot):
            for family in PENALTIES:
                yield own_place(layer, slot, family, penalty.strength(family))


def _present_layers(layer: LayerFacts) -> Iterator[Place]:
    """The strengths of what acts in training alone, in a layer made for it or in another one."""
    classes = (layer.class_name, layer.wrapped_class)
    for spec in map(SPECS.__getitem__, LAYER_FAMILIES):
        own = next((name for name in classes if name in spec.kinds), None)
        for slot in spec.slots:
            if slot in layer.rates:
                kind = own if own and slot == spec.layer_slot else spec.kinds[0]
                yield own_place(layer, slot, kind, layer.rates[slot])


def class_after(layer: LayerFacts, kind: str, family: Family) -> str:
    """The class of `family` to put after `layer`.

    It drops whole feature maps if neighbours are alike (Tompson et al. 2015), else single units.
    """
    spec = SPECS[family]
    for axes, map_kind in (spec.map_kinds or {}).items():
        is_map = kind in ("convolutional", "depthwise") and f"{axes}D" in layer.class_name
        if is_map or (kind == "embedding" and axes == 1):
            return map_kind
    return spec.kinds[0]
