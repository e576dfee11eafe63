"""The recommended changes as Keras code to paste, with the model's own layer names."""

import json
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence

from advisor.evidence.architecture.optimizers import ADAPTIVE, decays
from advisor.inputs.model_facts import LayerFacts, ModelFacts, position
from advisor.regularization import (
    FAMILIES,
    LAYER_FAMILIES,
    PENALTIES,
    REGULARIZER_SLOTS,
    SPECS,
    Change,
    Family,
)

_WIDTH = 88
_POSITIONAL = ("units", "filters", "rate", "input_dim", "num_heads")

# What Keras 3 gives when the argument is left out; objects by their class name.
_DEFAULTS: Mapping[str, tuple[object, ...]] = {
    "use_bias": (True,),
    "trainable": (True,),
    "kernel_initializer": ("GlorotUniform",),
    "depthwise_initializer": ("GlorotUniform",),
    "pointwise_initializer": ("GlorotUniform",),
    "recurrent_initializer": ("Orthogonal", "OrthogonalInitializer"),
    "embeddings_initializer": ("RandomUniform",),
    "bias_initializer": ("Zeros",),
    "strides": (1, (1,), (1, 1), (1, 1, 1)),
    "dilation_rate": (1, (1,), (1, 1), (1, 1, 1)),
    "padding": ("valid",),
    "data_format": ("channels_last",),
    "groups": (1,),
    "depth_multiplier": (1,),
    "return_sequences": (False,),
    "return_state": (False,),
    "go_backwards": (False,),
    "stateful": (False,),
    "unroll": (False,),
    "unit_forget_bias": (True,),
    "reset_after": (True,),
    "zero_output_for_mask": (False,),
    "use_cudnn": ("auto",),
    "implementation": (1, 2),
    "time_major": (False,),
    "mask_zero": (False,),
    "merge_mode": ("concat",),
    "dropout": (0, 0.0),
    "recurrent_dropout": (0, 0.0),
}
_RECURRENT_DEFAULTS = {"activation": ("tanh",), "recurrent_activation": ("sigmoid",)}
_LAYER_SLOTS = {spec.layer_slot for spec in SPECS.values()} - {None}
_NOT_ARGUMENTS = frozenset({"name", "dtype", "batch_input_shape", "build_config", "lora_rank"})


def paste_code(model: ModelFacts, changes: Sequence[Change]) -> str:
    """Python that builds each changed layer again, in the model's order; "" for no changes.

    Every text from the model's file is quoted or reduced to an identifier, so no name can become
    code.
    """
    if not changes:
        return ""
    layers = {layer.path: layer for layer in model.layers}
    paths = sorted({change.layer for change in changes}, key=lambda path: position(model, path))
    blocks = [
        block
        for path in paths
        for block in _blocks(path, layers.get(path), [c for c in changes if c.layer == path])
    ]
    used = [name for name in ("initializers", "layers", "regularizers") if _uses(name, blocks)]
    remarks = _weight_decay_instead(model, changes)
    return "\n".join([f"from keras import {', '.join(used)}", "", *blocks, *remarks]) + "\n"


def _weight_decay_instead(model: ModelFacts, changes: Sequence[Change]) -> Iterator[str]:
    """What to use instead of more L2 under Adam, which rescales the penalty's gradient."""
    optimizer = model.optimizer
    if optimizer is None or optimizer.name not in ADAPTIVE or decays(optimizer):
        return
    if any(change.kind == "l2" and change.to > change.before for change in changes):
        yield f"# Instead of L2, whose gradient {optimizer.name} rescales, and never with it:"
        yield "#   optimizer = keras.optimizers.AdamW(weight_decay=...)"
        yield '#   optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])'


def generic_code(strengths: Mapping[Family, float]) -> str:
    """The arguments to use if no model was given, without layer names."""
    lines = []
    if penalty := _penalty(strengths):
        lines.append(f"penalty = {penalty}  # kernel_regularizer=penalty in each hidden layer")
    for family in LAYER_FAMILIES:
        if strength := strengths.get(family, 0.0):
            layer = f"layers.{SPECS[family].kinds[0]}({strength:.3g})"
            lines.append(f"{family} = {layer}  # one such layer after each hidden layer")
    if not lines:
        return ""
    used = [name for name in ("layers", "regularizers") if _uses(name, lines)]
    return "\n".join([f"from keras import {', '.join(used)}", "", *lines]) + "\n"


def _uses(name: str, blocks: Sequence[str]) -> bool:
    return any(f"{name}." in block for block in blocks)


def _blocks(path: str, layer: LayerFacts | None, changes: Sequence[Change]) -> Iterator[str]:
    """The layer with its changed arguments, then the layers to put after it, one after another.

    `layer` is None for a nested model: only a new layer can be put after one.
    """
    arguments = [change for change in changes if change.slot != "output"]
    if layer is not None and arguments:
        yield _constructor(layer, _new_arguments(layer, arguments))
    before = own = path.rpartition("/")[2] if layer is None else layer.name
    new = [change for change in changes if change.slot == "output"]
    for change in sorted(new, key=lambda change: FAMILIES.index(change.family)):
        name = f"{own}_{change.family}"
        call = f"layers.{change.kind}({change.to:.3g}, name={_quoted(name)})"
        comment = f"# new: takes the output of {_quoted(before)}"
        yield f"{comment}\n{_identifier(name)} = {call}"
        before = name


