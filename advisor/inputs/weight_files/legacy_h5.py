"""The legacy HDF5 files of Keras 2 and 3: weights under the full names of their variables."""

import re
from collections.abc import Mapping

from advisor.inputs.hdf5 import Attribute, Hdf5Tree
from advisor.inputs.model_facts import OptimizerFacts, StoredTensor
from advisor.inputs.weight_files.optimizer_state import with_counts
from advisor.values import dataclass

_ROLES = {"sn_u": "vector_u"}


@dataclass(frozen=True, kw_only=True)
class NamedWeight:
    """One variable of a legacy file: `scope` are the names around it, `role` is its own."""

    scope: tuple[str, ...]
    role: str
    dataset: StoredTensor


def text_list(attributes: Mapping[str, Attribute], name: str) -> tuple[str, ...]:
    """A list of names, which Keras splits into `name0`, `name1`, ... where it is long."""
    names: list[str] = []
    pieces = [name] if name in attributes else []
    while not pieces or pieces[-1] != name:
        piece = f"{name}{len(pieces)}"
        if piece not in attributes:
            break
        pieces.append(piece)
    for piece in pieces:
        value = attributes[piece]
        names.extend(str(item) for item in (value if isinstance(value, tuple) else (value,)))
    return tuple(names)


def named_weights(tree: Hdf5Tree) -> dict[str, tuple[NamedWeight, ...]]:
    """The variables of each top-level layer, in the order in which Keras lists them."""
    root = "/model_weights" if "/model_weights" in tree.groups else ""
    names = text_list(tree.groups.get(root or "/", {}), "layer_names")
    by_layer: dict[str, tuple[NamedWeight, ...]] = {}
    for name in (*names, "top_level_model_weights"):
        group = f"{root}/{name}"
        weights = []
        for path in text_list(tree.groups.get(group, {}), "weight_names"):
            dataset = tree.datasets.get(f"{group}/{path}")
            if dataset is not None:
                *scope, variable = path.split("/")
                role = re.sub(r":\d+$", "", variable)
                weights.append(
                    NamedWeight(scope=tuple(scope), role=_ROLES.get(role, role), dataset=dataset)
                )
        by_layer[name] = tuple(weights)
    return by_layer


def stored_optimizer(optimizer: OptimizerFacts | None, tree: Hdf5Tree) -> OptimizerFacts | None:
    """The optimizer with what its variables in the file tell."""
    group = "/optimizer_weights"
    names = text_list(tree.groups.get(group, {}), "weight_names")
    stored = [tree.datasets.get(f"{group}/{name}") for name in names[:2]]
    if optimizer is None:
        return None
    return with_counts(optimizer, [dataset for dataset in stored if dataset is not None])
