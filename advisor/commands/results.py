"""What comes of the runs: a report of each, or why there is none."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import TYPE_CHECKING

from advisor import console
from advisor.commands.request import Request
from advisor.errors import AdvisorError
from advisor.report.unchecked import Unchecked

if TYPE_CHECKING:
    from advisor.diagnosis import Watch
    from advisor.report.gate_result import GateResult
    from advisor.report.report import Report
    from advisor.report.runs import RunResult


def results_of(requests: Sequence[Request | Unchecked]) -> "list[RunResult]":
    """Each run checked, in turn; what goes wrong with one leaves the others to be checked."""
    if len(requests) == 1:
        with _watched(requests[0]) as watch:
            return [_result(requests[0], watch)]
    with console.counted(len(requests)) as begin:
        return list(_each(requests, begin))


def _each(
    requests: Sequence[Request | Unchecked], begin: Callable[[str], None]
) -> "Iterator[RunResult]":
    for request in requests:
        begin(request.name or "")
        yield _result(request, None)


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
    from advisor import diagnosis

    return diagnosis.check(
        request.model,
        request.history,
        request.settings,
        today=date.today(),
        name=request.name,
        watch=watch,
    )


def _watched(request: Request | Unchecked) -> "AbstractContextManager[Watch | None]":
    """A progress bar where models are run: a check that only reads is over before one is drawn."""
    if isinstance(request, Unchecked) or request.settings.data is None:
        return nullcontext()
    return console.watched("importing TensorFlow and loading the model")


def remarks(results: "Sequence[RunResult]", *, is_gate_shown: bool) -> Iterator[str]:
    """What stderr says: why a run could not be checked, and of gates what stdout doesn't show."""
    for result in results:
        of_run = f"{result.name}: " if len(results) > 1 and result.name else ""
        if isinstance(result, Unchecked):
            yield of_run + result.message
        elif result.gate is not None and not is_gate_shown:
            yield from (of_run + remark for remark in _gate_remarks(result.gate))


def _gate_remarks(gate: "GateResult") -> Iterator[str]:
    from advisor.report.gate_outline import is_failure

    for check in gate.checks:
        if is_failure(check, gate):
            yield f"the gate failed: {check.id}: {check.message}"
        elif check.outcome == "inconclusive":
            yield f"warning: the gate is inconclusive: {check.id}: {check.message}"
    yield from (f"warning: {warning}" for warning in gate.warnings)
