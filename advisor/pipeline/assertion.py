"""The gate as an assertion, for a project's own tests."""

from typing import Unpack
from warnings import warn

from advisor.errors import UsageError
from advisor.pipeline.diagnosis import diagnose
from advisor.report.formats.formats import FORMATS
from advisor.report.page import Page
from advisor.report.report import Report
from advisor.settings.gate import FailLevel
from advisor.settings.keywords import Keywords

WIDTH = 100


class InconclusiveGateWarning(UserWarning):
    """The gate could not tell, or the baseline that it is to compare with is not there yet."""


def assert_not_overfitting(
    model: object = None,
    history: object = None,
    *,
    fail_on: FailLevel | None = "mild",
    **keywords: Unpack[Keywords],
) -> Report:
    """Fail where the network overfits by `fail_on` or more, beyond what noise could pretend.

    Takes what `diagnose` takes, the gate's other limits included (`max_gap={"accuracy": 0.05}`).
    Raises AssertionError with the report as its message; what can't be told from noise is an
    InconclusiveGateWarning, unless `inconclusive="fail"`. Returns the report. Raises an
    AdvisorError where the run can't be checked, above all where it has no validation metric, and
    where no limit is left to hold it to.

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
            "assert_not_overfitting: has no limit to hold the run to, so nothing could fail; leave"
            " fail_on as it is, or give max_rebound, max_gap, fail_on_verdict or baseline"
        )
    if gate.is_failed:
        raise AssertionError(FORMATS["rich"]((report,), Page(width=WIDTH)).strip("\n"))
    unsure = [check.message for check in gate.checks if check.outcome == "inconclusive"]
    lacks_baseline = keywords.get("baseline") is not None and gate.baseline is None
    for message in (*unsure, *(gate.warnings if lacks_baseline else ())):
        warn(message, InconclusiveGateWarning, stacklevel=2)
    return report
