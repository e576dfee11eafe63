"""The layers of a Keras config as a tree: what each is, and what it says it was called on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal

from advisor.errors import InputError
from advisor.inputs.configs.keras_layers import (
    EXPORTED_CLASSES,
    KERAS_LAYERS,
    KERAS_MODELS,
    group_name,
    is_keras_class,
    is_keras_module,
    numbered,
    snake_case,
)
from advisor.inputs.configs.path_names import PathNames
from advisor.inputs.configs.tensor_references import Call, calls_of, references_in
from advisor.inputs.files.json_value import integer_of, mapping_of, text_of
from advisor.values import dataclass

MAX_LAYERS = 20_000  # the largest model of keras.applications has 1,028

NodeKind = Literal["layer", "input", "operation", "model"]
Wiring = Literal["sequence", "graph", "unknown"]


@dataclass(frozen=True, kw_only=True)
class ConfigLayer:
    """One layer, operation or model of a config, with the layers inside it.

    `segment` is where Keras stores its weights, below what holds it: `layers/dense_1`; empty where
    the config can't tell, and `key` is then the argument that holds it. `trainable` counts
    everything around it. A wrapper around a model (TimeDistributed) is that model, stored one step
    deeper. A layer of the user's own may hold layers too: it is a `layer` with `children`.
    `described` is the very object of the config; a wrapper's where it wraps a model.
    """

    path: str
    name: str
    class_name: str
    module: str | None
    is_keras: bool
    kind: NodeKind
    trainable: bool
    config: Mapping[str, object] = field(repr=False)
    described: Mapping[str, object] = field(repr=False, default_factory=dict)
    shared_id: int | None = None
    segment: str = ""
    key: str = ""
    calls: tuple[Call, ...] = ()
    children: tuple["ConfigLayer", ...] = ()
    wiring: Wiring = "unknown"
    inputs: Call = ()
    outputs: Call = ()

    def walk(self) -> Iterator["ConfigLayer"]:
        """This one and everything inside it, outer before inner, in the order of the config."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_tree(config: object, source: str) -> ConfigLayer:
    """The model that a config describes; InputError where it describes none.

    `source` is the file's name for that message.
    """
    described = mapping_of(config)
    if text_of(described.get("class_name")) is None or not _has_config(described):
        raise InputError(
            f"{source}: its config has no 'class_name' and 'config', so it is no Keras model;"
            " save it with model.save"
        )
    return _Reader(source).root(described)


def _has_config(described: Mapping[str, object]) -> bool:
    return isinstance(described.get("config"), dict | list)


def _layer_objects(config: object) -> Sequence[Mapping[str, object]] | None:
    """The layers of a Sequential or Functional; None where there is no list of layers."""
    layers = config if isinstance(config, list) else mapping_of(config).get("layers")
    if not isinstance(layers, list):
        return None
    described = [mapping_of(layer) for layer in layers]
    is_layers = all(text_of(layer.get("class_name")) and _has_config(layer) for layer in described)
    return described if is_layers else None


def _is_model(described: Mapping[str, object]) -> bool:
    """True for a Sequential, a Functional, or a class derived from one that keeps their config."""
    config = described.get("config")
    if _layer_objects(config) is None:
        return False
    if text_of(described.get("class_name")) in (*KERAS_MODELS, "Pipeline"):
        return True
    return "input_layers" in mapping_of(config) or "build_input_shape" in mapping_of(config)


