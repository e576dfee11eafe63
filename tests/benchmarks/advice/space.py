"""The grid as a search space: a kind of regularization first, then its strengths.

So a user of a tuner writes it down, and it tells the tuner more than a list of names would:
strengths that lie side by side do alike. (As a list of names the same space does no better with
Optuna, and KerasTuner gives up on it, as it draws no name twice.) A point of the space is trained
as the nearest arm of its kind, by logarithms for penalties.
"""

import re
from collections.abc import Mapping, Sequence
from math import log

from advisor.values import dataclass

_STRENGTH = re.compile(r"(L1|L2|dropout) ([\d.e-]+)")
_SHARE = re.compile(r"([\d.]+) of current")
_LINEAR = ("dropout", "share")


@dataclass(frozen=True, kw_only=True)
class Dial:
    """A strength to be set between two bounds."""

    name: str
    low: float
    high: float

    @property
    def is_log(self) -> bool:
        """True for penalties, whose decades count alike."""
        return self.name not in _LINEAR


@dataclass(frozen=True, kw_only=True)
class Space:
    """For each kind the strengths of its arms by number, and the dials that tell them apart."""

    kinds: Mapping[str, Mapping[int, Mapping[str, float]]]
    dials: Mapping[str, tuple[Dial, ...]]

    def nearest(self, kind: str, strengths: Mapping[str, float]) -> int:
        """The arm of a kind that comes nearest to the strengths on its dials."""

        def distance(arm: int) -> float:
            own = self.kinds[kind][arm]
            return sum(_gap(d, own[d.name], strengths[d.name]) for d in self.dials[kind])

        return min(self.kinds[kind], key=distance)


def space_of(arms: Sequence[str], numbers: Sequence[int]) -> Space:
    """The space of the arms with these numbers, by their names."""
    kinds: dict[str, dict[int, Mapping[str, float]]] = {}
    for number in numbers:
        name = arms[number]
        on_top = "current + " if name.startswith("current + ") else ""
        kinds.setdefault(on_top + family_of(name), {})[number] = strengths_of(name)
    return Space(kinds=kinds, dials={kind: _dials(own) for kind, own in kinds.items()})


def family_of(name: str) -> str:
    """The families that an arm sets; `keep` for the current recipe, `less` for a part of it."""
    families = [family for family, _ in _STRENGTH.findall(name)]
    if families:
        return " + ".join(families)
    return "keep" if name == "current" else "less"


def strengths_of(name: str) -> Mapping[str, float]:
    """The strengths in an arm's name by family, or its share of the current recipe."""
    found = {family: float(value) for family, value in _STRENGTH.findall(name)}
    share = _SHARE.search(name.replace("half of", "0.5 of"))
    return found or {"share": float(share.group(1)) if share else 0.0}


def _dials(arms: Mapping[int, Mapping[str, float]]) -> tuple[Dial, ...]:
    values: dict[str, set[float]] = {}
    for strengths in arms.values():
        for name, value in strengths.items():
            values.setdefault(name, set()).add(value)
    return tuple(
        Dial(name=name, low=min(own), high=max(own)) for name, own in values.items() if len(own) > 1
    )


def _gap(dial: Dial, first: float, second: float) -> float:
    """The squared distance, in shares of the dial's range."""
    if dial.is_log:
        return (log(first / second) / log(dial.high / dial.low)) ** 2
    return ((first - second) / (dial.high - dial.low)) ** 2
