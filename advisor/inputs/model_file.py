"""A saved model, of whatever format Keras wrote, read as facts without running any of it.

Readers of the older and rarer formats are imported by the functions that need them.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from advisor.errors import InputError
from advisor.inputs.configs.keras_config import ConfigModel, read_config
from advisor.inputs.file_format import REFUSALS, Format, sniff
from advisor.inputs.files.archive import open_archive
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import FileWindow, sha256_of, shown_name, whole_file
from advisor.inputs.files.json_value import mapping_of, text_of
from advisor.inputs.hdf5 import Hdf5Tree, read_hdf5
from advisor.inputs.model_facts import LayerFacts, ModelFacts, OptimizerFacts
from advisor.inputs.weight_files.model_assembly import JoinedLayers, join_layers
from advisor.inputs.weight_files.optimizer_state import trained_optimizer
from advisor.inputs.weight_files.weight_holders import read_holders

__all__ = ["open_model", "read_model", "sniff"]

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
MAX_CONFIG_BYTES = 64 << 20  # MobileNetV2's has 0.1 MB
MAX_METADATA_BYTES = 1 << 20
MAX_HASHED_BYTES = 1 << 30  # hashing more takes longer than reading the weights


class _Members(Protocol):
    """The files of a `.keras` archive, zipped or not."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def text(self, name: str, limit: int) -> bytes: ...

    def window(self, name: str) -> FileWindow: ...


@contextmanager
def open_model(path: Path) -> Iterator[ModelFacts]:
    """The facts of the model at `path`; its weights can be read as long as the context is open.

    Reads `.keras` files of Keras 3 and 2, their unzipped folder, legacy HDF5 files, weights files,
    sharded weights and the JSON of `to_json`, whatever they are called. InputError where the file
    is damaged, unsafe, or of another format, with what to do.
    """
    form = sniff(path)
    if form in REFUSALS:
        raise InputError(f"{shown_name(path)}: {REFUSALS[form]}")
    with ExitStack() as closing:
        yield _with_hash(_read(path, form, closing), path)


def read_model(path: Path) -> ModelFacts:
    """The facts of the model at `path`, without access to its weights; errors as `open_model`."""
    with open_model(path) as facts:
        return replace(facts, layers=tuple(_detached(layer) for layer in facts.layers))


def _detached(layer: LayerFacts) -> LayerFacts:
    return replace(layer, tensors=tuple(replace(t, stored=None) for t in layer.tensors))


def _read(path: Path, form: Format, closing: ExitStack) -> ModelFacts:
    source = shown_name(path)
    match form:
        case "keras-v3":
            return _keras_v3(closing.enter_context(open_archive(path)), source, form)
        case "keras-v3-folder":
            from advisor.inputs.model_folder import ModelFolder

            return _keras_v3(ModelFolder(path=path), source, form)
        case "sharded-weights":
            from advisor.inputs.weight_files.sharded_weights import shard_windows

            trees = [read_hdf5(window, window.name) for window in shard_windows(path)]
            return _weights(_layers_of_groups(trees), source, form)
        case "config":
            return _config(whole_file(path), source)
        case _:
            return _hdf5(read_hdf5(whole_file(path), source), source)


def _config(window: FileWindow, source: str) -> ModelFacts:
    if window.length > MAX_CONFIG_BYTES:
        raise InputError(f"{source}: has {window.length:,} bytes; too many for a model's config")
    config = parse_json(window.read(0, window.length), source)
    return _facts(read_config(config, source), source, "config", None)


def _keras_v3(members: _Members, source: str, file_format: str) -> ModelFacts:
    config = parse_json(members.text(CONFIG, MAX_CONFIG_BYTES), source)
    model = read_config(config, source)
    metadata: object = None
    if METADATA in members.names:
        metadata = parse_json(members.text(METADATA, MAX_METADATA_BYTES), source)
    version = text_of(mapping_of(metadata).get("keras_version"))
    if WEIGHTS not in members.names:
        return _facts(model, source, file_format, version)
    holders = read_holders([read_hdf5(members.window(WEIGHTS), source)])
    return _facts(
        model,
        source,
        file_format,
        version,
        joined=join_layers(model, holders),
        optimizer=trained_optimizer(model.compiled.optimizer, holders),
    )


