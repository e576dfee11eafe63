"""The arguments of a layer that matter here: regularizers, constraints, rates, initializers."""

from collections.abc import Iterator, Mapping

from advisor.inputs.configs.keras_layers import (
    CELLS,
    is_keras_class,
    is_keras_module,
    snake_case,
)
from advisor.inputs.files.json_value import integer_of, list_of, mapping_of, number_of, text_of
from advisor.inputs.model_facts import Penalty
from advisor.regularization import SPECS

# The layers that act in training alone, with the argument that says how strongly.
_OWN_ARGUMENTS: Mapping[str, str] = {
    "GaussianNoise": "stddev",
    **{kind: spec.layer_slot for spec in SPECS.values() if spec.layer_slot for kind in spec.kinds},
}
DEFAULT_STRENGTH = 0.01  # what Keras' L1() and L2() mean without arguments
_NAMED = {
    "l1": Penalty(kind="l1", l1=DEFAULT_STRENGTH),
    "L1": Penalty(kind="l1", l1=DEFAULT_STRENGTH),
    "l2": Penalty(kind="l2", l2=DEFAULT_STRENGTH),
    "L2": Penalty(kind="l2", l2=DEFAULT_STRENGTH),
    "l1l2": Penalty(kind="nothing"),
    "L1L2": Penalty(kind="nothing"),
    # Only Keras 2 took this name, for its function l1_l2(); Keras 3 refuses to load it.
    "l1_l2": Penalty(kind="l1+l2", l1=DEFAULT_STRENGTH, l2=DEFAULT_STRENGTH),
}
_RECURRENT = frozenset({*CELLS, *CELLS.values(), "CuDNNGRU", "CuDNNLSTM", "RNN"})
_ATTENTION = frozenset(
    {"AdditiveAttention", "Attention", "GroupQueryAttention", "MultiHeadAttention"}
)
_UNITS = ("units", "filters", "output_dim")


def penalty_of(value: object) -> Penalty | None:
    """The penalty of a serialized regularizer; None where there is none."""
    if value is None:
        return None
    if isinstance(value, str):
        return _NAMED.get(value) or Penalty(kind=text_of(value) or "custom")
    described = mapping_of(value)
    class_name = text_of(described.get("class_name")) or "custom"
    if class_name == "function":
        return _NAMED.get(str(described.get("config"))) or Penalty(kind=_function_name(described))
    if class_name in ("L1", "L2", "L1L2"):
        return _l1_l2_of(class_name, described)
    return Penalty(kind=class_name)


def _l1_l2_of(class_name: str, described: Mapping[str, object]) -> Penalty:
    module = described.get("module", "keras")
    if not is_keras_module(module):  # a namesake
        return Penalty(kind=f"{class_name} of {text_of(module) or 'an unknown module'}")
    config = mapping_of(described.get("config"))
    default = 0.0 if class_name == "L1L2" else DEFAULT_STRENGTH
    l1, l2 = (
        number_of(config.get(name, default)) if name.upper() in class_name else 0
        for name in ("l1", "l2")
    )
    if l1 is None or l2 is None:
        return Penalty(kind=f"{class_name} of unreadable strength")
    return _l1_l2(float(l1), float(l2))


def _l1_l2(l1: float, l2: float) -> Penalty:
    kinds = [kind for kind, strength in (("l1", l1), ("l2", l2)) if strength]
    return Penalty(kind="+".join(kinds) or "nothing", l1=l1, l2=l2)


def _function_name(described: Mapping[str, object]) -> str:
    """The name of a serialized function: Keras 3 gives `"pkg>fn"`, or an object that names it."""
    config = described.get("config")
    return text_of(config) or text_of(mapping_of(config).get("name")) or "custom"


def regularizers(class_name: str, config: Mapping[str, object]) -> dict[str, Penalty]:
    """Every regularizer of a layer by Keras' argument, those of the layers it wraps included."""
    penalties: dict[str, Penalty] = {}
    if class_name == "ActivityRegularization":
        strengths = [number_of(config.get(name, 0.0)) or 0.0 for name in ("l1", "l2")]
        penalties["activity_regularizer"] = _l1_l2(*strengths)
    for argument, value in _arguments(config, "_regularizer"):
        penalty = penalty_of(value)
        if penalty is not None:
            penalties.setdefault(argument, penalty)
    return penalties


