"""The groups of a Keras weights file that hold variables, as Keras 3 and `keras_v3` write them."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from advisor.inputs.files.json_value import text_of
from advisor.inputs.hdf5 import Hdf5Dataset, Hdf5Tree
from advisor.values import dataclass

# Groups at the root that are not layers: a compiled model keeps these beside its layers.
_TRAINING_STATE = (
    "optimizer",
    "metrics",
    "_metrics",
    "_loss_tracker",
    "_compile_metrics",
    "_compile_loss",
    "compiled_metrics",
    "compiled_loss",
)
_NOT_DATA = ("generator", "_random_generator")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One object's own variables: the datasets in `<group>/vars`, in the order it saved them.

    `name` is the object's name, which files since Keras 3.6 keep. `order` tells which holder was
    written first.
    """

    group: str
    name: str | None
    keys: tuple[str, ...] = ()
    variables: tuple[Hdf5Dataset, ...] = field(default=(), repr=False)
    order: tuple[int, int] = (0, 0)

    @property
    def is_random_state(self) -> bool:
        """True for the state of a random generator, which is no weight."""
        return self.group.rpartition("/")[2].endswith(_NOT_DATA)


def read_holders(trees: Iterable[Hdf5Tree]) -> dict[str, Holder]:
    """The holders of one file, or of all shards of one model, by group, without slashes around.

    A holder may be spread over shards. The training state (optimizer, metrics) is included.
    """
    names: dict[str, str | None] = {}
    by_group: dict[str, list[tuple[str, Hdf5Dataset]]] = {}
    order: dict[str, tuple[int, int]] = {}
    for shard, tree in enumerate(trees):
        for path, attributes in tree.groups.items():
            if path.rpartition("/")[2] == "vars":
                group = path.removesuffix("vars").strip("/")
                names[group] = names.get(group) or text_of(attributes.get("name"))
        for path, dataset in tree.datasets.items():
            before, is_variable, key = f"{path}".rpartition("/vars/")
            if is_variable:
                group = before.strip("/")
                names.setdefault(group, None)
                by_group.setdefault(group, []).append((key, dataset))
                order[group] = min(
                    order.get(group, (shard, dataset.offset)), (shard, dataset.offset)
                )
    return {
        group: _holder(group, name, by_group.get(group, []), order) for group, name in names.items()
    }


def _holder(
    group: str,
    name: str | None,
    variables: list[tuple[str, Hdf5Dataset]],
    order: Mapping[str, tuple[int, int]],
) -> Holder:
    variables = sorted(variables, key=lambda item: _save_order(item[0]))
    return Holder(
        group=group,
        name=name,
        keys=tuple(key for key, _ in variables),
        variables=tuple(dataset for _, dataset in variables),
        order=order.get(group, (0, 0)),
    )


def _save_order(key: str) -> tuple[int, str]:
    """Keras numbers variables 0, 1, ..., 10; keys of a layer's own come after, by name."""
    return (int(key), "") if key.isdecimal() and len(key) < 10 else (1 << 31, key)


def layer_holders(holders: Mapping[str, Holder]) -> dict[str, Holder]:
    """The holders without the training state and without random generators."""
    return {
        group: holder
        for group, holder in holders.items()
        if group.partition("/")[0] not in _TRAINING_STATE and not holder.is_random_state
    }


def has_names(holders: Mapping[str, Holder]) -> bool:
    """True for a file that says which layer each group belongs to (Keras 3.6 and later)."""
    return any(holder.name is not None for holder in holders.values())
