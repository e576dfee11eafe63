"""Every measurement there is, by name."""

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.evidence import agreement, curves, data
from advisor.evidence.architecture import layers, optimizers, present_regularization, sizes
from advisor.evidence.architecture import network as architecture
from advisor.evidence.measurement import Measurement
from advisor.evidence.weights import layer_weights
from advisor.evidence.weights import network as weights


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
        *agreement.MEASUREMENTS,
        *layers.MEASUREMENTS,
        *layer_weights.MEASUREMENTS,
    )
)
