"""The families of regularization, one row each, and what a change of regularization is."""

from collections.abc import Mapping
from math import inf, log, log10, sqrt
from typing import Literal, get_args

from advisor.values import dataclass

Family = Literal["l1", "l2", "dropout"]
FAMILIES: tuple[Family, ...] = get_args(Family)

Slot = Literal[
    "kernel_regularizer",
    "recurrent_regularizer",
    "depthwise_regularizer",
    "pointwise_regularizer",
    "embeddings_regularizer",
    "output",  # a layer of the family's own, put after the layer
    "rate",  # the rate of a dropout layer that is there already
    "dropout",  # the argument of that name (recurrent and attention layers)
    "recurrent_dropout",
]
REGULARIZER_SLOTS: tuple[Slot, ...] = (
    "kernel_regularizer",
    "recurrent_regularizer",
    "depthwise_regularizer",
    "pointwise_regularizer",
    "embeddings_regularizer",
)

Where = Literal["hidden", "first", "last-block", "convolutional", "recurrent", "layer"]
"""Which of a model's weight layers are meant; `layer` is the one that a finding names."""


@dataclass(frozen=True, kw_only=True)
class Decades:
    """Strengths that count by their order of magnitude, such as those of penalties.

    Below `faint` a strength hardly does anything. `limit` is the largest that may be asked for.
    """

    faint: float
    limit: float = 1000.0  # nothing is learned beyond it
    end: float = inf
    is_logarithmic: bool = True

    def distance(self, strength: float) -> float:
        """How far a strength is from none, in decades."""
        return log(1 + strength / self.faint, 10)

    def complexity(self, strength: float) -> float:
        """0 to about 1: of two recipes alike, that with the smaller sum is the simpler."""
        return max(0.0, 1 + log10(strength) / 8)

    def raised(self, strength: float) -> float:
        """One step of the grids that were measured above a strength: half a decade."""
        return strength * sqrt(10)

    def around(self, strength: float) -> tuple[float, float]:
        """The strengths worth trying around one: half a decade down and up."""
        return strength / sqrt(10), strength * sqrt(10)

    def bounded(self, strength: float) -> float:
        """The strength itself: one that is there already may be any."""
        return strength


@dataclass(frozen=True, kw_only=True)
class Portions:
    """Strengths that count in proportion and come to an `end`, such as rates.

    `decades` says how many decades of a penalty are as far from none as a strength of 1 is. `limit`
    is the largest that may be asked for.
    """

    step: float
    decades: float
    limit: float
    end: float
    is_logarithmic: bool = False

    def distance(self, strength: float) -> float:
        """How far a strength is from none, in decades of a penalty."""
        return self.decades * strength

    def complexity(self, strength: float) -> float:
        """The strength itself: of two recipes alike, that with the smaller sum is the simpler."""
        return strength

    def raised(self, strength: float) -> float:
        """One step of the grids that were measured above a strength."""
        return strength + self.step

    def around(self, strength: float) -> tuple[float, float]:
        """The strengths worth trying around one: a step down and up."""
        return max(0.0, strength - self.step), min(self.limit, strength + self.step)

    def bounded(self, strength: float) -> float:
        """The strength, or the limit where it is beyond."""
        return min(strength, self.limit)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A part of its places where a family may pay more than at all of them.

    `anchor` is the dose there to try first, `doses` are all of them.
    """

    where: Where
    anchor: float
    doses: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FamilySpec:
    """All that there is to know of a family, but for how Keras is made to use it.

    `label` is what people read, `quantity` what its strengths are. `kinds` are the kinds that a
    change of it may have. A penalty is of one kind, the family itself, is added to the loss, and
    sits in the regularizers of layers. Any other family has layers of its own, whose classes are
    its kinds, the usual one first: put after another layer, they act on its output in training.

    `layer_slot` is the argument of these layers that holds the strength, `argument_slots` are
    arguments of other layers that do the same as one of these. `map_kinds` are the classes that
    treat whole feature maps alike, by the number of axes of a map. There, and in `state_slots`,
    which act on recurrent states, a dose means half of it.

    `weakened` is the share that is left of a strength which rules ask to reduce. `alone` and
    `joined` are the doses that probes may try: by itself, and together with another family.
    """

    label: str
    quantity: Literal["strength", "rate"]
    kinds: tuple[str, ...]
    is_penalty: bool
    scale: Decades | Portions
    weakened: float
    alone: tuple[float, ...]
    joined: tuple[float, ...]
    variant: Variant | None = None
    layer_slot: Slot | None = None
    argument_slots: tuple[Slot, ...] = ()
    state_slots: tuple[Slot, ...] = ()
    map_kinds: Mapping[int, str] | None = None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot that a change of it may be about."""
        if self.is_penalty:
            return REGULARIZER_SLOTS
        own: tuple[Slot, ...] = () if self.layer_slot is None else (self.layer_slot,)
        return ("output", *own, *self.argument_slots)

    @property
    def scales_with_loss(self) -> bool:
        """True if a loss in other units takes other strengths: the two are added up."""
        return self.is_penalty

    @property
    def has_halves(self) -> bool:
        """True if there are places that take half of a dose."""
        return bool(self.map_kinds or self.state_slots)

    def share(self, kind: str, slot: Slot) -> float:
        """What is set at a place, as a share of the dose.

        Whole feature maps and recurrent states take about half the rate of single units (Tompson
        et al. 2015; Gal & Ghahramani 2016: .2-.3 on inputs, .1-.2 on the recurrent state).
        """
        is_half = kind in (self.map_kinds or {}).values() or slot in self.state_slots
        return 0.5 if is_half else 1.0


