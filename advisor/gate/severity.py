"""`--fail-on` and `--fail-on-verdict`: the verdict, and the rebound that must support it."""

from collections.abc import Iterator
from dataclasses import replace

from advisor.evidence.curves.metric import Metric
from advisor.evidence.measurement import Missing
from advisor.gate.checks import limited
from advisor.gate.rebound import rebound
from advisor.gate.result import CheckOutcome, GateCheck
from advisor.rulebook.rule import SEVERITIES, SEVERITY_CUTS, Verdict
from advisor.settings.gate import FailLevel, FailVerdict, Limit


def severity_check(verdict: Verdict, metric: Metric, level: FailLevel) -> GateCheck:
    """Fail if the run diverged, or overfits at `level` with a rebound certainly above its limit.

    A run that only memorised the training rows never fails.
    """
    limit = Limit(amount=SEVERITY_CUTS[level], is_relative=True)
    estimate = rebound(metric, is_relative=True)
    check = replace(limited("rebound", metric, estimate, limit), id="severity", kind="severity")
    if verdict.name == "diverged":
        return replace(check, outcome="fail", message=f"The run diverged: {verdict.reason}.")
    overfits = verdict.name == "overfitting"
    is_of_level = overfits and SEVERITIES.index(verdict.severity) >= SEVERITIES.index(level)
    said = f"The verdict is {verdict.name}" + (f", {verdict.severity}" if overfits else "")
    outcome: CheckOutcome = check.outcome
    if not isinstance(estimate, Missing) and outcome == "fail" and not is_of_level:
        outcome = "pass" if overfits else "inconclusive"
        why = (
            f"the verdict alone is below {level}" if overfits else f"it is not {level} overfitting"
        )
        return replace(
            check,
            outcome=outcome,
            message=f"{said}: {verdict.reason}; the loss rebounds beyond the limit of {level}, but"
            f" {why} (max-rebound limits the loss whatever the verdict).",
        )
    return replace(check, message=f"{said}: {check.message[0].lower()}{check.message[1:]}")


def verdict_checks(verdict: Verdict, refused: tuple[FailVerdict, ...]) -> Iterator[GateCheck]:
    """One check for each refused verdict; all are inconclusive if the verdict is undecided."""
    for name in refused:
        outcome: CheckOutcome = "pass"
        if verdict.name == name:
            outcome = "fail"
        elif verdict.name == "undecided":
            outcome = "inconclusive"
        yield GateCheck(
            id=f"verdict.{name}",
            kind="verdict",
            outcome=outcome,
            message=f"The verdict is {verdict.name}: {verdict.reason.rstrip('.')}.",
        )
