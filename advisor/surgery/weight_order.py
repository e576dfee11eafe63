"""Keeping weights with their layers if a new layer changes the order in which Keras finds them.

Keras finds a layer's weights by class and number, and an optimizer's slots by the order of the
weights. If an edited config lists layers in another order, the names of their groups in the weights
file are exchanged. That changes a few bytes, and every weight stays where it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.files.file_window import FileWindow
from advisor.inputs.hdf5 import Hdf5Dataset, Hdf5Tree, read_hdf5
from advisor.inputs.hdf5.swaps import Patches, renamed
from advisor.inputs.model_facts import LayerFacts, ModelFacts
from advisor.surgery.refusal import EditRefused

_OPTIMIZER = "optimizer/vars"
# How many slots of each weight are stored together, one run after another, in Keras 3.
_SLOTS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "SGD": ((), (1,)),
    "RMSprop": ((1,), (1, 1), (1, 1, 1)),
    "Adagrad": ((1,),),
    "Lion": ((1,),),
    "Adam": ((2,),),
    "AdamW": ((2,),),
    "Adamax": ((2,),),
    "Adadelta": ((2,),),
    "Nadam": ((2,),),
    "Lamb": ((2,),),
    "Ftrl": ((2,),),
}
# Roles of weights that no optimizer trains.
_STATISTICS = ("moving_", "renorm_", "vector_u", "mean", "variance", "count")


def follow(
    before: ConfigLayer, after: ConfigLayer, window: FileWindow, model: ModelFacts
) -> Patches:
    """The bytes to write into the weights file at `window`, so that it fits the edited config.

    `before` and `after` are the config's trees, `model` the facts of the unedited file. Empty if
    the order is the same. Raises EditRefused if the weights can't be renamed to fit.
    """
    moves = _group_moves(before, after)
    is_same_order = _weight_paths(before, model) == _weight_paths(after, model)
    if not moves and is_same_order:
        return {}
    tree = read_hdf5(window, model.source)
    groups = {path: _permutation(path, names, tree) for path, names in moves.items()}
    if not is_same_order:
        groups[_OPTIMIZER] = _slot_moves(before, after, tree, model)
    groups = {path: names for path, names in groups.items() if names}
    patches = renamed(window, model.source, groups)
    if patches is None:
        raise EditRefused(
            "the new layer changes the order of the weights, and the weights file is laid out in "
            "a way that can't be changed in place"
        )
    return patches


def _group_moves(before: ConfigLayer, after: ConfigLayer) -> dict[str, dict[str, str]]:
    """For each group of layers, the new names of those that changed theirs, by old name."""
    now = {node.path: node.segment for node in after.walk()}
    moves: dict[str, dict[str, str]] = {}
    for node, group in _with_groups(before, ""):
        old, new = node.segment.split("/"), now.get(node.path, node.segment).split("/")
        if old != new:
            moves.setdefault(f"{group}/{old[0]}".lstrip("/"), {})[old[1]] = new[1]
    return moves


def _with_groups(model: ConfigLayer, group: str) -> Iterator[tuple[ConfigLayer, str]]:
    """Every layer that has its own group, with the group of the model around it."""
    for child in model.children:
        if child.segment:
            yield child, group
        if child.children:
            inner = child.segment or child.key
            yield from _with_groups(child, f"{group}/{inner}".strip("/"))


def _permutation(group: str, names: Mapping[str, str], tree: Hdf5Tree) -> dict[str, str]:
    """The moves of layers with weights; EditRefused unless these only exchange names."""
    weight_layers = {
        old: new for old, new in names.items() if _holds_weights(f"/{group}/{old}/", tree)
    }
    if set(weight_layers) != set(weight_layers.values()):
        raise EditRefused(
            f"the new layer would take the place of {sorted(weight_layers)} in the weights file"
        )
    return weight_layers


def _holds_weights(prefix: str, tree: Hdf5Tree) -> bool:
    return any(path.startswith(prefix) for path in tree.datasets)


def _weight_paths(root: ConfigLayer, model: ModelFacts) -> list[str]:
    """The layers that an optimizer trains, in the order of the config."""
    trained = {layer.path for layer in model.layers if any(_trained(layer))}
    return [node.path for node in root.walk() if node.path in trained]


def _trained(layer: LayerFacts) -> Iterator[tuple[int, ...]]:
    """The shapes of a layer's trainable weights, in order."""
    if layer.trainable:
        for tensor in layer.tensors:
            if not tensor.role.startswith(_STATISTICS):
                yield tensor.shape


def _slot_moves(
    before: ConfigLayer, after: ConfigLayer, tree: Hdf5Tree, model: ModelFacts
) -> dict[str, str]:
    """The new number of each of the optimizer's variables, by its old number."""
    stored = {path: d for path, d in tree.datasets.items() if path.startswith("/optimizer/")}
    variables = {
        int(number): dataset
        for path, dataset in stored.items()
        if (number := path.removeprefix(f"/{_OPTIMIZER}/")).isdecimal()
    }
    optimizer = model.optimizer
    if not stored:
        return {}
    shapes = {layer.path: list(_trained(layer)) for layer in model.layers}
    old = [(p, i) for p in _weight_paths(before, model) for i in range(len(shapes[p]))]
    new = [(p, i) for p in _weight_paths(after, model) for i in range(len(shapes[p]))]
    scalars = 1 if optimizer is None or optimizer.schedule else 2  # steps, learning rate
    wanted = [shapes[path][index] for path, index in old]
    for runs in _SLOTS.get(optimizer.name if optimizer else "", ()):
        if len(variables) == len(stored) and _fits(variables, scalars, runs, wanted):
            place = {weight: number for number, weight in enumerate(new)}
            order = [place[weight] for weight in old]
            return dict(_numbers(order, scalars, runs))
    if len(variables) == len(stored) == scalars:  # never trained
        return {}
    raise EditRefused(
        "the new layer changes the order of the weights, and it is not known which state of the "
        "optimizer belongs to which weight; compile the model again and save it"
    )


def _numbers(order: Sequence[int], start: int, runs: Sequence[int]) -> Iterator[tuple[str, str]]:
    for width in runs:
        for old, new in enumerate(order):
            for slot in range(width):
                yield str(start + old * width + slot), str(start + new * width + slot)
        start += len(order) * width


def _fits(
    variables: Mapping[int, Hdf5Dataset],
    start: int,
    runs: Sequence[int],
    wanted: Sequence[tuple[int, ...]],
) -> bool:
    """True if the optimizer's variables have the shapes of its weights, run by run."""
    expected: list[tuple[int, ...]] = [()] * start
    for width in runs:
        expected.extend(shape for shape in wanted for _ in range(width))
    shapes = [variables[number].shape for number in sorted(variables)]
    return shapes == expected and sorted(variables) == list(range(len(expected)))
