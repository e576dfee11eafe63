"""What comes of the runs: a report of each, or why there is none."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from advisor.cli import console
from advisor.cli.run_request import Request
from advisor.errors import AdvisorError
from advisor.report.unchecked import Unchecked

if TYPE_CHECKING:
    from advisor.cli.progress import Display
    from advisor.gate.result import GateResult
    from advisor.pipeline.diagnosis import Watch
    from advisor.report.report import Report
    from advisor.report.wording.runs import RunResult


def results_of(requests: Sequence[Request | Unchecked]) -> "list[RunResult]":
    """Each run checked, in turn; what goes wrong with one leaves the others to be checked."""
    if len(requests) == 1 and not _runs_model(requests[0]):
        return [_result(requests[0], None)]  # over before a bar is drawn
    from advisor.cli.progress import displayed

    with displayed(len(requests)) as display:
        return list(_each(requests, display))


def _each(requests: Sequence[Request | Unchecked], display: "Display") -> "Iterator[RunResult]":
    for request in requests:
        display.begin(request.name if len(requests) > 1 else None)
        yield _result(request, display.watch)


def _result(request: Request | Unchecked, watch: "Watch | None") -> "RunResult":
    if isinstance(request, Unchecked):
        return request
    try:
        return _report(request, watch)
    except AdvisorError as error:
        return request.unchecked(str(error))
    except Exception as error:  # ours, and no reason to leave the other runs unchecked
        return request.unchecked(console.explained(error))


def _report(request: Request, watch: "Watch | None") -> "Report":
    from advisor.pipeline import diagnosis

    return diagnosis.check(
        request.model,
        request.history,
        request.settings,
        today=date.today(),
        name=request.name,
        watch=watch,
    )


def _runs_model(request: Request | Unchecked) -> bool:
    return isinstance(request, Request) and request.settings.data is not None


def remarks(results: "Sequence[RunResult]", *, is_gate_shown: bool) -> Iterator[str]:
    """What stderr says: why a run could not be checked, and of gates what stdout doesn't show."""
    for result in results:
        of_run = f"{result.name}: " if len(results) > 1 and result.name else ""
        if isinstance(result, Unchecked):
            yield of_run + result.message
        elif result.gate is not None and not is_gate_shown:
            yield from (of_run + remark for remark in _gate_remarks(result.gate))


def _gate_remarks(gate: "GateResult") -> Iterator[str]:
    from advisor.report.wording.gate import is_failure

    for check in gate.checks:
        if is_failure(check, gate):
            yield f"the gate failed: {check.id}: {check.message}"
        elif check.outcome == "inconclusive":
            yield f"warning: the gate is inconclusive: {check.id}: {check.message}"
    yield from (f"warning: {warning}" for warning in gate.warnings)
