"""Which weights an optimizer decays."""

from collections.abc import Iterable
from typing import Any

from advisor.keras_internals.tried import lacking, private


def decays(optimizer: Any, variable: Any) -> bool:
    """True if the optimizer's weight decay, where it has any, applies to the variable.

    Keras: `_use_weight_decay`. UntriedVersionError without it.
    """
    return bool(private(optimizer, "_use_weight_decay")(variable))


def exclude_from_decay(optimizer: Any, variables: Iterable[Any]) -> None:
    """Keep these variables, and no others, from weight decay, in an optimizer that is built.

    The public `exclude_from_weight_decay` refuses a built one. Keras: `_var_key`, and the sets
    `_exclude_from_weight_decay` and `_exclude_from_weight_decay_cache`. UntriedVersionError without
    the first, and where the optimizer then decays them all the same.
    """
    chosen = list(variables)
    key = private(optimizer, "_var_key")
    optimizer._exclude_from_weight_decay = {key(variable) for variable in chosen}
    optimizer._exclude_from_weight_decay_cache = {}
    if any(decays(optimizer, variable) for variable in chosen):
        raise lacking(f"{type(optimizer).__name__}._exclude_from_weight_decay")
