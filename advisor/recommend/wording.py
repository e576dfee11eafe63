"""What probe trainings measured, in words."""

from collections.abc import Mapping
from math import isfinite

from advisor.probes.outcome import ArmResult, Expected, Outcome
from advisor.regularization import SPECS, Family

_METRICS = {"val_loss": "validation data loss", "val_data_loss": "validation data loss"}


def metric_words(name: str) -> str:
    """A metric as a reader calls it; the probes' `val_loss` contains no penalty."""
    return _METRICS.get(name, f"validation {name.removeprefix('val_').replace('_', ' ')}")


def short_metric(name: str) -> str:
    """The same in a word, for places where it is clearly measured on validation rows."""
    return metric_words(name).removeprefix("validation ").removeprefix("data ")


def strengths_in_words(strengths: Mapping[Family, float]) -> str:
    """`L2 0.01 and dropout 0.3`; "" if all are 0."""
    named = (f"{SPECS[f].label} {value:.3g}" for f, value in strengths.items() if value > 0)
    return " and ".join(named)


def percent(share: float) -> str:
    """A signed change in per cent, with one decimal if it is small."""
    return f"{share:+.1%}" if abs(share) < 0.0995 else f"{share:+.0%}"


def figure(value: float) -> str:
    """A loss or a metric, to three digits."""
    return f"{value:#.3g}" if 1e-3 <= abs(value) < 100 else f"{value:.3g}"


def trainings(count: int, kind: str = "") -> str:
    """`1 training`, `4 fresh paired trainings`."""
    return f"{count} {kind}training{'' if count == 1 else 's'}"


def measured(name: str, expected: Expected) -> str:
    """What a recipe did to the metric in fresh trainings, with its interval."""
    verb = "lowers" if expected.change < 0 else "raises"
    fresh = trainings(expected.runs, "fresh paired ")
    return f"{name} {verb} the {_from_to(expected)}, over {fresh}"


def improvement(expected: Expected, *, is_maximized: bool) -> float:
    """The change for the better, in the metric's own unit; below 0 if it is for the worse."""
    return expected.change if is_maximized else -expected.change


def is_not_borne_out(expected: Expected, *, is_maximized: bool) -> bool:
    """True if the fresh trainings alone show no gain."""
    return improvement(expected, is_maximized=is_maximized) <= 0


def unborne(expected: Expected) -> str:
    """That the fresh trainings alone don't suggest a recipe, with what they measured."""
    return f"the {expected.runs} fresh ones alone do not: {_from_to(expected)}"


def _from_to(expected: Expected) -> str:
    return (
        f"{metric_words(expected.metric)} from {figure(expected.baseline)} to "
        f"{figure(expected.changed)} ({expected.low:+.2g} to {expected.high:+.2g}, "
        f"{expected.level:.0%})"
    )


def interval(expected: Expected) -> str:
    """`-17% (90% interval -24% to -10%)`: a loss in shares of the baseline, a metric as it is.

    For an accuracy, per cent could be mistaken for percentage points.
    """
    base = abs(expected.baseline)
    if base == 0 or expected.metric not in _METRICS:
        return (
            f"{expected.change:+.2g} ({expected.level:.0%} interval {expected.low:+.2g} to "
            f"{expected.high:+.2g})"
        )
    return (
        f"{percent(expected.change / base)} ({expected.level:.0%} interval "
        f"{percent(expected.low / base)} to {percent(expected.high / base)})"
    )


def is_finite(expected: Expected) -> bool:
    """True if all its figures are finite; a single fresh training has no interval."""
    figures = (
        expected.baseline,
        expected.changed,
        expected.change,
        expected.low,
        expected.high,
    )
    return all(map(isfinite, figures))


def is_current(result: ArmResult) -> bool:
    """True for the user's own recipe."""
    return not result.arm.doses and result.arm.share == 1


def reading(result: ArmResult, outcome: Outcome) -> float:
    """The figure of an arm that the race's policy goes by."""
    return result.stopped if outcome.policy == "stopped" else result.last