_MAP_DROPOUT = {axes: f"SpatialDropout{axes}D" for axes in (1, 2, 3)}

# The best strengths often lie at the strong end (measured: 1e-2 to 1e-1 on sparse and on dense
# linear inputs). Half decades; where they end, a penalty alone holds every weight at 0. What is
# left of a strength that is weakened [judgement]: a tenth of a penalty, half of a rate.
SPECS: Mapping[Family, FamilySpec] = {
    "l1": FamilySpec(
        label="L1",
        quantity="strength",
        kinds=("l1",),
        is_penalty=True,
        scale=Decades(faint=1e-4),
        weakened=0.1,
        alone=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
        joined=(3e-4, 1e-3, 3e-3, 1e-2),
        # On the first kernel alone it tells irrelevant inputs apart (Ng 2004).
        variant=Variant(where="first", anchor=1e-2, doses=(1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
    ),
    "l2": FamilySpec(
        label="L2",
        quantity="strength",
        kinds=("l2",),
        is_penalty=True,
        scale=Decades(faint=3e-4),
        weakened=0.1,
        alone=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0),
        joined=(1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
    ),
    "dropout": FamilySpec(
        label="dropout",
        quantity="rate",
        kinds=("Dropout", "AlphaDropout", "GaussianDropout", *_MAP_DROPOUT.values()),
        is_penalty=False,
        # At .9 one unit in ten is left. A rate of .33 is as far from none as a decade of a penalty.
        scale=Portions(step=0.1, decades=3.0, limit=0.9, end=1.0),
        weakened=0.5,
        alone=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        joined=(0.1, 0.2, 0.35, 0.5),
        variant=Variant(where="last-block", anchor=0.5, doses=(0.2, 0.35, 0.5)),
        layer_slot="rate",
        argument_slots=("dropout", "recurrent_dropout"),
        state_slots=("recurrent_dropout",),
        map_kinds=_MAP_DROPOUT,
    ),
}
PENALTIES = tuple(family for family in FAMILIES if SPECS[family].is_penalty)
LAYER_FAMILIES = tuple(family for family in FAMILIES if not SPECS[family].is_penalty)
LAYER_KINDS = frozenset(kind for family in LAYER_FAMILIES for kind in SPECS[family].kinds)
_FAMILY_OF = {kind: family for family in FAMILIES for kind in SPECS[family].kinds}


def family_of(kind: str) -> Family:
    """The family of a change's kind. Raises ValueError for a kind of none."""
    family = _FAMILY_OF.get(kind)
    if family is None:
        raise ValueError(f"{kind!r} is no kind of regularization: {', '.join(_FAMILY_OF)}")
    return family


@dataclass(frozen=True, kw_only=True)
class Change:
    """One strength at one place.

    `layer` is the path of a layer, or, with the slot `output`, of a nested model after which a
    layer is put.

    `before` and `to` are final values, never differences: Keras' own `l1` and `l2` (no 1/2), or a
    dropout rate in [0, 1). `low` and `high` bound the strengths worth trying there.
    """

    layer: str
    slot: Slot
    kind: str  # "l1", "l2", or the class of the dropout layer, e.g. "SpatialDropout2D"
    before: float
    to: float
    low: float
    high: float

    @property
    def family(self) -> Family:
        """The family whose strength this changes."""
        return family_of(self.kind)

    @property
    def is_penalty(self) -> bool:
        """True if what it sets is added to the loss."""
        return SPECS[self.family].is_penalty


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """Changes to make together; no changes at all is the strategy of keeping the model as it is."""

    changes: tuple[Change, ...] = ()

    @property
    def family(self) -> str:
        """The families in use after the changes: `none`, `l2`, `l2+dropout`, ..."""
        used = {change.family for change in self.changes if change.to > 0}
        return "+".join(family for family in FAMILIES if family in used) or "none"

    @property
    def strengths(self) -> Mapping[Family, float]:
        """The largest strength of each family over the changed layers, 0 where there is none."""
        return {family: self.strength(family) for family in FAMILIES}

    def strength(self, family: Family) -> float:
        """The largest strength of `family` over the changed layers, 0 where there is none."""
        return max((c.to for c in self.changes if c.family == family), default=0.0)
