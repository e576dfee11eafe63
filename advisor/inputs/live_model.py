"""A live `keras.Model`, described as a saved one is, from its own config and weights."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.inputs.configs.config_tree import ConfigLayer
from advisor.inputs.configs.keras_config import read_config
from advisor.inputs.configs.keras_layers import is_keras_module, parts
from advisor.inputs.model_facts import LayerFacts, ModelFacts, OptimizerFacts, Penalty
from advisor.inputs.weight_files.legacy_h5 import NamedWeight
from advisor.inputs.weight_files.named_tensors import named_tensors
from advisor.keras_internals.layers import child_layers, own_variables
from advisor.keras_internals.optimizer import decays

_MADE_IN_CODE = (
    "made_in_code"  # the argument under which a class of the user's own lists its layers
)


@dataclass(frozen=True)
class LiveTensor:
    """A variable of a live model, read as a stored tensor is."""

    variable: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The variable's shape."""
        return tuple(int(size) for size in self.variable.shape)

    @property
    def dtype(self) -> str:
        """The variable's type by Keras' name."""
        return str(self.variable.dtype)

    def chunks(self, max_bytes: int) -> Iterator[NDArray[np.generic]]:
        """The values in C order as flat arrays of at most `max_bytes` bytes each, in whole rows."""
        import keras

        values = np.asarray(keras.ops.convert_to_numpy(self.variable))
        if self.dtype == "bfloat16":
            values = values.astype(np.float32)
        row = values.shape[-1] if values.ndim > 1 else 1
        rows = max(1, max_bytes // max(1, row * values.itemsize))
        flat = values.reshape(-1)
        for start in range(0, flat.size, rows * row):
            yield flat[start : start + rows * row]


def describe_live_model(model: Any) -> ModelFacts:
    """The facts of a `keras.Model` in memory; nothing of it is run.

    Layers that the model's own classes make in code are listed with their settings, but without
    connections, as these are made again in each call.
    """
    import keras

    described = json.loads(json.dumps(_described(model), default=str))
    config = read_config(described, "model")
    lives = dict(_lives(config.root, model))
    layers = tuple(_with_weights(facts, config.nodes[facts.path], lives) for facts in config.layers)
    idle = tuple(facts.path for facts in layers if _is_idle(facts, lives.get(facts.path)))
    notes = [*config.notes, *([] if model.built else ["The model is not built yet."])]
    if idle:
        notes.append(
            f"Regularizers were set on layers that were built already ({', '.join(idle)}): they "
            "add no loss; build these layers again."
        )
    return ModelFacts(
        source="model",
        sha256=None,
        file_format="live",
        keras_version=keras.__version__,
        kind=config.kind,
        layers=tuple(
            replace(facts, regularizers=_of_activity(facts)) if facts.path in idle else facts
            for facts in layers
        ),
        optimizer=_optimizer(config.compiled.optimizer, model),
        loss=config.compiled.loss,
        metrics=config.compiled.metrics,
        is_compiled=config.compiled.is_compiled,
        code_parts=config.code_parts,
        notes=tuple(notes),
    )


def inner_optimizer(optimizer: Any) -> Any:
    """The optimizer that takes the steps: a mixed-precision model wraps it in loss scaling."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def live_layers(model: Any) -> Mapping[str, Any]:
    """The layers of a live model by their paths in `ModelFacts`, nested models among them."""
    described = json.loads(json.dumps(_described(model), default=str))
    return dict(_lives(read_config(described, "model").root, model))


def _described(layer: Any) -> dict[str, Any]:
    """The layer as Keras would save it; classes of the user's own also list what they made."""
    import keras

    try:
        described: dict[str, Any] = keras.saving.serialize_keras_object(layer)
    except (NotImplementedError, TypeError, ValueError):  # a get_config that the user has to write
        described = {"module": None, "class_name": type(layer).__name__, "config": {}}
    config = described["config"]
    if is_keras_module(type(layer).__module__) and not isinstance(layer, keras.Model):
        return described
    inner = {child.name: child for child in child_layers(layer)}
    if isinstance(layer, keras.Sequential) or "input_layers" in config:
        for child in config.get("layers", ()):
            name = child["config"].get("name")
            if name in inner:
                child["config"] = _described(inner[name])["config"]
        return described
    plain = {name: value for name, value in config.items() if not isinstance(value, dict | list)}
    own = {"name": layer.name, "trainable": layer.trainable}
    made = [_described(child) for child in inner.values()]
    return {**described, "config": {**plain, **own, _MADE_IN_CODE: made}}


def _lives(node: ConfigLayer, layer: Any) -> Iterator[tuple[str, Any]]:
    """Each place of the config's tree with the live layer that stands there."""
    yield node.path, layer
    if node.segment.endswith("/layer"):
        layer = layer.layer  # the model inside a wrapper
    inner = {child.name: child for child in child_layers(layer)}
    for child in node.children:
        if child.name in inner:
            yield from _lives(child, inner[child.name])


def _with_weights(facts: LayerFacts, node: ConfigLayer, lives: Mapping[str, Any]) -> LayerFacts:
    live = lives.get(facts.path)
    if live is None:  # an operation, or an input
        return facts
    # the layers that a class of the user's own made are listed on their own
    variables = live.weights if node.is_keras else own_variables(live)
    weights = [
        NamedWeight(
            scope=tuple(str(variable.path).split("/")[:-1]),
            role=str(variable.name),
            dataset=LiveTensor(variable),
        )
        for variable in variables
    ]
    known = parts(node.class_name, node.config) if node.is_keras else ()
    return replace(facts, tensors=named_tensors(node.name, known, weights).tensors)


def _is_idle(facts: LayerFacts, live: Any) -> bool:
    """True if the layer names regularizers that none of its weights has taken over.

    Keras hands them to the weights as the layer is built; what is set later only looks like one.
    """
    on_weights = len(facts.regularizers) > len(_of_activity(facts))
    if live is None or not live.built or not on_weights:
        return False
    return not any(getattr(weight, "regularizer", None) for weight in live.weights)


def _of_activity(facts: LayerFacts) -> Mapping[str, Penalty]:
    """The regularizers that act on outputs, which no weight holds."""
    slot = "activity_regularizer"
    return {name: penalty for name, penalty in facts.regularizers.items() if name == slot}


def _optimizer(facts: OptimizerFacts | None, model: Any) -> OptimizerFacts | None:
    """The optimizer with the steps it took, and the names of weights that it doesn't decay."""
    live = getattr(model, "optimizer", None)
    if facts is None or live is None:
        return facts
    inner = inner_optimizer(live)
    kept = dict.fromkeys(str(v.name) for v in model.trainable_variables if not decays(inner, v))
    return replace(facts, iterations=int(inner.iterations), excluded_from_decay=tuple(kept))
