"""Measurements and layers as the report shows them: with units, meanings and reasons."""

from collections.abc import Mapping

from advisor.evidence.catalog import CATALOG
from advisor.evidence.measurement import Evidence, Readings
from advisor.inputs.model_facts import LayerFacts, ModelFacts
from advisor.regularization import PENALTIES, SPECS
from advisor.report.content import ReportedLayer, ReportedReading


def readings_shown(readings: Readings) -> Mapping[str, ReportedReading]:
    """Values with unit, meaning and whether they rest on an assumption, by name."""
    return {
        name: ReportedReading(
            value=value,
            unit=CATALOG[name].unit,
            meaning=CATALOG[name].meaning,
            basis="assumed" if name in readings.assumed else "measured",
            assumption=readings.assumed.get(name),
        )
        for name, value in sorted(readings.values.items())
    }


def reasons_shown(readings: Readings) -> Mapping[str, str]:
    """Why the other measurements have no value, by name."""
    return {name: lack.reason for name, lack in sorted(readings.missing.items())}


def layers_shown(model: ModelFacts | None, evidence: Evidence) -> tuple[ReportedLayer, ...]:
    """The model's layers with their readings, in the model's order."""
    if model is None:
        return ()
    return tuple(
        ReportedLayer(
            path=layer.path,
            class_name=layer.class_name,
            parameters=layer.parameters,
            trainable=layer.trainable,
            regularization=regularization_of(layer),
            evidence=readings_shown(evidence.layers.get(layer.path, Readings())),
            missing=reasons_shown(evidence.layers.get(layer.path, Readings())),
        )
        for layer in model.layers
    )


def regularization_of(layer: LayerFacts) -> str:
    """What regularizes a layer now: `L2 0.001 on kernel, dropout 0.3`, or `none`."""
    parts = []
    for slot, penalty in layer.regularizers.items():
        weight = slot.removesuffix("_regularizer")
        if not penalty.is_known:
            parts.append(f"{penalty.kind} on {weight}")
            continue
        strengths = {SPECS[family].label: penalty.strength(family) for family in PENALTIES}
        doses = [f"{label} {value:.3g}" for label, value in strengths.items() if value > 0]
        parts.append(f"{' + '.join(doses) or 'strength 0'} on {weight}")
    for name, rate in layer.rates.items():
        if rate > 0:
            parts.append(f"{name.replace('_', ' ')} {rate:.3g}")
    return ", ".join(parts) or "none"