def _new_arguments(layer: LayerFacts, changes: Sequence[Change]) -> dict[str, str]:
    """The changed arguments as code; a penalty keeps the part that is not changed."""
    code: dict[str, str] = {}
    for slot in dict.fromkeys(change.slot for change in changes):
        here = {c.family: c.to for c in changes if c.slot == slot}
        if slot in REGULARIZER_SLOTS:
            present = layer.regularizers.get(slot)
            kept = {f: present.strength(f) for f in PENALTIES} if present else {}
            code[slot] = _penalty({**kept, **here}) or "None"
        else:
            (rate,) = here.values()
            code[slot] = f"{rate:.3g}"
    return code


def _penalty(strengths: Mapping[Family, float]) -> str:
    l1, l2 = strengths.get("l1", 0.0), strengths.get("l2", 0.0)
    match (l1 > 0, l2 > 0):
        case (True, True):
            return f"regularizers.L1L2(l1={l1:.3g}, l2={l2:.3g})"
        case (True, False):
            return f"regularizers.L1({l1:.3g})"
        case (False, True):
            return f"regularizers.L2({l2:.3g})"
        case _:
            return ""


def _constructor(layer: LayerFacts, changed: Mapping[str, str]) -> str:
    """`name = layers.Dense(...)`, or a comment if the class is not one of Keras' own."""
    changed_text = ", ".join(f"{name}={code}" for name, code in changed.items())
    if (
        layer.module not in ("keras.layers", "keras.src.layers")
        or not layer.class_name.isidentifier()
    ):
        return f"# {_quoted(layer.path)} ({_quoted(layer.class_name)}): pass it {changed_text}"
    wrapped = layer.config.get("layer")
    wrapped_class = layer.wrapped_class or ""
    if wrapped_class.isidentifier() and isinstance(wrapped, Mapping):
        inner, unsaid = _call(wrapped_class, _config_of(wrapped), changed, name=None)
        arguments = [inner, *_arguments(layer.config, {}, layer.class_name)[0]]
        call = _layout(f"layers.{layer.class_name}", [*arguments, f"name={_quoted(layer.name)}"])
    else:
        call, unsaid = _call(layer.class_name, layer.config, changed, name=layer.name)
    lines = [f"{_identifier(layer.name)} = {call}"]
    if unsaid:
        lines.insert(0, f"# also keep its own {', '.join(unsaid)}")
    return "\n".join(lines)


def _config_of(wrapped: Mapping[str, object]) -> Mapping[str, object]:
    config = wrapped.get("config")
    return config if isinstance(config, Mapping) else {}


def _call(
    class_name: str, config: Mapping[str, object], changed: Mapping[str, str], name: str | None
) -> tuple[str, list[str]]:
    arguments, unsaid = _arguments(config, changed, class_name)
    if name is not None:
        arguments.append(f"name={_quoted(name)}")
    return _layout(f"layers.{class_name}", arguments), unsaid


def _arguments(
    config: Mapping[str, object], changed: Mapping[str, str], class_name: str
) -> tuple[list[str], list[str]]:
    """The arguments that differ from Keras' defaults, and the names of those code can't express."""
    recurrent = class_name in ("LSTM", "GRU", "SimpleRNN")
    defaults = {**_DEFAULTS, **(_RECURRENT_DEFAULTS if recurrent else {"activation": ("linear",)})}
    positional: list[str] = []
    keywords: list[str] = []
    unsaid: list[str] = []
    for key, value in config.items():
        if key in changed or key in _NOT_ARGUMENTS or key in ("layer", "backward_layer"):
            continue
        if value is None or not key.isidentifier() or _plain(value) in defaults.get(key, ()):
            continue
        code = _value(value)
        if code is None:
            unsaid.append(key)
        elif key in _POSITIONAL and not positional and not keywords:
            positional.append(code)
        else:
            keywords.append(f"{key}={code}")
    changes = [f"{key}={code}" for key, code in changed.items()]
    strength = [code for key, code in changed.items() if key in _LAYER_SLOTS]
    if strength:
        return [*strength, *keywords], unsaid
    return [*positional, *keywords, *changes], unsaid


def _plain(value: object) -> object:
    """A value to compare with the defaults: an object as its class name, a list as a tuple."""
    if isinstance(value, Mapping):
        return value.get("class_name")
    if isinstance(value, list | tuple):
        return tuple(item for item in value if isinstance(item, int | float | str))
    return value


def _value(value: object) -> str | None:
    """A configuration value as code; None if it needs more than a literal or a Keras object."""
    match value:
        case bool() | int():
            return repr(value)
        case float():
            return f"{value:.6g}"
        case str():
            return _quoted(value)
        case list() | tuple() if all(isinstance(item, int | float) for item in value):
            inside = ", ".join(str(item) for item in value)
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case {
            "module": "keras.initializers" | "keras.regularizers" as module,
            "class_name": str(class_name),
            "config": dict(config),
        } if class_name.isidentifier():
            return _object(module.removeprefix("keras."), class_name, config)
        case _:
            return None


def _object(module: str, class_name: str, config: Mapping[str, object]) -> str | None:
    arguments = []
    for key, value in config.items():
        if value is None:
            continue
        code = _value(value)
        if code is None or not key.isidentifier():
            return None
        arguments.append(f"{key}={code}")
    return f"{module}.{class_name}({', '.join(arguments)})"


def _layout(function: str, arguments: Sequence[str]) -> str:
    """One line if it fits, else one argument a line."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    inside = "".join(
        f"    {argument.replace(chr(10), chr(10) + '    ')},\n" for argument in arguments
    )
    return f"{function}(\n{inside})"


def _quoted(text: str) -> str:
    """A string literal in ASCII: it escapes a name's quotes, line breaks and direction marks."""
    return json.dumps(text)


def _identifier(name: str) -> str:
    """A variable name made from a layer's name."""
    bare = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "layer"
    return f"layer_{bare}" if bare[0].isdigit() or keyword.iskeyword(bare) else bare
