"""Editing a saved model: its config is changed, its weights are copied, and nothing is run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisor.inputs.configs.config_tree import ConfigLayer, read_tree
from advisor.inputs.configs.keras_config import ConfigModel, read_config
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.model_facts import LayerFacts, ModelFacts
from advisor.inputs.model_file import CONFIG, MAX_CONFIG_BYTES, WEIGHTS
from advisor.regularization import FAMILIES, LAYER_KINDS, SPECS, Change, Slot, Strategy, family_of
from advisor.surgery import weight_order
from advisor.surgery.archive_copy import Members, Patches, open_members, write_archive
from advisor.surgery.arguments import set_argument
from advisor.surgery.config_document import ConfigDocument, Spot
from advisor.surgery.insertion import insert_layer, is_listed_as_keras_does, sort_layers
from advisor.surgery.optimizer_reset import reset_patches
from advisor.surgery.refusal import EditRefused

_REFUSED = {
    "hdf5": "is a legacy HDF5 file; load it and save it again with model.save('model.keras')",
    "config": "contains a config but no weights",
    "weights": "contains weights but no layer arguments",
    "sharded-weights": "contains weights but no layer arguments",
}
_BATCH_NORMALIZATION = ("BatchNormalization", "SyncBatchNormalization")


def edit_model(
    path: Path, model: ModelFacts, strategy: Strategy, output: Path, *, resets_optimizer: bool
) -> None:
    """Write the model at `path` to `output`, a `.keras` archive, with the strategy's changes.

    `model` are the facts of the same file. Weights, assets and the optimizer's state stay the same
    bytes; with `resets_optimizer` its state is that before the first step. Raises EditRefused if a
    change has no place in the file, InputError if the file is damaged or can't be written.
    """
    if model.file_format in _REFUSED:
        raise EditRefused(_REFUSED[model.file_format])
    if (model.keras_version or "").startswith("2."):
        raise EditRefused("was saved by Keras 2; save it with Keras 3 first")
    with open_members(path) as members:
        config = members.text(CONFIG, MAX_CONFIG_BYTES)
        document = ConfigDocument(parse_json(config, model.source), model.source)
        if strategy.changes:
            make_changes(document, strategy.changes)
            config = json.dumps(document.config).encode()
        write_archive(
            members,
            output,
            {CONFIG: config},
            {WEIGHTS: _patches(members, document, model, resets_optimizer=resets_optimizer)},
        )


def _patches(
    members: Members, document: ConfigDocument, model: ModelFacts, *, resets_optimizer: bool
) -> Patches:
    """What changes in the weights file: the names of layers, and the optimizer's state."""
    edited = read_tree(document.config, document.source)
    if WEIGHTS not in members.names:
        if _order(edited) != _order(document.tree):
            raise EditRefused("the new layer changes the order of the weights, which are in shards")
        return {}
    window = members.window(WEIGHTS)
    patches = weight_order.follow(document.tree, edited, window, model)
    return {**patches, **(reset_patches(window, model) if resets_optimizer else {})}


def _order(root: ConfigLayer) -> list[str]:
    return [node.path for node in root.walk() if node.class_name not in LAYER_KINDS]


def make_changes(document: ConfigDocument, changes: Sequence[Change]) -> None:
    """Change the document's config. Raises EditRefused if a change has no place in it."""
    by_slot: dict[tuple[str, Slot], dict[str, float]] = {}
    for change in changes:
        by_slot.setdefault((change.layer, change.slot), {})[change.kind] = change.to
    insertions: dict[str, tuple[Spot, Mapping[str, float]]] = {}
    for (path, slot), strengths in by_slot.items():
        spots = document.listings(path)
        if slot != "output":
            for spot in spots:
                set_argument(spot, slot, strengths)
        elif len(spots) > 1:
            raise EditRefused(f"{path!r} is shared across the border of a nested model")
        elif any(strengths.values()):
            insertions[path] = (spots[0], strengths)
    if insertions:
        _insert(document, list(insertions.values()))


def _insert(
    document: ConfigDocument, insertions: Sequence[tuple[Spot, Mapping[str, float]]]
) -> None:
    """Put layers of these strengths, by kind, after each spot."""
    models = {id(spot.around[-1]): spot.around[-1] for spot, _ in insertions if spot.around}
    for model in models.values():
        if not is_listed_as_keras_does(model):
            raise EditRefused("its layers are listed in an order that Keras 3 doesn't use")
    inserted = []
    for spot, strengths in insertions:
        by_family = {family_of(kind): (kind, strength) for kind, strength in strengths.items()}
        if len(by_family) < len(strengths):
            label = SPECS[family_of(next(iter(strengths)))].label
            raise EditRefused(f"{spot.node.path!r}: two {label} layers are asked for after it")
        # The last one first, as each is put right after the layer.
        for family in sorted(by_family, key=FAMILIES.index, reverse=True):
            kind, strength = by_family[family]
            if strength > 0:
                inserted.append((spot, insert_layer(spot, kind, strength)))
    for model in models.values():
        sort_layers(model)
    edited = read_config(document.config, document.source)
    for spot, new in inserted:
        _check_place(spot, new, edited)


def _check_place(spot: Spot, new: Mapping[str, object], edited: ConfigModel) -> None:
    """Refuse a new layer where it does harm: on the output, before a softmax or a normalization."""
    path = spot.node.path
    (inserted,) = (node.path for node in edited.root.walk() if node.described is new)
    label = SPECS[family_of(str(new["class_name"]))].label
    facts = {layer.path: layer for layer in edited.layers}
    if facts[inserted].is_output:
        raise EditRefused(f"{path!r} is the model's output, which {label} would make random")
    for layer in edited.layers:
        if inserted not in layer.inbound:
            continue
        if layer.class_name in _BATCH_NORMALIZATION:
            raise EditRefused(f"{layer.path!r} follows {path!r}: its statistics would be off")
        if _is_softmax(layer):
            raise EditRefused(f"{layer.path!r} follows {path!r}: {label} must not come before it")


def _is_softmax(layer: LayerFacts) -> bool:
    is_activation = layer.class_name == "Activation" and layer.activation == "softmax"
    return is_activation or layer.class_name == "Softmax"
