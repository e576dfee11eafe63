"""Which group of a weights file belongs to which layer of the config, and which to none."""

import re
from collections.abc import Mapping, Sequence

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.keras_layers import expected_weights
from advisor.inputs.weight_files.weight_holders import Holder, has_names
from advisor.values import dataclass

MAX_ROUNDS = 100  # each finds layers one model deeper
MAX_NAMESAKES = 100  # groups of one name, of which no more than one may be left
# TF 2.12 stored a model's layers under this attribute, which sorts first. It lists each layer with
# weights twice, so that the numbers in its groups have gaps.
_OLD_LAYERS = "_layer_checkpoint_dependencies"


@dataclass(frozen=True, kw_only=True)
class WeightMap:
    """`groups` maps the path of a layer or model to its group; `owners` the other way round.

    A holder's owner is the innermost layer, or model, whose group it lies in; "" is the model
    itself. `missing` are layers that should have weights but have no group; `guessed` were matched
    by the argument of a user's own class that holds them, as if it were the attribute.
    """

    groups: Mapping[str, str]
    owners: Mapping[str, str]
    missing: tuple[str, ...]
    guessed: frozenset[str]


def map_weights(
    root: ConfigLayer, nodes: Mapping[str, ConfigLayer], holders: Mapping[str, Holder]
) -> WeightMap:
    """Match the layers in `nodes`, by path, to the holders of a weights file.

    Files since Keras 3.6 name the layer of each group, and a group is only taken if the name
    agrees. Older files are matched by Keras' way of counting layers of a class.
    """
    matching = _Matching(nodes=nodes, index=_Index(holders))
    matching.place(root, "")
    matching.place_by_name()
    places = {group: path for path, group in matching.groups.items()}
    missing = tuple(
        path
        for path, node in nodes.items()
        if path not in matching.groups and expected_weights(node.class_name, node.config)
    )
    return WeightMap(
        groups=matching.groups,
        owners={group: _owner(group, places) for group in holders},
        missing=missing,
        guessed=frozenset(matching.guessed),
    )


def _owner(group: str, places: Mapping[str, str]) -> str:
    while group:
        if group in places:
            return places[group]
        group = group.rpartition("/")[0]
    return ""


class _Matching:
    """The groups found so far, by path; models are in it too."""

    def __init__(self, *, nodes: Mapping[str, ConfigLayer], index: "_Index") -> None:
        self.nodes = nodes
        self.index = index
        self.groups: dict[str, str] = {}
        self.taken: set[str] = set()
        self.unplaced: list[tuple[ConfigLayer, str]] = []
        self.guessed: set[str] = set()

    def place(self, node: ConfigLayer, group: str, *, is_guess: bool = False) -> None:
        """Take `group` for `node`, and look inside it for the groups of its children."""
        self.groups[node.path] = group
        self.taken.add(group)
        if is_guess:
            self.guessed.add(node.path)
        old_groups = self.index.old_groups(node.children, group)
        for child in node.children:
            own = old_groups.get(child.path) or self.index.child_group(child, group)
            attribute = self.index.attribute_group(child, group)
            if own is not None:
                self.place(child, own, is_guess=is_guess)
            elif attribute is not None:
                self.place(child, attribute, is_guess=True)
            elif child.path in self.nodes or child.children:
                self.unplaced.append((child, group))

    def place_by_name(self) -> None:
        """Find the layers that lie elsewhere than their config says, by a name that is unique.

        So are layers that were handed to the constructor of a user's own class.
        """
        for _ in range(MAX_ROUNDS):
            waiting, self.unplaced = self.unplaced, []
            placed = len(self.groups)
            for node, above in waiting:
                unique = self._unique_group(node, above)
                if unique is None:
                    self.unplaced.append((node, above))
                else:
                    self.place(node, unique)
            if len(self.groups) == placed:
                return

    def _unique_group(self, node: ConfigLayer, above: str) -> str | None:
        """The one group with the node's name that is nobody's yet: below `above`, else anywhere."""
        named = self.index.by_name.get(node.name, ())
        if node.kind == "operation" or len(named) > MAX_NAMESAKES:
            return None
        free = [group for group in named if group not in self.taken]
        below = [group for group in free if group.startswith(f"{above}/")]
        for candidates in (below, free):
            if len(candidates) == 1:
                return candidates[0]
        return None


class _Index:
    """The groups of a file by the name of their layer, and by where they lie."""

    def __init__(self, holders: Mapping[str, Holder]) -> None:
        self.holders = holders
        self.is_named = has_names(holders)
        self.by_name: dict[str, list[str]] = {}
        self.siblings: dict[tuple[str, str], list[str]] = {}  # parent group, name -> groups
        self.places: set[str] = set()  # every group that holds something, however deep
        self.below: dict[str, list[str]] = {}  # what is right inside such a group
        for group, holder in holders.items():
            if holder.name is not None:
                self.by_name.setdefault(holder.name, []).append(group)
                parent = group.rpartition("/")[0]
                self.siblings.setdefault((parent, holder.name), []).append(group)
            above = group
            while above and above not in self.places:
                self.places.add(above)
                parent, _, last = above.rpartition("/")
                self.below.setdefault(parent, []).append(last)
                above = parent

    def child_group(self, child: ConfigLayer, group: str) -> str | None:
        """The child's group inside `group`, where its segment leads and its name agrees."""
        if not child.segment:
            return None
        container, segment, *deeper = child.segment.split("/")
        parent = f"{group}/{container}".lstrip("/")
        named = self._named_child(parent, segment, child.name)
        return None if named is None else "/".join([named, *deeper])

    def old_groups(self, children: Sequence[ConfigLayer], group: str) -> dict[str, str]:
        """The groups that TF 2.12 gave the children of a model, by path: in order for each class.

        Nothing for a class of which not all layers are there, as the others can't be told apart.
        """
        parent = f"{group}/{_OLD_LAYERS}".lstrip("/")
        if parent not in self.places:
            return {}
        stored: dict[str, list[tuple[int, str]]] = {}
        for place in self.below.get(parent, ()):
            name, number = _counted(place)
            stored.setdefault(name, []).append((number, place))
        listed: dict[str, list[ConfigLayer]] = {}
        for child in children:
            if child.segment:
                listed.setdefault(_counted(child.segment.split("/")[1])[0], []).append(child)
        return {
            child.path: "/".join([f"{parent}/{place}", *child.segment.split("/")[2:]])
            for name, same_class in listed.items()
            if len(same_class) == len(stored.get(name, ()))
            for child, (_, place) in zip(same_class, sorted(stored[name]), strict=True)
        }

    def attribute_group(self, child: ConfigLayer, group: str) -> str | None:
        """In a file without names: the group of the attribute called as the child's argument."""
        expected = f"{group}/{child.key}".lstrip("/")
        is_there = bool(child.key) and expected in self.places
        return expected if is_there and not self.is_named else None

    def _named_child(self, parent: str, segment: str, name: str) -> str | None:
        expected = f"{parent}/{segment}"
        if not self.is_named:
            return expected if expected in self.places else None
        holder = self.holders.get(expected)
        if holder is not None and holder.name == name:
            return expected
        same_name = self.siblings.get((parent, name), [])
        return same_name[0] if len(same_name) == 1 else None


def _counted(name: str) -> tuple[str, int]:
    """A group's class and number: `dense_12` is the 12th after the first `dense`."""
    counted = re.fullmatch(r"(.+)_(\d{1,6})", name)
    return (counted[1], int(counted[2])) if counted else (name, 0)
