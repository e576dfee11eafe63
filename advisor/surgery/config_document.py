"""A model's parsed config, to be edited: its layers by path, as the objects to change."""

from collections.abc import Iterator

from advisor.inputs.configs.config_tree import ConfigLayer, read_tree
from advisor.inputs.configs.shared_listings import shared_listings
from advisor.surgery.refusal import EditRefused
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A layer of a config with the models around it, outermost first."""

    node: ConfigLayer
    around: tuple[ConfigLayer, ...]


class ConfigDocument:
    """The config of one model, and where its layers are in it.

    `config` changes in place when the objects of its spots are edited. `tree` is the config as it
    was at first. Raises InputError if it describes no model.
    """

    def __init__(self, config: object, source: str) -> None:
        self.config = config
        self.source = source
        self.tree = read_tree(config, source)
        self._spots = {spot.node.path: spot for spot in _spots(self.tree, ())}
        self._listings: dict[str, list[str]] = {}
        for path, first in shared_listings(self.tree).items():
            self._listings.setdefault(first, []).append(path)

    def listings(self, path: str) -> tuple[Spot, ...]:
        """The layer or model at `path`, wherever the config lists it; at least one spot.

        Raises EditRefused if there is none.
        """
        if path not in self._spots or not path:
            raise EditRefused(
                f"has no layer {path!r} in its config; change layers that are made in code in that "
                "code"
            )
        return tuple(self._spots[listed] for listed in (path, *self._listings.get(path, ())))


def _spots(node: ConfigLayer, around: tuple[ConfigLayer, ...]) -> Iterator[Spot]:
    yield Spot(node=node, around=around)
    for child in node.children:
        yield from _spots(child, (*around, node))


def raw_object(value: object) -> dict[str, object]:
    """A JSON object that may be changed; a new empty one if `value` is something else."""
    return value if isinstance(value, dict) else {}


def raw_list(value: object) -> list[object]:
    """A JSON list that may be changed; a new empty one if `value` is something else."""
    return value if isinstance(value, list) else []
