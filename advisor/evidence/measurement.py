"""A measurement: a function with a name, a kind, a unit and a meaning; and its readings."""

from collections.abc import Callable, Mapping
from dataclasses import field
from inspect import cleandoc
from typing import Generic, Literal, TypeVar

from advisor.values import dataclass

MeasurementKind = Literal["number", "truth", "text"]
Value = float | bool | str
Scope = Literal["model", "layer"]
Need = Literal["model", "history", "validation", "data", "train-size", "val-size", "recorder"]

Subject = TypeVar("Subject")


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Why a measurement has no value; `needs` names the input that would give one."""

    reason: str
    needs: Need | None = None


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """A value that rests on an assumption; the report shows it."""

    value: Value
    assumption: str


Reading = Value | Assumed | Missing


@dataclass(frozen=True, kw_only=True)
class Measurement(Generic[Subject]):
    """What can be measured: its name for rules, its unit for people, and the function."""

    name: str
    kind: MeasurementKind
    unit: str
    meaning: str
    scope: Scope
    measure: Callable[[Subject], Reading] = field(repr=False)


def measurement(
    name: str, *, unit: str = "", kind: MeasurementKind = "number", scope: Scope = "model"
) -> Callable[[Callable[[Subject], Reading]], Measurement[Subject]]:
    """Name a function as a measurement; the first paragraph of its docstring is its meaning."""

    def named(function: Callable[[Subject], Reading]) -> Measurement[Subject]:
        if not function.__doc__:
            raise ValueError(f"the measurement {name!r} has no docstring that says what it means")
        meaning = " ".join(cleandoc(function.__doc__).split("\n\n")[0].split())
        return Measurement(
            name=name, kind=kind, unit=unit, meaning=meaning, scope=scope, measure=function
        )

    return named


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The readings of the model or of one layer. Each name is in `values` or in `missing`."""

    values: Mapping[str, Value] = field(default_factory=dict)
    assumed: Mapping[str, str] = field(default_factory=dict)  # name -> the assumption made
    missing: Mapping[str, Missing] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All readings: of the model and its run, and of each layer by its path."""

    model: Readings
    layers: Mapping[str, Readings] = field(default_factory=dict)


def read(subject: Subject, measurements: tuple[Measurement[Subject], ...]) -> Readings:
    """Take every measurement of `subject`; a number that is not finite counts as missing."""
    values: dict[str, Value] = {}
    assumed: dict[str, str] = {}
    missing: dict[str, Missing] = {}
    for measurement in measurements:
        reading = measurement.measure(subject)
        if isinstance(reading, Assumed):
            assumed[measurement.name] = reading.assumption
            reading = reading.value
        if isinstance(reading, float) and not abs(reading) < float("inf"):
            reading = Missing(reason=f"the result is not a finite number ({reading})")
            assumed.pop(measurement.name, None)
        if isinstance(reading, Missing):
            missing[measurement.name] = reading
        else:
            values[measurement.name] = reading
    return Readings(values=values, assumed=assumed, missing=missing)
