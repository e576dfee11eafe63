"""The gate as GitLab's Code Quality report: what failed or was inconclusive, on the run's file.

The format is a JSON array of `description`, `check_name`, `fingerprint`, `severity`,
`location.path` and `location.lines.begin`: GitLab, Code Quality, "Code Quality report format"
(https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Literal

from advisor.gate.result import GateCheck, GateResult
from advisor.report.unchecked import Unchecked
from advisor.report.wording.gate import check_details, is_failure
from advisor.report.wording.runs import RunResult, location_of, run_label
from advisor.report.wording.visible import visible

_Severity = Literal["info", "minor", "major", "critical", "blocker"]


def render(results: Sequence[RunResult], _page: object = None) -> str:
    """One entry for each check that failed or was inconclusive and each run left unchecked.

    What is waived is left out: it was looked at, and let off.
    """
    return json.dumps([entry for result in results for entry in _entries(result)], indent=2) + "\n"


def _entries(result: RunResult) -> Iterator[dict[str, object]]:
    if isinstance(result, Unchecked):
        yield _entry(result, "unchecked", f"could not be checked: {result.message}", "blocker")
        return
    for check in result.gate.checks if result.gate is not None else ():
        if check.outcome in ("fail", "inconclusive"):
            yield _entry(result, check.id, _description(check), _severity(check, result.gate))


def _description(check: GateCheck) -> str:
    outcome = "" if check.outcome == "fail" else f"{check.outcome}: "
    said = "; ".join((check.message.rstrip("."), *check_details(check)))
    return f"{outcome}{said}"


def _severity(check: GateCheck, gate: GateResult | None) -> _Severity:
    if gate is None or not is_failure(check, gate):
        return "minor"
    return "critical" if check.outcome == "fail" else "major"


def _entry(
    result: RunResult, check: str, description: str, severity: _Severity
) -> dict[str, object]:
    label, path = run_label(result), location_of(result)
    # No measured value: GitLab takes an entry for the same one while its fingerprint stays.
    fingerprint = sha256("\0".join((label, path, check)).encode("utf-8", "surrogatepass"))
    return {
        "description": visible(f"{label}: {description}"),
        "check_name": visible(f"advisor/{check}"),
        "fingerprint": fingerprint.hexdigest(),
        "severity": severity,
        "location": {"path": visible(path), "lines": {"begin": 1}},
    }