def constraints(config: Mapping[str, object]) -> dict[str, str]:
    """Every constraint of a layer by Keras' argument, as its class."""
    return _class_names(config, "_constraint")


def initializers(config: Mapping[str, object]) -> dict[str, str]:
    """Every initializer of a layer by Keras' argument, as its class."""
    return _class_names(config, "_initializer")


def _class_names(config: Mapping[str, object], suffix: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for argument, value in _arguments(config, suffix):
        name = text_of(value) or text_of(mapping_of(value).get("class_name"))
        if name is not None:
            names.setdefault(argument, _camel_case(name) if isinstance(value, str) else name)
    return names


def _camel_case(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def rates(class_name: str, config: Mapping[str, object]) -> dict[str, float]:
    """What a layer of Keras' own does in training only.

    The strength of the layers made for it, even 0, as `rate` of dropout layers; `dropout` and
    `recurrent_dropout` of recurrent and attention layers where they are above 0.
    """
    rates: dict[str, float] = {}
    for described in _wrapped(class_name, config):
        name = text_of(described.get("class_name"))
        arguments = mapping_of(described.get("config"))
        for argument in _rate_arguments(name):
            rate = number_of(arguments.get(argument))
            if rate is not None and (rate or argument == _OWN_ARGUMENTS.get(name or "")):
                rates.setdefault(argument, rate)
    return rates


def _rate_arguments(class_name: str | None) -> tuple[str, ...]:
    if own := _OWN_ARGUMENTS.get(class_name or ""):
        return (own,)
    if class_name in _RECURRENT or class_name in _ATTENTION:
        return ("dropout", "recurrent_dropout")
    return ()


def wrapped_class(class_name: str, config: Mapping[str, object]) -> str | None:
    """The class inside a wrapper or an RNN; None for a layer that wraps none."""
    inner = [text_of(wrapped.get("class_name")) for wrapped in _wrapped(class_name, config)][1:]
    return inner[-1] if inner else None


def units(class_name: str, config: Mapping[str, object]) -> int | None:
    """`units`, `filters` or `output_dim`, of the wrapped layer where there is one."""
    for described in reversed(list(_wrapped(class_name, config))):
        for argument in _UNITS:
            size = integer_of(mapping_of(described.get("config")).get(argument))
            if size is not None:
                return size
    return None


def activation(class_name: str, config: Mapping[str, object]) -> str | None:
    """The activation's name in snake case, of the wrapped layer where there is one."""
    for described in reversed(list(_wrapped(class_name, config))):
        value = mapping_of(described.get("config")).get("activation")
        name = _activation_name(value)
        if name is not None:
            return name
    return None


def _activation_name(value: object) -> str | None:
    if isinstance(value, str):
        return text_of(value)
    described = mapping_of(value)
    class_name = text_of(described.get("class_name"))
    if class_name is None:
        return None
    if class_name == "function":
        return _function_name(described)
    return snake_case(class_name) if is_keras_class(class_name, described) else class_name


def _wrapped(class_name: str, config: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The layer itself and what it wraps, outside in; of stacked cells the last one."""
    described: Mapping[str, object] = {"class_name": class_name, "config": config}
    while described:
        yield described
        config = mapping_of(described.get("config"))
        cells = list_of(config.get("cells"))
        inner = config.get("layer") or config.get("cell") or (cells[-1] if cells else None)
        described = mapping_of(inner)


def _arguments(config: Mapping[str, object], suffix: str) -> Iterator[tuple[str, object]]:
    """The arguments that end in `suffix`, own before wrapped, forward before backward."""
    pending = [config]
    while pending:
        current = pending.pop()
        for name, value in current.items():
            if name.endswith(suffix) and value is not None:
                yield name, value
        inner = [current.get("layer"), current.get("backward_layer"), current.get("cell")]
        inner.extend(list_of(current.get("cells")))
        pending.extend(
            mapping_of(mapping_of(value).get("config")) for value in reversed(inner) if value
        )
