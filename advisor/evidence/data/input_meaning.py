"""What the numbers of a row mean to the model: amounts, or names of things."""

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.architecture.layer_kinds import keras_class, kind_of
from advisor.inputs.model_facts import LayerFacts

LOOKUPS = frozenset({"CategoryEncoding", "HashedCrossing", "Hashing", "IntegerLookup"})


def takes_names(flow: LayerFlow) -> bool:
    """True if an Embedding or a lookup reads any of the model's inputs: its numbers name things.

    An Embedding that is connected to nothing is assumed to read an input, unless the model's graph
    is known. Then it reads the model's own numbers, such as positions.
    """
    return any(
        _reads_an_input(layer, flow)
        for layer in flow.model.layers
        if kind_of(layer) == "embedding" or keras_class(layer) in LOOKUPS
    )


def _reads_an_input(layer: LayerFacts, flow: LayerFlow) -> bool:
    sources = flow.inbound[layer.path]
    return bool(sources) or flow.model.kind != "functional"
