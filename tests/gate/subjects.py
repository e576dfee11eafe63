"""Runs to be judged, whose figures are easy by hand: curves without noise, that step once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from advisor.evidence.curves.run import Run
from advisor.gate.judge import judge
from advisor.gate.result import GateCheck, GateResult
from advisor.gate.subject import GateSubject
from advisor.inputs.record import Record, RowLosses
from advisor.rulebook.rule import Severity, VerdictName
from advisor.settings.gate import Limit
from advisor.settings.settings import GateSettings
from tests.builders import verdict
from tests.evidence.runs import run

TODAY = date(2030, 6, 15)
EPOCHS = 20  # windows of 3


def stepping(before: float, after: float) -> list[float]:
    """Ten epochs at one value, ten at another: without noise, as most third differences are 0."""
    return [before] * 10 + [after] * 10


# The validation loss ends at 1.1, 10 % above its best of 1.0.
REBOUND = stepping(1.0, 1.1)


def sized(n_val: int | None = 400, n_train: int | None = None, **curves: Sequence[float]) -> Run:
    return replace(run(**curves), n_val=n_val, n_train=n_train)


def recorded(of: Run, **record: object) -> Run:
    assert of.history is not None
    return replace(of, history=replace(of.history, record=Record(**record)))  # type: ignore[arg-type]


def rows_of(before: Sequence[float], after: Sequence[float]) -> RowLosses:
    """The losses of the same rows over ten epochs, then over ten more."""
    losses = np.array([before] * 10 + [after] * 10, dtype=np.float32)
    return RowLosses(epochs=tuple(range(1, EPOCHS + 1)), losses=losses)


def share(percent: float) -> Limit:
    return Limit(amount=percent / 100, is_relative=True)


def points(amount: float) -> Limit:
    return Limit(amount=amount, is_relative=False)


def subject(
    of: Run, name: VerdictName = "undecided", severity: Severity = "none", **known: object
) -> GateSubject:
    return GateSubject(run=of, verdict=verdict(name, severity), **known)  # type: ignore[arg-type]


def judged(
    of: Run | GateSubject, settings: Mapping[str, object] = {}, **more: object
) -> GateResult:
    gate = GateSettings(**{**settings, **more})  # type: ignore[arg-type]
    return judge(of if isinstance(of, GateSubject) else subject(of), gate, today=TODAY)


def only_check(of: Run | GateSubject, **settings: object) -> GateCheck:
    (check,) = judged(of, **settings).checks
    return check
