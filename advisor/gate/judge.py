"""The decision: every check that the settings ask for, and the outcome of all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from advisor.errors import InputError, UsageError
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.row_spread import is_accuracy
from advisor.evidence.measurement import Missing
from advisor.gate.baseline import Baseline
from advisor.gate.checks import limited
from advisor.gate.gap import gap
from advisor.gate.rebound import rebound
from advisor.gate.regression import compared, gap_growth, regression
from advisor.gate.result import GateCheck, GateOutcome, GateResult
from advisor.gate.severity import severity_check, verdict_checks
from advisor.gate.subject import GateSubject
from advisor.gate.waivers import waived
from advisor.inputs.history import History
from advisor.settings.gate import Limit
from advisor.settings.settings import GateSettings

# The limit for a baseline if the user set none: no worse than it, beyond noise.
NOT_WORSE: Mapping[str, Limit] = {"loss": Limit(amount=0.0, is_relative=True)}

UNLIMITED = "No max-regression is set, so the run must be no worse than the baseline, beyond noise."
UNPAIRED = "The rows are the same, but only losses are kept for each row: {0} is compared unpaired."
BETTER = "It passes, because validation itself is better than in the baseline, beyond noise."


def judge(subject: GateSubject, settings: GateSettings, *, today: date) -> GateResult:
    """Check one run against the settings; `today` decides which waivers are valid.

    Raises UsageError or InputError if a check can't be made at all: no validation metric, a cap on
    a metric that isn't logged or has no direction, a baseline of other rows.
    """
    history = _history(subject)
    _require_a_limit(subject, settings)
    checks, warnings = waived(
        tuple(_checks(subject, settings, history)), settings.waivers, subject, today
    )
    outcome = _outcome(checks)
    baseline = subject.baseline
    return GateResult(
        outcome=outcome,
        is_failed=outcome == "fail"
        or (outcome == "inconclusive" and settings.inconclusive == "fail"),
        checks=checks,
        warnings=(*_warnings(subject, settings), *warnings),
        baseline=baseline.source if baseline else None,
    )


def _outcome(checks: tuple[GateCheck, ...]) -> GateOutcome:
    outcomes = {check.outcome for check in checks}
    if "fail" in outcomes:
        return "fail"
    return "inconclusive" if "inconclusive" in outcomes else "pass"


def _history(subject: GateSubject) -> History:
    """The run's history. Raises UsageError or InputError if it has nothing to gate on."""
    history = subject.run.history
    if history is None:
        raise UsageError("the gate judges a training history; give one with the model")
    if not any(len(series) for series in history.validation.values()):
        raise InputError(
            f"{history.source}: has no validation metric to gate on; train with validation_data or"
            " validation_split and export the history again"
        )
    return history


def _require_a_limit(subject: GateSubject, settings: GateSettings) -> None:
    """Raise UsageError if the only limit needs a baseline and there is none."""
    others = (
        settings.fail_on,
        settings.fail_on_verdict,
        settings.max_rebound,
        settings.max_gap,
        settings.baseline,
        subject.baseline,
    )
    if settings.max_regression and not any(others):
        raise UsageError(
            "--max-regression: needs a baseline to compare with; give --baseline REPORT, which"
            " advisor baseline write makes"
        )


def _checks(subject: GateSubject, settings: GateSettings, history: History) -> Iterator[GateCheck]:
    if settings.fail_on is not None:
        metric = _metric(subject, history, "loss", f"--fail-on {settings.fail_on}")
        yield severity_check(subject.verdict, metric, settings.fail_on)
    yield from verdict_checks(subject.verdict, settings.fail_on_verdict)
    for name, limit in settings.max_rebound.items():
        metric = _capped(subject, history, name, limit, "--max-rebound")
        estimate = rebound(metric, is_relative=limit.is_relative)
        yield limited("rebound", metric, estimate, limit)
    for name, limit in settings.max_gap.items():
        metric = _capped(subject, history, name, limit, "--max-gap")
        if name not in history.train:
            raise UsageError(f"--max-gap {name}: {history.source} has no training {name}")
        yield limited("gap", metric, gap(metric, is_relative=limit.is_relative), limit)
    if subject.baseline is not None:
        yield from _against(subject, subject.baseline, settings, history)