class _Reader:
    """Reads one config, counting its layers and keeping their paths apart."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.paths = PathNames()

    def root(self, described: Mapping[str, object]) -> ConfigLayer:
        return self._read(described, path="", segment="", is_trainable=True, name="model")

    def _read(
        self,
        described: Mapping[str, object],
        *,
        path: str,
        segment: str,
        is_trainable: bool,
        name: str,
    ) -> ConfigLayer:
        config = mapping_of(described.get("config"))
        class_name = text_of(described.get("class_name")) or ""
        class_name = EXPORTED_CLASSES.get(class_name, class_name)
        is_keras = is_keras_class(class_name, described)
        class_name = class_name.rpartition(">")[2]  # without the package that it is registered in
        trainable = is_trainable and config.get("trainable") is not False
        wrapped = mapping_of(config.get("layer"))
        if is_keras and _is_model(wrapped) and _has_config(wrapped):
            inner = self._read(
                wrapped,
                path=path,
                segment=f"{segment}/layer",
                is_trainable=trainable,
                name=name,
            )
            calls = calls_of(described.get("inbound_nodes"))
            return replace(inner, described=described, calls=calls, name=name)
        is_model = _is_model(described)
        children = self._children(described, path, trainable, is_model=is_model)
        return ConfigLayer(
            path=path,
            name=name,
            class_name=class_name,
            module=text_of(described.get("module")),
            is_keras=is_keras,
            kind=_kind(class_name, described, is_model=is_model),
            trainable=trainable,
            config=config,
            described=described,
            shared_id=integer_of(described.get("shared_object_id")),
            segment=segment,
            calls=calls_of(described.get("inbound_nodes")),
            children=children,
            wiring=_wiring(described, children, is_model=is_model),
            inputs=tuple(references_in(config.get("input_layers"))),
            outputs=tuple(references_in(config.get("output_layers"))),
        )

    def _children(
        self, described: Mapping[str, object], path: str, trainable: bool, *, is_model: bool
    ) -> tuple[ConfigLayer, ...]:
        config = described.get("config")
        if is_model:
            layers = _layer_objects(config) or ()
            segments = _segments(layers, is_functional="input_layers" in mapping_of(config))
            keys = [""] * len(layers)
        elif not is_keras_class(text_of(described.get("class_name")) or "", described):
            embedded = _embedded(config)
            layers = [layer for _, layer in embedded]
            segments = [""] * len(layers)
            keys = [key for key, _ in embedded]
        else:
            return ()
        if len(self.paths) + len(layers) > MAX_LAYERS:
            raise InputError(f"{self.source}: describes more than {MAX_LAYERS:,} layers")
        children = []
        for layer, segment, key in zip(layers, segments, keys, strict=True):
            name = _name(layer)
            child = self._read(
                layer,
                path=self.paths.unique(f"{path}/{name}" if path else name),
                segment=segment,
                is_trainable=trainable,
                name=name,
            )
            children.append(replace(child, key=key) if key else child)
        return tuple(children)


def _name(described: Mapping[str, object]) -> str:
    """The layer's name; its class's where it has none, as Keras would name it."""
    for name in (described.get("name"), mapping_of(described.get("config")).get("name")):
        if isinstance(name, str) and name:
            return text_of(name) or name
    return snake_case(text_of(described.get("class_name")) or "")


def _kind(class_name: str, described: Mapping[str, object], *, is_model: bool) -> NodeKind:
    if is_model:
        return "model"
    if class_name == "InputLayer":
        return "input"
    return "operation" if _is_operation(described) else "layer"


def _is_operation(described: Mapping[str, object]) -> bool:
    """True for a call of keras.ops, which Keras lists among the layers but stores no group for."""
    module = text_of(described.get("module"))
    return module is not None and is_keras_module(module) and ".ops." in f"{module}."


def _segments(layers: Sequence[Mapping[str, object]], *, is_functional: bool) -> list[str]:
    """Where each layer is stored: Keras numbers them by class, a Functional's inputs included."""
    stored = [
        not _is_operation(layer) and (is_functional or layer.get("class_name") != "InputLayer")
        for layer in layers
    ]
    names = iter(
        numbered(
            group_name(text_of(layer.get("class_name")) or "")
            for layer, is_stored in zip(layers, stored, strict=True)
            if is_stored
        )
    )
    return [f"layers/{next(names)}" if is_stored else "" for is_stored in stored]


def _embedded(config: object) -> Sequence[tuple[str, Mapping[str, object]]]:
    """The layers that the config of a user's own class mentions, outermost ones only, by key."""
    entries: list[tuple[str, Mapping[str, object]]] = []
    pending: list[tuple[str, object]] = [("", config)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict) and _looks_like_layer(value):
            entries.append((text_of(key) or "", value))
        elif isinstance(value, dict):
            pending.extend((name, value[name]) for name in reversed(value))
        elif isinstance(value, list):
            pending.extend(("", item) for item in reversed(value))
    return entries


def _looks_like_layer(described: Mapping[str, object]) -> bool:
    class_name = text_of(described.get("class_name"))
    if class_name is None or not _has_config(described):
        return False
    if is_keras_class(class_name, described):
        return class_name in KERAS_LAYERS or class_name in KERAS_MODELS
    config = mapping_of(described.get("config"))
    return "registered_name" in described and "name" in config and "trainable" in config


def _wiring(
    described: Mapping[str, object], children: Sequence[ConfigLayer], *, is_model: bool
) -> Wiring:
    if not is_model:
        return "unknown"
    if "input_layers" in mapping_of(described.get("config")) or any(c.calls for c in children):
        return "graph"
    return "sequence"
