"""Which arms to try: anchors across the families, then what the results so far suggest.

The measured grids' best strengths often lie at the strong end (1e-2 to 1e-1), so that is where
the anchors stand; the user's rules may point elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import floor, log10, sqrt

from advisor.arm import Arm
from advisor.menu import Menu
from advisor.regularization import Family, Strategy

_ANCHORS: tuple[dict[Family, float], ...] = (
    {"l2": 1e-2},
    {"dropout": 0.5},
    {"l1": 1e-2},
    {"l2": 1e-3, "dropout": 0.5},
    {"l2": 1e-1},
    {"l1": 1e-3},
    {"dropout": 0.2},
    {"l2": 1e-3},
)
_SCREENED: tuple[dict[Family, float], ...] = (
    {"l2": 1e-2},
    {"dropout": 0.5},
    {"l1": 1e-2},
    {"l2": 1e-3, "dropout": 0.5},
    {"l2": 1e-1},
    {"l1": 1e-3},
    {"dropout": 0.2},
    {"l2": 1e-3},
    {"l2": 1e-2, "dropout": 0.3},
    {"l1": 1e-3, "dropout": 0.3},
    {"dropout": 0.7},
    {"l1": 1e-1},
)
_SHARES = (0.1, 0.3, 0.5, 1.0, 2.0)
# How far a ladder grows beyond its end: a penalty of 1 holds every weight at 0.
_LIMITS: dict[Family, float] = {"l1": 1.0, "l2": 1.0, "dropout": 0.8}
# An arm this much worse than the best one is no parent of further arms.
_HOPELESS = 0.1
_NEARLY_HALF_DECADE = 0.05  # in decades

# As good as the current recipe: less than one trial's noise from it.
_ALIKE = 0.01

Scored = tuple[Arm, float]  # lower is better


def anchors(menu: Menu) -> tuple[Arm, ...]:
    """Arms across the families, the most telling first; none of them is the current recipe."""
    return _distinct(menu, _first_arms(menu, _ANCHORS))


def screened(menu: Menu) -> tuple[Arm, ...]:
    """The arms of a warm screen, the most telling first."""
    return _distinct(menu, _first_arms(menu, _SCREENED))


def _first_arms(menu: Menu, combinations: Iterable[dict[Family, float]]) -> Iterator[Arm]:
    if menu.has_present:
        yield Arm(share=0)
        yield Arm(share=0.3)
    known = [doses for doses in combinations if set(doses) <= set(menu.families)]
    starts = [{family: start} for family, start in menu.starts.items() if family in menu.families]
    for doses in (*known[:4], *starts, *known[4:]):
        yield Arm(doses=doses, share=_share(menu, doses))
    for family, where in menu.variants:
        yield Arm(doses={family: menu.ladders[family][3]}, share=0, where={family: where})


def _share(menu: Menu, doses: dict[Family, float]) -> float:
    """A family that is not there yet joins what is; one that is there, replaces it."""
    present = {place.family for place in menu.present}
    return 1.0 if present and not present & set(doses) else 0.0


def next_arm(menu: Menu, scored: Sequence[Scored], tried: Iterable[Strategy]) -> Arm | None:
    """The most promising arm not yet tried on the seed and split that `scored` comes from.

    Doses that bracket each family's best one; steps along the ladders from the best arm, its
    combinations with the best arm of each other family, half steps towards the better side, then
    the same around the second best. At an end of a ladder, a step goes beyond it. None where
    nothing is left to try.
    """
    seen = set(tried)
    for arm in _promising(menu, sorted(scored, key=lambda each: each[1])):
        if menu.is_possible(arm) and menu.strategy(arm) not in seen:
            return arm
    return None


def _promising(menu: Menu, ranked: Sequence[Scored]) -> Iterator[Arm]:
    parents = [each for each in ranked if each[0].doses or each[0].share not in (0.0, 1.0)]
    if not parents:
        return
    best = parents[0]
    rivals = [each for each in parents[1:] if each[0].doses.keys() != best[0].doses.keys()]
    yield from _in_place_of_present(menu, best[0], ranked)
    yield from _unbracketed(menu, ranked)
    yield from _steps(menu, best[0])
    for other in rivals:
        if other[1] <= best[1] + _HOPELESS * abs(best[1]):
            yield from _together(menu, best[0], other[0])
    yield from _half_steps(menu, best[0], ranked)
    for parent in parents[1:2]:
        yield from _steps(menu, parent[0])
        yield from _half_steps(menu, parent[0], ranked)


def _in_place_of_present(menu: Menu, arm: Arm, ranked: Sequence[Scored]) -> Iterator[Arm]:
    """The arm's doses with as much of what is there now as did best by itself."""
    alone = [each.share for each, _ in ranked if not each.doses]
    if menu.has_present and arm.doses and alone:
        yield Arm(doses=arm.doses, share=alone[0], where=arm.where)


