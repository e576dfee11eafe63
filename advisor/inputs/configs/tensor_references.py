"""References to tensors in a config: which layers' outputs a call took."""

from collections.abc import Iterator

from advisor.inputs.files.json_value import integer_of, list_of, mapping_of, text_of
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One tensor by the layer that makes it, as an entry of `inbound_nodes` names it."""

    layer: str
    tensor: int = 0
    key: str | None = None  # the name under which a dict of inputs or outputs holds it


Call = tuple[Reference, ...]


def calls_of(nodes: object) -> tuple[Call, ...]:
    """The tensors that each call took: Keras 3's `{"args", "kwargs"}` or the older lists."""
    calls = []
    for node in list_of(nodes):
        described = mapping_of(node)
        if "args" in described:
            given = [described["args"], described.get("kwargs")]
            calls.append(tuple(references_in(given)))
        else:
            calls.append(tuple(references_in(node)))
    return tuple(call for call in calls if call)


def references_in(value: object, key: str | None = None) -> Iterator[Reference]:
    """Every tensor that a structure of lists, dicts and tensors names, in Keras' own order."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield from references_in(mapping_of(value.get("config")).get("keras_history"), key)
            return
        for name in sorted(value):
            yield from references_in(value[name], name)
    elif isinstance(value, list):
        layer = text_of(value[0]) if len(value) >= 3 else None
        tensor = integer_of(value[2]) if layer is not None else None
        if layer is not None and tensor is not None and integer_of(value[1]) is not None:
            if layer != "_CONSTANT_VALUE":
                yield Reference(layer=layer, tensor=tensor, key=key)
            yield from references_in(value[3:], key)
        else:
            for item in value:
                yield from references_in(item, key)
