"""A rule, and what it finds: plain values, built from `rules/*.toml` by `rulebook.load`."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from advisor.evidence.measurement import Missing, Scope, Value
from advisor.regularization import Family, Where
from advisor.rulebook.conditions import Condition
from advisor.values import dataclass

VerdictName = Literal[
    "diverged", "over-regularized", "overfitting", "underfitting", "healthy", "undecided"
]
Severity = Literal["none", "mild", "moderate", "severe"]

SEVERITIES: tuple[Severity, ...] = ("none", "mild", "moderate", "severe")
# The rebound, as a share of the best loss, from which the shipped rules say that overfitting has
# each severity.
SEVERITY_CUTS: Mapping[Severity, float] = {"mild": 0.05, "moderate": 0.10, "severe": 0.20}


@dataclass(frozen=True, kw_only=True)
class StrengthRange:
    """The strength that trials start from, and the range worth trying, in Keras' units."""

    start: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What a fired rule suggests and argues against.

    `weights` says how strongly it suggests each family, from 0 to 2. Weights above 1 are for
    measurements on networks of this kind, which outweigh rules for all networks. `reduce` names
    families to weaken where they are present. `forbid` is a veto that no weight can outvote.

    `strength_without_data` is what to recommend if nothing can be tried, whatever rule suggests
    the family. It is the best strength measured on such networks. It does not set where trials
    start.
    """

    weights: Mapping[Family, float] = field(default_factory=dict)
    strengths: Mapping[Family, StrengthRange] = field(default_factory=dict)
    where: Where = "hidden"
    reduce: tuple[Family, ...] = ()
    forbid: tuple[Family, ...] = ()
    strength_without_data: Mapping[Family, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as its file states it; `conditions` are the parsed clauses of `when`."""

    id: str
    title: str
    rationale: str
    cite: tuple[str, ...]
    when: tuple[str, ...]
    scope: Scope = "model"
    verdict: VerdictName | None = None
    severity: Severity = "none"
    caveat: str | None = None  # a sentence for the report: a bias to know when reading the figures
    suggest: Suggestion | None = None
    example: Mapping[str, Value] = field(default_factory=dict)
    counterexamples: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    source: str = ""  # the file's name, for messages
    conditions: tuple[Condition, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that fired, with the values that made it fire."""

    rule: Rule
    title: str  # rendered
    layer: str | None
    evidence: Mapping[str, Value]
    caveat: str | None = None  # rendered


@dataclass(frozen=True, kw_only=True)
class UndecidedRule:
    """A rule that neither fired nor was refused, and what it lacks."""

    rule: Rule
    layer: str | None
    missing: Mapping[str, Missing]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the rulebook says about one model: the rules that fired and those left undecided."""

    fired: tuple[Finding, ...]
    undecided: tuple[UndecidedRule, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The verdict, how bad it is, and why."""

    name: VerdictName
    severity: Severity
    reason: str  # one line
