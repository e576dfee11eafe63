"""What a clause says about readings: True, False, or Undecided if something is missing.

Each function here makes one node of a parsed clause: a function from readings to the node's value.
"""

from collections.abc import Callable, Mapping
from typing import Any

from advisor.evidence.measurement import Missing, Readings, Value
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """Neither true nor false, because these measurements (or parts of the clause) are missing."""

    missing: Mapping[str, Missing]


Judgement = bool | Undecided
Evaluate = Callable[[Readings], Any]  # gives a value of the node's kind, or Undecided


def constant(value: Value) -> Evaluate:
    """A number or a text in the clause."""
    return lambda readings: value


def look_up(name: str) -> Evaluate:
    """The value of a measurement."""

    def value(readings: Readings) -> Value | Undecided:
        reading = readings.values.get(name)
        if reading is not None:
            return reading
        reason = readings.missing.get(name) or Missing(reason="not measured")
        return Undecided(missing={name: reason})

    return value


def calculate(
    operation: Callable[[float, float], float], left: Evaluate, right: Evaluate, part: str
) -> Evaluate:
    """Arithmetic; a result that is not a finite number is Undecided, and names the `part`."""

    def result(readings: Readings) -> float | Undecided:
        first, second = left(readings), right(readings)
        if isinstance(first, Undecided) or isinstance(second, Undecided):
            return _lack(first, second)
        try:
            number = operation(float(first), float(second))
        except ZeroDivisionError:
            return Undecided(missing={part: Missing(reason="division by zero")})
        if not abs(number) < float("inf"):
            return Undecided(missing={part: Missing(reason="not a finite number")})
        return number

    return result


def relate(compare: Callable[[Any, Any], bool], left: Evaluate, right: Evaluate) -> Evaluate:
    """A comparison of two values of one kind."""

    def holds(readings: Readings) -> Judgement:
        first, second = left(readings), right(readings)
        if isinstance(first, Undecided) or isinstance(second, Undecided):
            return _lack(first, second)
        return bool(compare(first, second))

    return holds


def combine(parts: list[Evaluate], *, decisive: bool) -> Evaluate:
    """`or` if `decisive` is True, `and` if it is False: one such part decides.

    Otherwise the result is Undecided if any part is.
    """

    def judgement(readings: Readings) -> Judgement:
        undecided: list[Judgement] = []
        for part in parts:
            judged: Judgement = part(readings)
            if isinstance(judged, Undecided):
                undecided.append(judged)
            elif judged == decisive:
                return decisive
        return _lack(*undecided) if undecided else not decisive

    return judgement


def negate(part: Evaluate) -> Evaluate:
    """`not`; Undecided stays Undecided."""

    def judgement(readings: Readings) -> Judgement:
        judged: Judgement = part(readings)
        return judged if isinstance(judged, Undecided) else not judged

    return judgement


def _lack(*parts: object) -> Undecided:
    """Undecided, with everything that any of the parts lacks."""
    missing: dict[str, Missing] = {}
    for part in parts:
        if isinstance(part, Undecided):
            missing.update(part.missing)
    return Undecided(missing=missing)
