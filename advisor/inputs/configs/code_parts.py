"""The parts of a config that would run code, load files or need the user's classes when loaded."""

from collections.abc import Mapping

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.keras_layers import is_keras_class, is_keras_module
from advisor.inputs.files.json_value import mapping_of, objects_in, text_of

MAX_PARTS = 50  # more are counted, not named
_LOADERS = {
    "Lambda": "runs Python code",
    "TFSMLayer": "loads another saved model",
    "TorchModuleWrapper": "unpickles a PyTorch module",
    "JaxLayer": "runs Python code",
    "FlaxLayer": "runs Python code",
}
_VOCABULARIES = frozenset({"IndexLookup", "IntegerLookup", "StringLookup", "TextVectorization"})
# Modules of Keras whose names a config may rightly hold; anything else in Keras is a function that
# was put there to be called (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906).
_CONFIG_MODULES = tuple(
    f"keras.{name}."
    for name in (
        "activations",
        "constraints",
        "dtype_policies",
        "engine",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "models",
        "ops",
        "optimizers",
        "quantizers",
        "random",
        "regularizers",
    )
)


def code_parts(config: object, root: ConfigLayer) -> tuple[str, ...]:
    """One phrase for each part that is more than Keras' own layers and their settings."""
    distinct = dict.fromkeys(
        phrase
        for key, described in objects_in(config)
        if (phrase := _phrase(key, described)) is not None
    )
    distinct |= dict.fromkeys(
        f"{_named(layer.class_name, layer.config)} is a class of the user's own"
        for layer in root.walk()
        if layer.module is None and not layer.is_keras
    )
    phrases = list(distinct)
    if len(phrases) > MAX_PARTS:
        phrases[MAX_PARTS:] = [f"{len(phrases) - MAX_PARTS} more"]
    return tuple(phrases)


def _phrase(key: str, described: Mapping[str, object]) -> str | None:
    class_name = text_of(described.get("class_name"))
    if class_name is None or key == "build_config":
        return None
    config = mapping_of(described.get("config"))
    if class_name == "__lambda__":
        return "a Python lambda runs code"
    if class_name in _LOADERS and is_keras_class(class_name, described):
        return f"{_named(class_name, config)} {_LOADERS[class_name]}"
    if class_name in _VOCABULARIES and isinstance(config.get("vocabulary"), str):
        return f"{_named(class_name, config)} reads the file {text_of(config['vocabulary'])!r}"
    return _foreign(class_name, described)


def _foreign(class_name: str, described: Mapping[str, object]) -> str | None:
    """A phrase for what comes from outside Keras, or from a part of Keras that no config needs."""
    if "module" not in described or _is_expected(class_name, described):
        return None
    module = text_of(described["module"])
    name = _named(class_name, mapping_of(described.get("config")))
    if is_keras_class(class_name, described):
        return f"{class_name!r} of the module {module!r} is no part of a model"
    if module is None or is_keras_module(module):  # in Keras' name, but registered by the user
        return f"{name} is a class of the user's own"
    return f"{name} comes from the module {module!r}"


def _is_expected(class_name: str, described: Mapping[str, object]) -> bool:
    """True for what Keras itself writes: its own classes, and functions given as loss or metric."""
    module = text_of(described["module"]) or ""
    if module == "builtins":
        return class_name == "function"
    public = f"{module.replace('tf_keras', 'keras').replace('keras.src.', 'keras.')}."
    is_known_part = public == "keras." or public.startswith(_CONFIG_MODULES)
    is_named_well = class_name[:1].isupper() or class_name == "function"
    return is_known_part and is_named_well and is_keras_class(class_name, described)


def _named(class_name: str, config: Mapping[str, object]) -> str:
    name = text_of(config.get("name"))
    return f"{class_name} {name!r}" if name else class_name
