"""The config of the sub-layer that a weight belongs to, inside wrappers, cells and attention."""

from collections.abc import Mapping

from advisor.inputs.configs.keras_layers import parts
from advisor.inputs.model_facts import LayerFacts


def part_config(layer: LayerFacts, part: str) -> Mapping[str, object]:
    """The arguments of the sub-layer at `part` of a layer, such as `forward_layer/cell`.

    The two directions of a Bidirectional layer have their own arguments, and so have stacked cells.
    Empty if the file doesn't contain them.
    """
    if not layer.config:
        return {}
    for inner in parts(layer.class_name, layer.config):
        if inner.path == part:
            return inner.config
    return {}
