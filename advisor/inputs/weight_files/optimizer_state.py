"""What an optimizer's stored variables tell: steps taken, and the learning rate at the end."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from advisor.inputs.configs.compile_config import OPTIMIZERS
from advisor.inputs.configs.keras_layers import snake_case
from advisor.inputs.files.json_value import integer_of, number_of
from advisor.inputs.model_facts import OptimizerFacts, StoredTensor
from advisor.inputs.weight_files.weight_holders import Holder


def trained_optimizer(
    optimizer: OptimizerFacts | None, holders: Mapping[str, Holder]
) -> OptimizerFacts | None:
    """The optimizer with what its stored variables tell: steps taken and learning rate.

    Without an optimizer in the config, one whose variables are stored is named after its group.
    """
    stored = [h for g, h in holders.items() if g == "optimizer" or g.startswith("optimizer/")]
    holder = next((h for h in sorted(stored, key=lambda h: -len(h.group)) if h.variables), None)
    if holder is None:
        return optimizer
    if optimizer is None:
        optimizer = OptimizerFacts(name=_optimizer_name(holder.name))
    return with_counts(optimizer, holder.variables[:2])


def with_counts(optimizer: OptimizerFacts, variables: Iterable[StoredTensor]) -> OptimizerFacts:
    """The optimizer with its first two variables read: iterations, then the learning rate."""
    values = [_scalar(variable) for variable in variables]
    if values and isinstance(values[0], int):
        optimizer = replace(optimizer, iterations=values[0])
    is_rate_unknown = optimizer.learning_rate is None and optimizer.schedule is None
    if is_rate_unknown and len(values) > 1 and isinstance(values[1], float):
        optimizer = replace(optimizer, learning_rate=values[1])
    return optimizer


def _scalar(variable: StoredTensor) -> int | float | None:
    if variable.shape != ():
        return None
    value = next(variable.chunks(64)).reshape(-1)[0].item()
    return number_of(value) if isinstance(value, float) else integer_of(value)


def _optimizer_name(name: str | None) -> str:
    """`adam_w_1` as the class that Keras names so."""
    snake = re.sub(r"_\d+$", "", name or "")
    return {snake_case(known): known for known in OPTIMIZERS.values()}.get(
        snake, snake or "unknown"
    )
