"""Every measurement there is, by name."""

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.evidence import (
    architecture,
    curves,
    data,
    layer_weights,
    layers,
    optimizers,
    present_regularization,
    sizes,
    weights,
)
from advisor.evidence.measurement import Measurement


def _by_name(measurements: Iterable[Measurement[Any]]) -> Mapping[str, Measurement[Any]]:
    found: dict[str, Measurement[Any]] = {}
    for each in measurements:
        if each.name in found:
            raise ValueError(f"two measurements are called {each.name!r}")
        found[each.name] = each
    return found


CATALOG: Mapping[str, Measurement[Any]] = _by_name(
    (
        *curves.MEASUREMENTS,
        *weights.MEASUREMENTS,
        *architecture.MEASUREMENTS,
        *present_regularization.MEASUREMENTS,
        *optimizers.MEASUREMENTS,
        *sizes.MEASUREMENTS,
        *data.MEASUREMENTS,
        *layers.MEASUREMENTS,
        *layer_weights.MEASUREMENTS,
    )
)
