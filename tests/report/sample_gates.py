"""Runs held to a gate, one for each outcome that a format has to show."""

from collections.abc import Sequence
from dataclasses import replace

from advisor.gate.result import GateCheck, GateResult, Waived
from advisor.report.report import Report
from advisor.report.unchecked import Unchecked
from tests.report.sample_reports import healthy, overfitting

SEVERE = GateCheck(
    id="severity",
    kind="severity",
    outcome="fail",
    message="the verdict is overfitting, severe: --fail-on moderate allows less",
    metric="loss",
    measured=0.763,
    low=0.71,
    high=0.816,
    limit=0.1,
    is_relative=True,
)
GAP_TOO_WIDE = GateCheck(
    id="gap.accuracy",
    kind="gap",
    outcome="fail",
    message="accuracy on the training rows is above that on the validation rows by too much",
    metric="accuracy",
    measured=0.1234,
    low=0.0812,
    high=0.1655,
    limit=0.05,
)
REBOUND_IN_NOISE = GateCheck(
    id="rebound.loss",
    kind="rebound",
    outcome="inconclusive",
    message="validation loss may end more than 5% above its best: 200 rows can't tell",
    metric="loss",
    measured=0.031,
    low=-0.012,
    high=0.074,
    limit=0.05,
    is_relative=True,
    smallest_visible=0.093,
    assumption="rows' losses spread as cross-entropy at this accuracy does",
)
GAP_WAIVED = GateCheck(
    id="gap.loss",
    kind="gap",
    outcome="waived",
    message="validation loss is 42% above training loss, above the limit of 30%",
    metric="loss",
    measured=0.42,
    low=0.36,
    high=0.48,
    limit=0.3,
    is_relative=True,
    waived=Waived(reason="new labels arrive in March, ticket 4711", expires="2031-03-31"),
)
REGRESSION_PASSED = GateCheck(
    id="regression.loss",
    kind="regression",
    outcome="pass",
    message="validation loss is at most 5% above the baseline's",
    metric="loss",
    measured=-0.02,
    low=-0.041,
    high=0.001,
    limit=0.05,
    is_relative=True,
)
VERDICT_PASSED = GateCheck(
    id="verdict.underfitting",
    kind="verdict",
    outcome="pass",
    message="the verdict is not underfitting",
)
EXPIRED = GateCheck(
    id="waiver.gap.accuracy",
    kind="waiver",
    outcome="fail",
    message="the waiver of gap.accuracy expired on 2025-01-31: renew it or remove it",
)

FAILED = GateResult(
    outcome="fail",
    is_failed=True,
    checks=(VERDICT_PASSED, GAP_WAIVED, SEVERE, REBOUND_IN_NOISE, GAP_TOO_WIDE, EXPIRED),
    baseline="baseline.json",
)
PASSED = GateResult(outcome="pass", is_failed=False, checks=(REGRESSION_PASSED, VERDICT_PASSED))
WAIVED = GateResult(outcome="pass", is_failed=False, checks=(GAP_WAIVED, VERDICT_PASSED))
INCONCLUSIVE = GateResult(
    outcome="inconclusive",
    is_failed=False,
    checks=(VERDICT_PASSED, REBOUND_IN_NOISE),
    warnings=("baseline.json: there is no baseline yet: only absolute limits hold",),
)
UNBEGUN = GateResult(
    outcome="pass",
    is_failed=False,
    checks=(),
    warnings=("there is no baseline of this run in main.json yet",),
)
STRICT = replace(INCONCLUSIVE, is_failed=True)

UNCHECKED = Unchecked(
    name="broken",
    message="history.json: no validation metric was logged; fit with validation_data",
    location="runs/broken/history.json",
)


def gated(gate: GateResult, report: Report | None = None, name: str | None = None) -> Report:
    """A run held to `gate`; with a name it is one of several, in a folder of its own."""
    location = f"runs/{name}/history.json" if name else "history.json"
    return replace(report or healthy(), gate=gate, name=name, location=location)


SEVERAL = (
    gated(PASSED, name="digits"),
    gated(FAILED, overfitting(), name="letters-with-a-longer-name"),
    UNCHECKED,
    gated(INCONCLUSIVE, name="waves"),
    gated(WAIVED, name="spirals"),
    gated(STRICT, name="strict"),
    replace(overfitting(), name="free"),
)
OUTCOMES: dict[str, Sequence[Report | Unchecked]] = {
    "gate-pass": (gated(PASSED),),
    "gate-fail": (gated(FAILED, overfitting()),),
    "gate-inconclusive": (gated(INCONCLUSIVE),),
    "gate-strict": (gated(STRICT),),
    "gate-waived": (gated(WAIVED),),
    "gate-unbegun": (gated(UNBEGUN),),
    "no-gate": (overfitting(),),
    "unchecked": (UNCHECKED,),
    "several": SEVERAL,
}


def hostile(text: str) -> tuple[Report | Unchecked, ...]:
    """The text wherever a user's file or settings may put one."""
    check = replace(
        GAP_TOO_WIDE,
        id=f"gap.{text}",
        message=f"the gap of {text} is wide",
        metric=text,
        assumption=text,
    )
    waived = replace(GAP_WAIVED, message=text, waived=Waived(reason=text, expires="2031-03-31"))
    gate = GateResult(
        outcome="fail",
        is_failed=True,
        checks=(check, waived, replace(REBOUND_IN_NOISE, message=text)),
        warnings=(text,),
        baseline=text,
    )
    report = replace(gated(gate, overfitting(text)), name=text, location=text, reason=text)
    return (
        replace(report, inputs=replace(report.inputs, model=text, history=text)),
        Unchecked(name=text, message=text, location=text),
    )
