"""Waivers: checks that may fail for a while, for a stated reason; expired waivers fail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from advisor.gate.result import GateCheck, Waived
from advisor.gate.subject import GateSubject
from advisor.settings.gate import Waiver


def waived(
    checks: Sequence[GateCheck], waivers: Sequence[Waiver], subject: GateSubject, today: date
) -> tuple[tuple[GateCheck, ...], tuple[str, ...]]:
    """The checks after waivers, with a failed check for each expired waiver; and warnings.

    A waiver applies to checks that failed or are inconclusive. It still holds on the day it names.
    From the next day on it fails every run that it matches, whatever the check says, unless
    another waiver of the same check replaced it.
    """
    matching = [waiver for waiver in waivers if _matches(waiver, subject)]
    valid = {waiver.check: waiver for waiver in matching if waiver.expires >= today}
    kept = tuple(_waived(check, valid.get(check.id)) for check in checks)
    expired = tuple(
        _expired(waiver)
        for waiver in matching
        if waiver.expires < today and waiver.check not in valid
    )
    known = {check.id for check in checks}
    unused = tuple(
        f"The waiver of {check} has no effect: no such check was made."
        for check in valid
        if check not in known
    )
    return (*kept, *expired), unused


def _matches(waiver: Waiver, subject: GateSubject) -> bool:
    """True if the waiver is for this run, by the run's name or by a file's path or name."""
    if waiver.model is None:
        return True
    names = [subject.name]
    for file in (subject.model, subject.history):
        path = (file or "").replace("\\", "/")
        names += [path, path.rpartition("/")[2]]
    return any(name and fnmatchcase(name, waiver.model) for name in names)


def _waived(check: GateCheck, waiver: Waiver | None) -> GateCheck:
    if waiver is None or check.outcome == "pass":
        return check
    by = Waived(reason=waiver.reason, expires=waiver.expires.isoformat())
    return replace(check, outcome="waived", waived=by)


def _expired(waiver: Waiver) -> GateCheck:
    day = waiver.expires.isoformat()
    return GateCheck(
        id=f"waiver.{waiver.check}",
        kind="waiver",
        outcome="fail",
        message=f"The waiver of {waiver.check} ({waiver.reason}) expired on {day}: fix what it"
        " waived, or renew or remove it in [tool.advisor.gate].",
    )
