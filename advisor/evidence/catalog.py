"""Every measurement, by what it is measured on and by name.

A measurement is registered by being defined in a module that is listed here. Nothing else names
it: what is gathered, and what a rule may name, both follow from these lists.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from advisor.evidence import agreement
from advisor.evidence.agreement import Agreement
from advisor.evidence.architecture import layers, network, optimizers, present_regularization, sizes
from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.architecture.layers import PlacedLayer
from advisor.evidence.architecture.sizes import Sizes
from advisor.evidence.curves import accuracy, divergence, gaps, logged, rebound, recording, slopes
from advisor.evidence.curves.run import Run
from advisor.evidence.data import rows
from advisor.evidence.data.subject import DataSubject
from advisor.evidence.measurement import Measurement
from advisor.evidence.weights import layer_weights, network_weights, running_variance
from advisor.evidence.weights.kernels import ModelWeights, WeightedLayer
from advisor.inputs.model_facts import ModelFacts


def defined_in(*modules: ModuleType) -> tuple[Measurement[Any], ...]:
    """The measurements that these modules define, in the order of their lines."""
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Measurement) and value.measure.__module__ == module.__name__
    )


OF_RUN: tuple[Measurement[Run], ...] = defined_in(
    logged, rebound, accuracy, gaps, slopes, divergence, recording
)
OF_WEIGHTS: tuple[Measurement[ModelWeights], ...] = defined_in(network_weights, running_variance)
OF_NETWORK: tuple[Measurement[LayerFlow], ...] = defined_in(network, present_regularization)
OF_OPTIMIZER: tuple[Measurement[ModelFacts], ...] = defined_in(optimizers)
OF_SIZES: tuple[Measurement[Sizes], ...] = defined_in(sizes)
OF_DATA: tuple[Measurement[DataSubject], ...] = defined_in(rows)
OF_AGREEMENT: tuple[Measurement[Agreement], ...] = defined_in(agreement)
OF_LAYER: tuple[Measurement[PlacedLayer], ...] = defined_in(layers)
OF_LAYER_WEIGHTS: tuple[Measurement[WeightedLayer], ...] = defined_in(layer_weights)


def _by_name(measurements: Iterable[Measurement[Any]]) -> Mapping[str, Measurement[Any]]:
    named: dict[str, Measurement[Any]] = {}
    for measurement in measurements:
        if measurement.name in named:
            raise ValueError(f"two measurements are called {measurement.name!r}")
        named[measurement.name] = measurement
    return named


CATALOG: Mapping[str, Measurement[Any]] = _by_name(
    (
        *OF_RUN,
        *OF_WEIGHTS,
        *OF_NETWORK,
        *OF_OPTIMIZER,
        *OF_SIZES,
        *OF_DATA,
        *OF_AGREEMENT,
        *OF_LAYER,
        *OF_LAYER_WEIGHTS,
    )
)
