"""What the gate decided, in words: the same in every format that people read."""

from collections.abc import Iterator

from advisor.gate.result import CheckOutcome, GateCheck, GateResult

_WORST_FIRST: tuple[CheckOutcome, ...] = ("fail", "inconclusive", "waived", "pass")
_SHARE_OF = {
    "severity": " of the best",
    "rebound": " of the best",
    "gap": " of the training value",
    "regression": " of the baseline's value",
}


def gate_word(gate: GateResult) -> str:
    """PASS, FAIL or INCONCLUSIVE; FAIL too where the user asked that inconclusive be one."""
    return "FAIL" if gate.is_failed else gate.outcome.upper()


def is_failure(check: GateCheck, gate: GateResult) -> bool:
    """Whether the check fails the build: inconclusive ones do where the user asked for it."""
    return check.outcome == "fail" or (check.outcome == "inconclusive" and _is_strict(gate))


def _is_strict(gate: GateResult) -> bool:
    return gate.is_failed and gate.outcome == "inconclusive"


def ordered_checks(gate: GateResult) -> list[GateCheck]:
    """The checks, worst first, else in the gate's own order."""
    return sorted(gate.checks, key=lambda check: _WORST_FIRST.index(check.outcome))


def check_details(check: GateCheck) -> Iterator[str]:
    """What stands below a check's sentence: its figures, what they rest on, its waiver."""
    if figures := _figures(check):
        yield figures
    if check.assumption is not None:
        yield f"rests on: {check.assumption}"
    if check.waived is not None:
        yield f"waived until {check.waived.expires}: {check.waived.reason}"


def _figures(check: GateCheck) -> str:
    parts = []
    if check.measured is not None:
        parts.append(f"measured {amount(check, check.measured)}{_share_of(check)}")
    if check.low is not None:
        parts.append(f"at least {amount(check, check.low)}")
    if check.high is not None:
        parts.append(f"at most {amount(check, check.high)}")
    if check.low is not None or check.high is not None:
        parts[-1] += " (95% bounds)"
    if check.limit is not None:
        parts.append(f"limit {amount(check, check.limit)}")
    if check.smallest_visible is not None:
        parts.append(f"the least these rows can show is {amount(check, check.smallest_visible)}")
    return ", ".join(parts)


def _share_of(check: GateCheck) -> str:
    return _SHARE_OF.get(check.kind, "") if check.is_relative else ""


def amount(check: GateCheck, value: float) -> str:
    """One of the check's numbers: per cent where it compares shares, else in the metric's unit."""
    return f"{value:.1%}" if check.is_relative else f"{value:.4g}"


def gate_notes(gate: GateResult) -> Iterator[str]:
    """What stands below all checks: why an inconclusive gate fails, warnings, the baseline."""
    if _is_strict(gate):
        yield "inconclusive, which fails here because --inconclusive fail was asked for"
    yield from (f"warning: {warning}" for warning in gate.warnings)
    if gate.baseline is not None:
        yield f"baseline: {gate.baseline}"


def check_in_brief(check: GateCheck) -> str:
    """The check in one cell of a table."""
    if check.waived is not None:
        return f"{check.id}, waived until {check.waived.expires}"
    if check.measured is None or check.limit is None:
        return check.id
    return f"{check.id} {amount(check, check.measured)}, limit {amount(check, check.limit)}"
