"""How a model was compiled: its optimizer, loss and metrics, from a config."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from advisor.inputs.configs.keras_layers import snake_case
from advisor.inputs.files.json_value import list_of, mapping_of, number_of, text_of
from advisor.inputs.model_facts import OptimizerFacts
from advisor.values import dataclass

MAX_LOSSES = 16  # more are not named
MAX_METRICS = 100
OPTIMIZERS = {
    name.lower(): name
    for name in (
        "Adadelta",
        "Adafactor",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "Ftrl",
        "Lamb",
        "Lion",
        "Muon",
        "Nadam",
        "RMSprop",
        "SGD",
    )
}
_LOSSES = {
    "bce": "binary_crossentropy",
    "cosine_proximity": "cosine_similarity",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}


@dataclass(frozen=True, kw_only=True)
class CompileFacts:
    """What `compile` was given, as far as the file keeps it."""

    optimizer: OptimizerFacts | None = None
    loss: str | None = None
    metrics: tuple[str, ...] = ()
    is_compiled: bool = False


def read_compile_config(value: object) -> CompileFacts:
    """The facts in a `compile_config` (Keras 3) or `training_config` (legacy HDF5).

    Of several losses, each is named once, joined by ", ": a model with several outputs.
    """
    config = mapping_of(value)
    optimizer = optimizer_of(config.get("optimizer", config.get("optimizer_config")))
    losses = dict.fromkeys(islice(_names(config.get("loss"), _loss_name), MAX_LOSSES))
    given = [config.get("metrics"), config.get("weighted_metrics")]
    metrics = dict.fromkeys(islice(_names(given, _name), MAX_METRICS))
    return CompileFacts(
        optimizer=optimizer,
        loss=", ".join(losses) or None,
        metrics=tuple(metrics),
        is_compiled=optimizer is not None or bool(losses),
    )


def optimizer_of(value: object) -> OptimizerFacts | None:
    """The facts of a serialized optimizer, or of one given by name; None where there is none."""
    if isinstance(value, str):
        return OptimizerFacts(name=OPTIMIZERS.get(value.lower()) or text_of(value) or value)
    described = mapping_of(value)
    class_name = text_of(described.get("class_name"))
    if class_name is None:
        return None
    config = mapping_of(described.get("config"))
    inner = optimizer_of(config.get("inner_optimizer"))
    if inner is not None:
        return inner
    rate = config.get("learning_rate", config.get("lr"))
    return OptimizerFacts(
        name=OPTIMIZERS.get(class_name.lower()) or class_name.rpartition(">")[2],
        learning_rate=number_of(rate),
        schedule=text_of(mapping_of(rate).get("class_name")),
        weight_decay=number_of(config.get("weight_decay")),
    )


def _names(
    value: object, named: Callable[[str, Mapping[str, object]], str | None]
) -> Iterator[str]:
    """The names of losses or metrics in whatever structure they were given, in its order."""
    described = mapping_of(value)
    class_name = text_of(value) or text_of(described.get("class_name"))
    if class_name is not None:
        name = named(class_name, described)
        if name is not None:
            yield name
    else:
        for inner in described.values() or list_of(value):
            yield from _names(inner, named)


def _name(class_name: str, described: Mapping[str, object]) -> str | None:
    """What Keras logs a metric as: the name it was given, a function's own, or a class's."""
    config = described.get("config")
    if class_name == "function" and isinstance(config, str):
        return text_of(config)
    return text_of(mapping_of(config).get("name")) or class_name


def _loss_name(class_name: str, described: Mapping[str, object]) -> str | None:
    """The loss's canonical name in snake case, whatever name the user gave the object."""
    if class_name in ("function", "LossFunctionWrapper"):
        name = _name(class_name, described)
    else:
        name = snake_case(class_name) if class_name[:1].isupper() else class_name
    return None if name is None else _LOSSES.get(name, name)