def _unbracketed(menu: Menu, ranked: Sequence[Scored]) -> Iterator[Arm]:
    """For each family by itself a step beyond its best dose, where that is an end of those tried.

    An anchor may be far too strong for a network that a weaker dose would help. A dose that does
    as well as the current recipe is no reason to go on: weaker ones only come closer to it.
    """
    current = next((score for arm, score in ranked if not arm.doses and arm.share == 1), None)
    for family in menu.families:
        alone = [each for each in ranked if each[0].doses.keys() == {family} and not each[0].where]
        if not alone or current is None:
            continue
        arm, score = alone[0]
        doses = [each.doses[family] for each, _ in alone]
        is_better = score < current
        if is_better and arm.doses[family] == max(doses):
            yield from _stepped(arm, family, step_up(menu, family, arm.doses[family]))
        if arm.doses[family] == min(doses) and abs(score - current) > _ALIKE * abs(current):
            yield from _stepped(arm, family, step_down(menu, family, arm.doses[family]))


def _stepped(arm: Arm, family: Family, dose: float | None) -> Iterator[Arm]:
    if dose is not None:
        yield _with_dose(arm, family, dose)


def _steps(menu: Menu, arm: Arm) -> Iterator[Arm]:
    """One step up and one down for each dose, or of the share where there is no dose."""
    for family, dose in arm.doses.items():
        for step in (step_up(menu, family, dose), step_down(menu, family, dose)):
            if step is not None:
                yield _with_dose(arm, family, step)
    if not arm.doses:
        for share in _SHARES:
            yield Arm(share=share)


def step_up(menu: Menu, family: Family, dose: float) -> float | None:
    """The next dose of the ladder, or one beyond its end; None at the limit."""
    above = [each for each in menu.ladders[family] if each > dose * 1.001]
    if above:
        return above[0]
    grown = _rounded(dose + 0.1 if family == "dropout" else dose * sqrt(10), family)
    return grown if grown <= _LIMITS[family] else None


def step_down(menu: Menu, family: Family, dose: float) -> float | None:
    """The next lower dose of the ladder; None below it, where a dose does nothing any more."""
    below = [each for each in menu.ladders[family] if each < dose * 0.999]
    return below[-1] if below else None


def _half_steps(menu: Menu, arm: Arm, ranked: Sequence[Scored]) -> Iterator[Arm]:
    """For each dose the middle towards the better neighbour, then towards the other one."""
    scores = {_identity(each): score for each, score in ranked}
    for family, dose in arm.doses.items():
        steps = [s for s in (step_up(menu, family, dose), step_down(menu, family, dose)) if s]
        steps.sort(key=lambda s: scores.get(_identity(_with_dose(arm, family, s)), float("inf")))
        for step in steps:
            yield _with_dose(arm, family, _middle(family, dose, step))


def _middle(family: Family, dose: float, step: float) -> float:
    middle = (dose + step) / 2 if family == "dropout" else sqrt(dose * step)
    return _rounded(middle, family)


def _rounded(dose: float, family: Family) -> float:
    """Doses that one would write down: .25 of a rate; 0.003, 0.01 or 0.0017 of a penalty."""
    if family == "dropout":
        return round(dose, 2)
    decade = floor(log10(dose))
    halves = [digit * 10.0**power for power in (decade, decade + 1) for digit in (1, 3)]
    nearest = min(halves, key=lambda half: abs(log10(half / dose)))
    is_near = abs(log10(nearest / dose)) < _NEARLY_HALF_DECADE
    return float(f"{nearest if is_near else dose:.1e}")


def _together(menu: Menu, best: Arm, other: Arm) -> Iterator[Arm]:
    """Both arms' families at once: as they are, then each in turn a step weaker.

    Together they regularize more than alone, so a step down on either side is tried too.
    """
    added = {f: dose for f, dose in other.doses.items() if f not in best.doses}
    where = {**other.where, **best.where}
    share = max(best.share, other.share) if best.doses else best.share
    weaker = {f: step_down(menu, f, dose) for f, dose in added.items()}
    if added:
        down: dict[Family, float] = {f: dose for f, dose in weaker.items() if dose is not None}
        if down:
            yield Arm(doses={**best.doses, **down}, share=share, where=where)
        yield Arm(doses={**best.doses, **added}, share=share, where=where)
    if menu.has_present and best.doses:
        yield Arm(doses=best.doses, share=1.0 - min(1.0, best.share), where=best.where)


def _with_dose(arm: Arm, family: Family, dose: float) -> Arm:
    return Arm(doses={**arm.doses, family: dose}, share=arm.share, where=arm.where)


def _identity(arm: Arm) -> tuple[object, ...]:
    doses = tuple(sorted(arm.doses.items()))
    return (doses, arm.share, tuple(sorted(arm.where.items())))


def _distinct(menu: Menu, arms: Iterable[Arm]) -> tuple[Arm, ...]:
    """Each strategy once, without that of keeping the model as it is."""
    found: dict[Strategy, Arm] = {}
    for arm in arms:
        strategy = menu.strategy(arm)
        if strategy.changes and menu.is_possible(arm):
            found.setdefault(strategy, arm)
    return tuple(found.values())
