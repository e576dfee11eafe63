"""The gate as JUnit XML: a test suite a run, a test case a check."""

from collections.abc import Iterator, Sequence
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Skipped, SystemOut, TestCase, TestSuite

from advisor.gate.result import GateCheck, GateResult
from advisor.report.content import ReportContent
from advisor.report.unchecked import Unchecked
from advisor.report.wording.findings import headline
from advisor.report.wording.gate import check_details, gate_notes, is_failure
from advisor.report.wording.runs import RunResult, run_label
from advisor.report.wording.visible import visible


def render(results: Sequence[RunResult], _page: object = None) -> str:
    """The runs as one XML document.

    A check that fails the build is a failure. An inconclusive or waived one is skipped and says
    why. A run that could not be checked is an error. If there is no gate, or no baseline yet for
    its only limit, nothing was tested: the only case is skipped and says so.
    """
    document = JUnitXml(name="advisor")
    suites = [_suite(result) for result in results]
    document.extend(suites)
    document.update_statistics()
    for suite, result in zip(suites, results, strict=True):
        suite.time = 0.0 if isinstance(result, Unchecked) else result.timing["seconds"]
    document.time = round(sum(suite.time for suite in suites), 3)
    out = BytesIO()
    document.write(out, pretty=True)
    return out.getvalue().decode("utf-8")


def _suite(result: RunResult) -> TestSuite:
    suite = TestSuite(visible(run_label(result)))
    if isinstance(result, Unchecked):
        suite.add_testcases([_case(result, "check", Error(visible(result.message), "unchecked"))])
        return suite
    for name, value in _properties(result):
        suite.add_property(name, visible(value))
    gate = result.gate
    if gate is None:
        said = f"no gate was asked for; {headline(result)}: {result.reason}"
        suite.add_testcases([_case(result, "verdict", Skipped(visible(said), "no gate"))])
        return suite
    cases = [_checked(result, check, gate) for check in gate.checks]
    suite.add_testcases(cases or [_unbegun(result, gate)])
    if notes := "\n".join(visible(note) for note in gate_notes(gate)):
        suite.append(SystemOut(notes))
    return suite


def _unbegun(report: ReportContent, gate: GateResult) -> TestCase:
    """What stands for a gate without checks: the baseline of its only limit is not there yet."""
    said = " ".join(("nothing was checked:", *gate.warnings))
    return _case(report, "baseline", Skipped(visible(said), "no baseline"))


def _properties(report: ReportContent) -> Iterator[tuple[str, str]]:
    inputs = report.inputs
    values = {
        "advisor_version": report.advisor_version,
        "schema_version": report.schema_version,
        "verdict": report.verdict,
        "severity": report.severity,
        "reason": report.reason,
        "model": inputs.model,
        "model_sha256": inputs.model_sha256,
        "history": inputs.history,
        "history_sha256": inputs.history_sha256,
        "data_sha256": inputs.data_sha256,
        "val_sha256": inputs.val_sha256,
        "n_train": inputs.n_train,
        "n_val": inputs.n_val,
    }
    yield from ((name, str(value)) for name, value in values.items() if value is not None)


def _checked(report: ReportContent, check: GateCheck, gate: GateResult) -> TestCase:
    message = visible(check.message)
    details = "\n".join(visible(detail) for detail in check_details(check))
    if is_failure(check, gate):
        said = message if check.outcome == "fail" else f"{check.outcome}: {message}"
        case = _case(report, check.id, failure := Failure(said, check.kind))
        failure.text = details
    elif check.outcome == "pass":
        case = _case(report, check.id)
        case.system_out = f"{message}\n{details}" if details else message
    else:
        case = _case(report, check.id, skipped := Skipped(_why_skipped(check), check.outcome))
        skipped.text = details
    return case


def _why_skipped(check: GateCheck) -> str:
    """In the attribute that CI systems show, where a waiver's reason has to be seen."""
    if check.waived is None:
        return visible(f"{check.outcome}: {check.message}")
    waiver = f"waived until {check.waived.expires} ({check.waived.reason})"
    return visible(f"{waiver}: {check.message}")


def _case(
    result: RunResult, name: str, outcome: Error | Failure | Skipped | None = None
) -> TestCase:
    case = TestCase(visible(name), classname=visible(run_label(result)))
    if outcome is not None:
        case.result = outcome
    return case
