"""Layers that a config lists more than once, because several models share them."""

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.files.json_value import mapping_of

_SHARED = "shared_object_id"


def shared_listings(root: ConfigLayer) -> dict[str, str]:
    """Second listings of one layer object, by path, to the path of its first listing.

    Keras numbers shared objects, but leaves the number out of a first listing that lies in a
    nested model; that one is the only earlier layer of the same name, class and settings.
    """
    first: dict[tuple[object, ...], ConfigLayer] = {}
    unnumbered: dict[tuple[str, str], list[ConfigLayer]] = {}
    listings: dict[str, str] = {}
    pending: list[tuple[ConfigLayer, ConfigLayer | None]] = [(root, None)]
    while pending:
        node, original = pending.pop()
        key = (node.class_name, node.name)
        if node.shared_id is None:
            unnumbered.setdefault(key, []).append(node)
        elif (node.shared_id, *key) in first:
            original = first[node.shared_id, *key]
        else:
            original = original or _equal(node, unnumbered.get(key, []))
            first[node.shared_id, *key] = original or node
        if original is not None:
            listings[node.path] = listings.get(original.path, original.path)
        originals = {child.name: child for child in original.children} if original else {}
        inner = [(child, originals.get(child.name)) for child in node.children]
        pending.extend(reversed(inner))
    return listings


def _equal(node: ConfigLayer, earlier: list[ConfigLayer]) -> ConfigLayer | None:
    """The one layer among `earlier` with the settings of `node`; None where there are several."""
    if len(earlier) != 1:
        return None
    is_same = _without_numbers(earlier[0].config) == _without_numbers(node.config)
    return earlier[0] if is_same else None


def _without_numbers(value: object) -> object:
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    if isinstance(value, dict):
        return {k: _without_numbers(v) for k, v in mapping_of(value).items() if k != _SHARED}
    return value
