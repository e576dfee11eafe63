"""Which weights an optimizer decays, in steps with a gradient of 0, which change nothing else."""

from typing import Any

import keras
import numpy as np
import pytest

from advisor.errors import UntriedVersionError
from advisor.keras_internals.optimizer import decays, exclude_from_decay

pytestmark = pytest.mark.tensorflow

RATE, DECAY = 0.5, 0.1


def built() -> tuple[Any, list[Any]]:
    """An optimizer that is built, and its two variables, which are 1."""
    variables = [keras.Variable(np.ones(2, "float32"), name=name) for name in ("kernel", "bias")]
    optimizer = keras.optimizers.SGD(RATE, weight_decay=DECAY)
    optimizer.build(variables)
    return optimizer, variables


def after_a_step(optimizer: Any, variables: list[Any]) -> list[float]:
    zeros = [np.zeros(2, "float32") for _ in variables]
    optimizer.apply([keras.ops.convert_to_tensor(zero) for zero in zeros], variables)
    return [float(variable.value[0]) for variable in variables]


def test_all_variables_decay_where_none_is_excluded() -> None:
    optimizer, variables = built()
    assert all(decays(optimizer, variable) for variable in variables)
    assert after_a_step(optimizer, variables) == pytest.approx([0.95, 0.95])  # 1 - 0.5 * 0.1


def test_names_that_the_user_excluded_do_not_decay() -> None:
    optimizer = keras.optimizers.SGD(RATE, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    _, variables = built()
    optimizer.build(variables)
    assert [decays(optimizer, variable) for variable in variables] == [True, False]


def test_variables_of_a_built_optimizer_can_be_excluded() -> None:
    optimizer, (kernel, bias) = built()
    assert decays(optimizer, bias)  # which the optimizer remembers
    exclude_from_decay(optimizer, [bias])
    assert (decays(optimizer, kernel), decays(optimizer, bias)) == (True, False)
    assert after_a_step(optimizer, [kernel, bias]) == pytest.approx([0.95, 1.0])


def test_variables_excluded_before_are_forgotten() -> None:
    optimizer, (kernel, bias) = built()
    exclude_from_decay(optimizer, [bias])
    exclude_from_decay(optimizer, [kernel])
    assert (decays(optimizer, kernel), decays(optimizer, bias)) == (False, True)


class Elsewhere(keras.optimizers.SGD):  # type: ignore[misc]
    """Keeps the excluded ones where nobody looks for them."""

    def _use_weight_decay(self, variable: Any) -> bool:
        return True


def test_an_exclusion_without_effect_is_an_error() -> None:
    _, variables = built()
    optimizer = Elsewhere(RATE, weight_decay=DECAY)
    optimizer.build(variables)
    with pytest.raises(UntriedVersionError, match="no Elsewhere._exclude_from_weight_decay,"):
        exclude_from_decay(optimizer, variables)
