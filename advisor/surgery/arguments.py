"""Setting a layer's own arguments: its regularizers and its dropout rates."""

from collections.abc import Iterator, Mapping

from advisor.inputs.configs.keras_layers import MAX_WRAPPERS
from advisor.inputs.configs.layer_arguments import penalty_of
from advisor.regularization import PENALTIES, REGULARIZER_SLOTS, SPECS, Slot
from advisor.surgery.config_document import Spot, raw_list, raw_object
from advisor.surgery.refusal import EditRefused


def set_argument(spot: Spot, slot: Slot, strengths: Mapping[str, float]) -> None:
    """Set `slot` of the layer at `spot` to `strengths`, by kind; a penalty keeps its other part.

    In a wrapper the layer inside is set: in both directions of a Bidirectional, in every cell of
    an RNN. Raises EditRefused if there is no such argument, or if it is an unknown regularizer.
    """
    node = spot.node
    configs = [] if node.kind == "model" else list(_holders(node.described, slot))
    if not configs:
        raise EditRefused(f"{node.path!r} ({node.class_name}) has no argument {slot!r} in the file")
    for spec in SPECS.values():
        if slot == spec.layer_slot and node.is_keras and node.class_name not in spec.kinds:
            raise EditRefused(f"{node.path!r} ({node.class_name}) is not a {spec.label} layer")
    for config in configs:
        if slot in REGULARIZER_SLOTS:
            config[slot] = _regularizer(config[slot], strengths, f"{node.path!r}: its {slot}")
            continue
        (rate,) = strengths.values()
        config[slot] = rate


def _holders(
    described: Mapping[str, object], slot: str, depth: int = 0
) -> Iterator[dict[str, object]]:
    """The innermost configs that have the argument, of a layer or of the layers it wraps."""
    config = raw_object(described.get("config"))
    if slot in config:
        yield config
        return
    inner = [config.get("layer"), config.get("backward_layer"), config.get("cell")]
    for wrapped in (*inner, *raw_list(config.get("cells"))):
        if isinstance(wrapped, dict) and depth < MAX_WRAPPERS:
            yield from _holders(wrapped, slot, depth + 1)


def _regularizer(present: object, strengths: Mapping[str, float], what: str) -> object:
    """A serialized regularizer; None if nothing is left of it."""
    penalty = penalty_of(present)
    if penalty is not None and not penalty.is_known:
        raise EditRefused(f"{what} is {penalty.kind}, which can't be combined with L1 or L2")
    parts = {
        family: strengths.get(family, penalty.strength(family) if penalty else 0.0)
        for family in PENALTIES
    }
    kept = {name: strength for name, strength in parts.items() if strength > 0}
    if not kept:
        return None
    return {
        "module": "keras.regularizers",
        "class_name": "".join(name.upper() for name in kept),
        "config": kept,
        "registered_name": None,
    }
