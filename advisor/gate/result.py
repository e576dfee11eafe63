"""What the gate decided: each check, and the outcome of all of them."""

from typing import Literal

from advisor.values import dataclass

CheckOutcome = Literal["pass", "fail", "inconclusive", "waived"]
GateOutcome = Literal["pass", "fail", "inconclusive"]
CheckKind = Literal["severity", "verdict", "rebound", "gap", "regression", "gap-growth", "waiver"]


@dataclass(frozen=True, kw_only=True)
class Waived:
    """The waiver of a check that failed; `expires` is an ISO date."""

    reason: str
    expires: str


@dataclass(frozen=True, kw_only=True)
class GateCheck:
    """One thing the gate looked at.

    `id` is stable from run to run and contains no measured value: `severity`,
    `verdict.underfitting`, `rebound.loss`, `gap.accuracy`, `regression.loss`, `gap-growth.loss`,
    `waiver.gap.accuracy`.

    `measured` lies between the one-sided 95 % bounds `low` and `high`. If `is_relative`, these and
    `limit` are shares of the best (rebound), the training (gap) or the baseline's value
    (regression). Otherwise they are in the metric's own unit. They are None if the check compares
    no numbers. `smallest_visible` is the smallest amount that these rows can distinguish from
    noise.
    """

    id: str
    kind: CheckKind
    outcome: CheckOutcome
    message: str  # one sentence, for people
    metric: str | None = None
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    is_relative: bool = False
    smallest_visible: float | None = None
    assumption: str | None = None  # what the bounds rest on, if on an assumption
    waived: Waived | None = None


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """All checks of one run, and the worst of their outcomes.

    From the worst: fail, inconclusive, pass. `is_failed` decides the exit code. It is true for
    `fail`, and for `inconclusive` if the user asked for that. `warnings` are sentences: no
    baseline yet, a validation size that was assumed.
    """

    outcome: GateOutcome
    is_failed: bool
    checks: tuple[GateCheck, ...]
    warnings: tuple[str, ...] = ()
    baseline: str | None = None  # the baseline's file
