"""The gate as an assertion, for a project's own tests."""

from typing import Unpack
from warnings import warn

from advisor.errors import UsageError
from advisor.pipeline.diagnosis import diagnose
from advisor.report.report import Report
from advisor.settings.gate import FailLevel
from advisor.settings.keywords import Keywords


class InconclusiveGateWarning(UserWarning):
    """The gate is inconclusive, or the baseline to compare with is not there yet."""


def assert_not_overfitting(
    model: object = None,
    history: object = None,
    *,
    fail_on: FailLevel | None = "mild",
    **keywords: Unpack[Keywords],
) -> Report:
    """Fail if the network overfits by `fail_on` or more, beyond what noise could explain.

    Takes what `diagnose` takes, including the gate's other limits (`max_gap={"accuracy": 0.05}`).
    Returns the report. Raises AssertionError, with the report as its message, if a check fails.
    A check that noise leaves open is an InconclusiveGateWarning, unless `inconclusive="fail"`.

    Raises an AdvisorError if the run can't be checked, above all if it has no validation metric,
    or if there is no limit to check.

    >>> import pytest
    >>> losses = [1 / epoch for epoch in range(1, 31)]
    >>> rebounds = [*losses[:10], *(0.1 + 0.02 * epoch for epoch in range(20))]
    >>> with pytest.raises(AssertionError, match="OVERFITTING"):
    ...     _ = assert_not_overfitting(history={"loss": losses, "val_loss": rebounds})
    """
    __tracebackhide__ = True  # pytest then shows the test's own line
    report = diagnose(model, history, fail_on=fail_on, **keywords)
    gate = report.gate
    if gate is None:
        raise UsageError(
            "assert_not_overfitting: there is no limit to check, so nothing could fail; leave"
            " fail_on as it is, or give max_rebound, max_gap, fail_on_verdict or baseline"
        )
    if gate.is_failed:
        raise AssertionError(report.to_text().strip("\n"))
    unsure = [check.message for check in gate.checks if check.outcome == "inconclusive"]
    lacks_baseline = keywords.get("baseline") is not None and gate.baseline is None
    for message in (*unsure, *(gate.warnings if lacks_baseline else ())):
        warn(message, InconclusiveGateWarning, stacklevel=2)
    return report