def _against(
    subject: GateSubject, baseline: Baseline, settings: GateSettings, history: History
) -> Iterator[GateCheck]:
    """The checks against the baseline; of the loss alone if the user set no limit."""
    _require_same_rows(subject, baseline)
    for name, limit in (settings.max_regression or NOT_WORSE).items():
        metric = _capped(subject, history, name, limit, "--max-regression")
        both = compared(subject, baseline, metric)
        if isinstance(both, Missing):
            yield limited("regression", metric, both, limit)
            continue
        worse = regression(both, is_relative=limit.is_relative)
        note = UNPAIRED.format(name) if both.has_same_rows and name != "loss" else ""
        check = limited("regression", metric, worse, limit, note)
        yield check if settings.max_regression else _not_worse(check)
        if name not in settings.max_regression or name not in history.train:
            continue
        growth = limited(
            "gap-growth", metric, gap_growth(both, is_relative=limit.is_relative), limit
        )
        is_better = not isinstance(worse, Missing) and worse.high < 0
        if growth.outcome != "pass" and is_better:
            growth = replace(growth, outcome="pass", message=f"{growth.message} {BETTER}")
        yield growth


def _not_worse(check: GateCheck) -> GateCheck:
    """The check if the user set no limit: a run that is no worse as measured passes."""
    is_open = check.measured is None or check.measured > 0
    if check.outcome == "inconclusive" and not is_open:
        figure = check.message.partition(", but noise")[0]
        check = replace(check, outcome="pass", message=f"{figure}, no worse than the baseline.")
    return replace(check, message=f"{check.message} {UNLIMITED}")


def _capped(subject: GateSubject, history: History, name: str, limit: Limit, flag: str) -> Metric:
    """The metric of a cap. UsageError for a cap it can't exceed: 5 for an accuracy means 5%."""
    metric = _metric(subject, history, name, f"{flag} {name}")
    are_shares = is_accuracy(name) and not any(v > 1 for v in history.validation[name].values)
    if are_shares and not limit.is_relative and limit.amount >= 1:
        raise UsageError(
            f"{flag} {name}: {name} is a share of the rows, so no two values differ by"
            f" {limit.amount:g}; write {limit.amount / 100:g}, or {limit.amount:g}% for a share of"
            " its value"
        )
    return metric


def _metric(subject: GateSubject, history: History, name: str, asked: str) -> Metric:
    """The metric of a cap. UsageError if it is not logged or has no known direction."""
    if name not in history.validation:
        logged = ", ".join(sorted(history.validation))
        raise UsageError(f"{asked}: {history.source} has no validation {name}, only {logged}")
    direction = history.directions.get(name)
    if direction is None:
        raise UsageError(
            f"{asked}: it is not known whether a higher or a lower {name} is better; say so with"
            f" --metric {name}:max or --metric {name}:min"
        )
    return Metric(run=subject.run, name=name, direction=direction)


def _require_same_rows(subject: GateSubject, baseline: Baseline) -> None:
    """Raise InputError if the baseline was certainly made on other validation rows."""
    ours, theirs, what = subject.val_sha256, baseline.val_sha256, "validation rows"
    if ours is None or theirs is None:
        ours, theirs, what = subject.data_sha256, baseline.data_sha256, "data"
    if ours is not None and theirs is not None and ours != theirs:
        raise InputError(
            f"{baseline.source}: was made on other {what} ({theirs[:12]}) than this run"
            f" ({ours[:12]}), so the two can't be compared; write the baseline again with advisor"
            " baseline write"
        )


def _warnings(subject: GateSubject, settings: GateSettings) -> Iterator[str]:
    """What the user should know besides the checks."""
    if subject.run.validation_rows is None:
        yield (
            "The number of validation rows is not known, so the bounds leave out what other rows"
            " would have shown: they hold for this validation set only. Give --val-size, or train"
            " with the Recorder."
        )
    baseline = subject.baseline
    if baseline is None:
        if settings.baseline is not None:
            yield (
                f"There is no baseline of this run in {settings.baseline.name} yet, so nothing is"
                " compared with it; write it with advisor baseline write."
            )
        elif settings.max_regression:
            yield "max-regression is not checked: it needs a baseline."
        return
    if baseline.warning:
        yield baseline.warning
    is_known = subject.val_sha256 is not None and baseline.val_sha256 is not None
    if not is_known and (subject.data_sha256 is None or baseline.data_sha256 is None):
        ours, theirs = subject.run.validation_rows, baseline.run.validation_rows
        sizes = (
            f" ({theirs:,} rows then, {ours:,} now)" if ours and theirs and ours != theirs else ""
        )
        yield (
            f"It is not known whether {baseline.source} was made on the same validation rows"
            f"{sizes}: the two are compared as if the rows were different."
        )
