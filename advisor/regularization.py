"""A change of regularization: what rules propose, probes vary, surgery applies and code prints."""

from typing import Literal

from advisor.values import dataclass

Family = Literal["l1", "l2", "dropout"]
FAMILIES: tuple[Family, ...] = ("l1", "l2", "dropout")

Slot = Literal[
    "kernel_regularizer",
    "recurrent_regularizer",
    "depthwise_regularizer",
    "pointwise_regularizer",
    "embeddings_regularizer",
    "output",  # a dropout layer inserted after the layer
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
RATE_SLOTS: tuple[Slot, ...] = ("rate", "dropout", "recurrent_dropout")


def family_of(kind: str) -> Family:
    """The family of a change's kind: every class of dropout layer is `dropout`."""
    match kind:
        case "l1":
            return "l1"
        case "l2":
            return "l2"
        case _:
            return "dropout"


Where = Literal["hidden", "first", "last-block", "convolutional", "recurrent", "layer"]
"""Which of a model's weight layers are meant; `layer` is the one that a finding names."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One strength at one place.

    `layer` is the path of a layer, or, with the slot `output`, of a nested model behind which a
    dropout layer is put.

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


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """Changes to make together; no changes at all is the strategy of keeping the model as it is."""

    changes: tuple[Change, ...] = ()

    @property
    def family(self) -> str:
        """The families in use after the changes: `none`, `l2`, `l2+dropout`, ..."""
        used = {change.family for change in self.changes if change.to > 0}
        return "+".join(family for family in FAMILIES if family in used) or "none"

    def strength(self, family: Family) -> float:
        """The largest strength of `family` over the changed layers, 0 where there is none."""
        return max((c.to for c in self.changes if c.family == family), default=0.0)
