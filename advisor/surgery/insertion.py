"""Putting a layer of a family of regularization after a layer or a nested model."""

from collections.abc import Iterator, Mapping
from copy import deepcopy

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.files.json_value import list_of, mapping_of
from advisor.regularization import SPECS, family_of
from advisor.surgery.config_document import Spot, raw_list, raw_object
from advisor.surgery.layer_order import (
    History,
    histories_in,
    is_history,
    keras_order,
    name_of,
    outputs_in,
    tensors_in,
)
from advisor.surgery.refusal import EditRefused

_WITH_AXES = ("SpatialDropout2D", "SpatialDropout3D")
Layer = dict[str, object]


def insert_layer(spot: Spot, kind: str, strength: float) -> Layer:
    """Put a new layer of class `kind` after the layer at `spot`; returns it, as the config has it.

    In a functional model it takes the first output of each of the layer's calls. Every layer that
    took that output takes the new layer's instead. Raises EditRefused if the config doesn't say
    which layers do.
    """
    target, parent, label = spot.node, spot.around[-1], SPECS[family_of(kind)].label
    layers = raw_list(parent.config.get("layers"))
    index = next((i for i, layer in enumerate(layers) if layer is target.described), None)
    if index is None or parent.wiring == "unknown":
        raise EditRefused(f"{target.path!r}: the file doesn't say what takes its output")
    for model in spot.around:
        if any(
            mapping_of(mapping_of(call).get("kwargs")).get("training") is False
            for call in list_of(model.described.get("inbound_nodes"))
        ):
            raise EditRefused(
                f"{model.path!r} is called with training=False: {label} in it would never act"
            )
    taken = {name_of(layer) for layer in layers}
    name = _new_name(f"{name_of(target.described)}_{family_of(kind)}", taken)
    new = _new_layer(target, kind, strength, name)
    if parent.wiring == "graph":
        _wire(new, target, raw_object(parent.config), layers)
    layers.insert(index + 1, new)
    return new


def sort_layers(model: ConfigLayer) -> None:
    """List a functional model's layers in the order in which Keras looks for their weights."""
    if model.wiring != "graph":
        return
    place = {name: number for number, name in enumerate(_keras_order(model))}
    raw_list(model.config.get("layers")).sort(
        key=lambda layer: place.get(name_of(layer), len(place))
    )


def is_listed_as_keras_does(model: ConfigLayer) -> bool:
    """True unless a functional model's layers are in another order than Keras' own."""
    if model.wiring != "graph":
        return True
    names = [name_of(layer) for layer in list_of(model.config.get("layers"))]
    return _keras_order(model) == names


def _keras_order(model: ConfigLayer) -> list[str]:
    layers = list_of(model.config.get("layers"))
    nested = frozenset(name_of(layer) for layer in layers if _is_functional(layer))
    return keras_order(model.config, nested)


def _is_functional(described: object) -> bool:
    config = mapping_of(mapping_of(described).get("config"))
    return "input_layers" in config and isinstance(config.get("layers"), list)


def _new_name(name: str, taken: set[str]) -> str:
    stem = name.replace("/", "_")
    number = 0
    new_name = stem
    while new_name in taken:
        number += 1
        new_name = f"{stem}_{number}"
    return new_name


def _new_layer(target: ConfigLayer, kind: str, strength: float, name: str) -> Layer:
    slot = SPECS[family_of(kind)].layer_slot
    assert slot is not None
    config: Layer = {"name": name, slot: strength, "seed": None}
    dtype = next(_dtypes(target), None)
    if dtype is not None:
        config["dtype"] = dtype
    if kind in _WITH_AXES:
        axes = _data_format(target)
        config |= {"data_format": axes} if axes else {}
    return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}


def _dtypes(target: ConfigLayer) -> Iterator[object]:
    """The dtype policies of the layer, or of the layers in a model, from the last to the first."""
    for node in reversed(list(target.walk())):
        dtype = node.config.get("dtype")
        inner = mapping_of(mapping_of(dtype).get("config"))
        if "source_name" in inner:  # of a quantized layer; there is nothing to quantize here
            yield inner["source_name"]
        elif isinstance(dtype, str) or mapping_of(dtype).get("class_name") == "DTypePolicy":
            yield deepcopy(dtype)


def _data_format(target: ConfigLayer) -> object:
    config: Mapping[str, object] = target.config
    while "data_format" not in config and isinstance(config.get("layer"), dict):
        config = mapping_of(mapping_of(config["layer"]).get("config"))
    return config.get("data_format")


def _wire(new: Layer, target: ConfigLayer, model: Layer, layers: list[object]) -> None:
    """Give the new layer its calls, and give their outputs to whatever took the target's.

    Raises EditRefused if the config joins its layers in an unknown way.
    """
    name, new_name = name_of(target.described), name_of(new)
    inside = [raw_object(layer).get("inbound_nodes") for layer in layers]
    calls = max(1, len(raw_list(target.described.get("inbound_nodes"))))
    if any(isinstance(call, list) for nodes in inside for call in raw_list(nodes)):
        raise EditRefused("its layers are joined as in Keras 2; save it with Keras 3")
    taken = [history for history in histories_in(inside) if history[0] == name]
    # `output_layers` counts the calls of a functional model from 1, `inbound_nodes` from 0.
    first = 1 if _is_functional(target.described) else 0
    given = [h for h in outputs_in(model.get("output_layers")) if h[0] == name]
    ends = [(history, 0) for history in taken] + [(history, first) for history in given]
    if any(not 0 <= _number(history[1]) - start < calls for history, start in ends):
        raise EditRefused(f"{target.path!r}: the file counts its calls in an unknown way")
    new["name"] = new_name
    new["inbound_nodes"] = [
        {"args": [_tensor(inside, name, call, new)], "kwargs": {}} for call in range(calls)
    ]
    for history, start in ends:
        if history[2] == 0:
            history[:] = [new_name, _number(history[1]) - start, 0]


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _tensor(inside: list[object], name: str, call: int, new: Layer) -> Layer:
    """The tensor that the new layer takes: the first output of one call of its target."""
    history: History = [name, call, 0]
    known = next((t for t in tensors_in(inside) if t.get("keras_history") == history), {})
    dtype = raw_object(new["config"]).get("dtype")
    policy = mapping_of(mapping_of(dtype).get("config")).get("name", dtype)
    described = {
        # Keras computes shapes again. It needs only the keys if no other layer takes the tensor.
        "shape": deepcopy(known.get("shape", [None])),
        "dtype": known.get("dtype", str(policy or "float32").removeprefix("mixed_")),
        "keras_history": history,
    }
    assert is_history(described["keras_history"])
    return {"class_name": "__keras_tensor__", "config": described}