def _hdf5(tree: Hdf5Tree, source: str) -> ModelFacts:
    """A legacy model, or a weights file of Keras 2 or 3."""
    attributes = tree.groups.get("/", {})
    config = attributes.get("model_config")
    if isinstance(config, str):
        return _legacy(tree, config, source)
    if "layer_names" in attributes or "layer_names0" in attributes:
        from advisor.inputs.weight_files.legacy_h5 import named_weights
        from advisor.inputs.weight_files.weights_file import layers_of_names

        return _weights(layers_of_names(named_weights(tree)), source, "weights")
    layers = _layers_of_groups([tree])
    if not layers:
        raise InputError(
            f"{source}: is an HDF5 file without a Keras model or weights in it; save the model with"
            " model.save('model.keras')"
        )
    return _weights(layers, source, "weights")


def _legacy(tree: Hdf5Tree, config: str, source: str) -> ModelFacts:
    from advisor.inputs.weight_files.legacy_h5 import named_weights, stored_optimizer
    from advisor.inputs.weight_files.legacy_layers import join_named

    attributes = tree.groups["/"]
    training = attributes.get("training_config")
    compiled = parse_json(training.encode(), source) if isinstance(training, str) else None
    model = read_config(parse_json(config.encode(), source), source, compile_config=compiled)
    version = attributes.get("keras_version")
    return _facts(
        model,
        source,
        "hdf5",
        text_of(version),
        joined=join_named(model, named_weights(tree)),
        optimizer=stored_optimizer(model.compiled.optimizer, tree),
    )


def _layers_of_groups(trees: Sequence[Hdf5Tree]) -> tuple[LayerFacts, ...]:
    from advisor.inputs.weight_files.weights_file import layers_of_groups

    return layers_of_groups(read_holders(trees))


def _weights(layers: tuple[LayerFacts, ...], source: str, file_format: str) -> ModelFacts:
    return ModelFacts(
        source=source,
        sha256=None,
        file_format=file_format,
        keras_version=None,
        kind="weights",
        layers=layers,
        notes=(
            "A weights file: regularizers, rates, connections and the optimizer are not in it;"
            " layers are told by their group, name or shapes.",
        ),
    )


def _facts(
    model: ConfigModel,
    source: str,
    file_format: str,
    keras_version: str | None,
    *,
    joined: JoinedLayers | None = None,
    optimizer: OptimizerFacts | None = None,
) -> ModelFacts:
    if joined is None:
        joined = JoinedLayers(
            layers=model.layers, notes=("The file holds no weights: only its config is known.",)
        )
    return ModelFacts(
        source=source,
        sha256=None,
        file_format=file_format,
        keras_version=keras_version,
        kind=model.kind,
        layers=joined.layers,
        optimizer=optimizer or model.compiled.optimizer,
        loss=model.compiled.loss,
        metrics=model.compiled.metrics,
        is_compiled=model.compiled.is_compiled or optimizer is not None,
        code_parts=model.code_parts,
        notes=(*model.notes, *joined.notes),
    )


def _with_hash(facts: ModelFacts, path: Path) -> ModelFacts:
    """The facts with the file's SHA-256; a folder and shards, being several files, have none."""
    if not path.is_file() or facts.file_format == "sharded-weights":
        return facts
    if whole_file(path).length > MAX_HASHED_BYTES:
        note = "The file is larger than 1 GiB, so its SHA-256 is not taken."
        return replace(facts, notes=(*facts.notes, note))
    return replace(facts, sha256=sha256_of(path))
