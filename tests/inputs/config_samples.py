"""Hand-made pieces of Keras configs."""

from typing import Any


def layer(class_name: str, name: str, /, **config: Any) -> dict[str, Any]:
    """A layer as Keras 3 writes it."""
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, "trainable": True} | config,
        "registered_name": None,
    }


def tensor(name: str, node: int = 0, index: int = 0) -> dict[str, Any]:
    """A reference to output `index` of call `node` of the layer `name`."""
    history = [name, node, index]
    config = {"shape": [None, 1], "dtype": "float32", "keras_history": history}
    return {"class_name": "__keras_tensor__", "config": config}


def called(described: dict[str, Any], *calls: list[Any]) -> dict[str, Any]:
    """A layer inside a functional model, called once for each list of arguments."""
    nodes = [{"args": list(arguments), "kwargs": {}} for arguments in calls]
    return {**described, "name": described["config"]["name"], "inbound_nodes": nodes}


def functional(
    name: str, layers: list[dict[str, Any]], inputs: Any, outputs: Any, **extra: Any
) -> dict[str, Any]:
    """A functional model; `inputs` and `outputs` are triples, lists or dicts of them."""
    config = {"name": name, "trainable": True, "layers": layers}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {**config, "input_layers": inputs, "output_layers": outputs},
        "registered_name": "Functional",
        **extra,
    }


def sequential(name: str, layers: list[dict[str, Any]], **extra: Any) -> dict[str, Any]:
    """A Sequential model."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": name, "trainable": True, "layers": layers},
        "registered_name": None,
        **extra,
    }


def regularizer(class_name: str, **strengths: Any) -> dict[str, Any]:
    """A regularizer as Keras 3 writes it."""
    return {
        "module": "keras.regularizers",
        "class_name": class_name,
        "config": strengths,
        "registered_name": None,
    }
