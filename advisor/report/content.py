"""What a report holds: all that any format may show. Its attributes are the JSON's keys."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from advisor.evidence.measurement import Need, Value
from advisor.gate.result import GateResult
from advisor.recommend import Recommendation
from advisor.report.probes import Probes
from advisor.rulebook.rule import Severity, VerdictName
from advisor.values import dataclass
from advisor.version import SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What was checked; sizes are null where no input tells them."""

    model: str | None = None
    model_sha256: str | None = None
    history: str | None = None
    history_sha256: str | None = None
    data: str | None = None
    data_sha256: str | None = None
    val_sha256: str | None = None  # of the validation rows, however they came
    n_train: int | None = None
    n_val: int | None = None
    batch_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedFinding:
    """A rule that fired, as the report shows it."""

    rule: str
    title: str
    layer: str | None
    severity: Severity
    verdict: VerdictName | None
    evidence: Mapping[str, Value]
    rationale: str
    cite: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReportedUndecided:
    """A rule that could not be decided: what is missing, and what would decide it."""

    rule: str
    verdict: VerdictName | None
    layer: str | None
    missing: Mapping[str, str]  # measurement -> why it has no value
    needs: tuple[Need, ...]  # the inputs that would decide it


@dataclass(frozen=True, kw_only=True)
class ReportedReading:
    """One measured value with what is needed to read it."""

    value: Value
    unit: str
    meaning: str
    basis: Literal["measured", "assumed"]
    assumption: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedLayer:
    """One layer: what it is, its regularization, and its readings."""

    path: str
    class_name: str
    parameters: int
    trainable: bool
    regularization: str  # "L2 0.001 on kernel, dropout 0.3", or "none"
    evidence: Mapping[str, ReportedReading] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReportedCurve:
    """A metric of the run, for drawing; `train` and `validation` are (epoch, value) pairs."""

    metric: str
    train: tuple[tuple[int, float | None], ...]
    validation: tuple[tuple[int, float | None], ...]


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """The whole result; two runs on the same inputs differ in `timing` alone."""

    advisor_version: str
    inputs: Inputs
    verdict: VerdictName
    severity: Severity
    reason: str
    findings: tuple[ReportedFinding, ...]
    undecided: tuple[ReportedUndecided, ...]
    recommendation: Recommendation
    caveats: tuple[str, ...]
    evidence: Mapping[str, ReportedReading]
    missing: Mapping[str, str]
    layers: tuple[ReportedLayer, ...]
    curves: tuple[ReportedCurve, ...]
    timing: Mapping[str, float]
    name: str | None = None  # the run's, where several are checked at once
    location: str | None = None  # its history's (or model's) path from where the check was started
    gate: GateResult | None = None
    probes: Probes | None = None
    schema_version: int = SCHEMA_VERSION
