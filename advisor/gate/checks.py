"""A figure and its limit: the three outcomes."""

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.measurement import Missing
from advisor.gate.result import CheckKind, CheckOutcome, GateCheck
from advisor.gate.wording import sentence
from advisor.settings.gate import Limit


def outcome_of(estimate: Estimate, limit: float) -> CheckOutcome:
    """Fail if even the lower bound is above the limit, pass if not even the upper bound is."""
    if estimate.low > limit:
        return "fail"
    return "pass" if estimate.high <= limit else "inconclusive"


def limited(
    kind: CheckKind, metric: Metric, estimate: Estimate | Missing, limit: Limit, note: str = ""
) -> GateCheck:
    """The check of one figure; `note` is a sentence to add."""
    check_id = f"{kind}.{metric.name}"
    if isinstance(estimate, Missing):
        return GateCheck(
            id=check_id,
            kind=kind,
            outcome="inconclusive",
            message=(
                f"The {kind.replace('-', ' ')} of {metric.name} is not known: {estimate.reason}."
            ),
            metric=metric.name,
            limit=limit.amount,
            is_relative=limit.is_relative,
        )
    outcome = outcome_of(estimate, limit.amount)
    return GateCheck(
        id=check_id,
        kind=kind,
        outcome=outcome,
        message=" ".join(filter(None, (sentence(kind, metric, estimate, limit, outcome), note))),
        metric=metric.name,
        measured=estimate.value,
        low=estimate.low,
        high=estimate.high,
        limit=limit.amount,
        is_relative=estimate.is_relative,
        smallest_visible=estimate.smallest_visible,
        assumption="; ".join(estimate.basis) or None,
    )
