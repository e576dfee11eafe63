"""Models, evidence and findings built by hand, for tests of what is decided from them."""

from collections.abc import Mapping, Sequence

from advisor.evidence.measurement import Evidence, Readings, Value
from advisor.inputs.model_facts import LayerFacts, ModelFacts, Penalty, TensorFacts
from advisor.regularization import Family, Where
from advisor.rulebook.rule import (
    Finding,
    Findings,
    Rule,
    Severity,
    StrengthRange,
    Suggestion,
    Verdict,
    VerdictName,
)

DENSE_CONFIG = {"activation": "relu", "use_bias": True}


def dense(
    name: str, units: int, inputs: int, inbound: Sequence[str] = (), **facts: object
) -> LayerFacts:
    """A Dense layer as a model file shows it."""
    values: dict[str, object] = {
        "path": name,
        "name": name,
        "class_name": "Dense",
        "module": "keras.layers",
        "units": units,
        "activation": "relu",
        "tensors": (
            TensorFacts(role="kernel", shape=(inputs, units), dtype="float32"),
            TensorFacts(role="bias", shape=(units,), dtype="float32"),
        ),
        "inbound": tuple(inbound),
        "config": {"name": name, "units": units, **DENSE_CONFIG},
    }
    return LayerFacts(**{**values, **facts})  # type: ignore[arg-type]


def layer(name: str, class_name: str, inbound: Sequence[str] = (), **facts: object) -> LayerFacts:
    """A layer without weights."""
    values: dict[str, object] = {
        "path": name,
        "name": name,
        "class_name": class_name,
        "module": "keras.layers",
        "inbound": tuple(inbound),
        "config": {"name": name},
    }
    return LayerFacts(**{**values, **facts})  # type: ignore[arg-type]


def model(*layers: LayerFacts) -> ModelFacts:
    """A model of these layers."""
    return ModelFacts(
        source="model.keras",
        sha256="0" * 64,
        file_format="keras-v3",
        keras_version="3.15.1",
        kind="sequential",
        layers=layers,
    )


def l2(strength: float) -> Mapping[str, Penalty]:
    """A kernel regularizer."""
    return {"kernel_regularizer": Penalty(kind="l2", l2=strength)}


def evidence(
    values: Mapping[str, Value] | None = None,
    layers: Mapping[str, Mapping[str, Value]] | None = None,
) -> Evidence:
    """Readings of the model and of layers, with nothing missing."""
    return Evidence(
        model=Readings(values=values or {}),
        layers={path: Readings(values=each) for path, each in (layers or {}).items()},
    )


def suggestion(
    rule_id: str,
    weights: Mapping[Family, float] | None = None,
    *,
    where: Where = "hidden",
    layer: str | None = None,
    strengths: Mapping[Family, tuple[float, float, float]] | None = None,
    reduce: tuple[Family, ...] = (),
    forbid: tuple[Family, ...] = (),
    strength_without_data: Mapping[Family, float] | None = None,
) -> Finding:
    """A fired rule that only suggests; strengths are (start, low, high)."""
    usual: Mapping[Family, tuple[float, float, float]] = {
        "l1": (1e-3, 1e-5, 1e-2),
        "l2": (1e-3, 1e-4, 1e-1),
        "dropout": (0.3, 0.1, 0.5),
    }
    ranges = strengths if strengths is not None else {f: usual[f] for f in weights or {}}
    return Finding(
        rule=Rule(
            id=rule_id,
            title=rule_id,
            rationale="why",
            cite=("source",),
            when=("history.epochs > 0",),
            scope="model" if layer is None else "layer",
            suggest=Suggestion(
                weights=weights or {},
                strengths={
                    family: StrengthRange(start=start, low=low, high=high)
                    for family, (start, low, high) in ranges.items()
                },
                where=where,
                reduce=reduce,
                forbid=forbid,
                strength_without_data=strength_without_data or {},
            ),
        ),
        title=f"{rule_id} fired",
        layer=layer,
        evidence={},
    )


def findings(*fired: Finding) -> Findings:
    """Fired rules, and none undecided."""
    return Findings(fired=fired, undecided=())


def verdict(name: VerdictName, severity: Severity = "none") -> Verdict:
    """A verdict with some reason."""
    return Verdict(name=name, severity=severity, reason="because")
