"""Which arm the trials favour: the lowest on the surface, the simplest of near equals."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy, TrialResult
from advisor.probes.pooling import Pair
from advisor.probes.surface import Seen, Surface, coordinates, surface
from advisor.regularization import SPECS, Family

BASELINE = Arm()
BASELINE_NAME = arm_name(BASELINE)

Readings = dict[Pair, dict[str, float]]


def chosen_arm(
    trials: Sequence[TrialResult],
    arms: Mapping[str, Arm],
    policy: Policy,
    *,
    tie: float,
    is_maximized: bool,
    present: Mapping[Family, float] | None = None,
) -> str:
    """The name of the arm to confirm; the current recipe's if no arm is clearly below it.

    If any arm was run more than once, only such arms are compared: a single lucky trial must not
    win. Of the arms within `tie` of the lowest (a share of the current recipe's loss) the simplest
    wins.
    """
    changes = expected_changes(trials, arms, policy, is_maximized=is_maximized, present=present)
    lowest = min(changes.values())  # at most 0: the current recipe is among them
    near = [name for name, change in changes.items() if change <= lowest + tie]
    return min(near, key=lambda name: (simplicity(arms[name]), changes[name]))


def expected_changes(
    trials: Sequence[TrialResult],
    arms: Mapping[str, Arm],
    policy: Policy,
    *,
    is_maximized: bool,
    present: Mapping[Family, float] | None = None,
) -> dict[str, float]:
    """The change from the current recipe to expect of each arm that was run, as a share of it.

    Lower is better. The current recipe is among them with 0.
    """
    readings = _paired_readings(trials, policy, is_maximized=is_maximized)
    runs = {name: sum(name in pair for pair in readings.values()) for name in arms}
    least = min(2, max((n for name, n in runs.items() if name != BASELINE_NAME), default=0))
    names = [BASELINE_NAME, *(n for n in arms if n != BASELINE_NAME and runs[n] >= least > 0)]
    if len(names) == 1:
        return {BASELINE_NAME: 0.0}
    run = [BASELINE_NAME, *(n for n in arms if n != BASELINE_NAME and runs[n])]
    fitted = surface_over(
        {name: arms[name] for name in run},
        trials,
        policy,
        is_maximized=is_maximized,
        present=present,
    )
    mean = dict(zip(run, (fitted.mean - fitted.mean[0]).tolist(), strict=True))
    return {name: mean[name] for name in names}


def surface_over(
    arms: Mapping[str, Arm],
    trials: Sequence[TrialResult],
    policy: Policy,
    *,
    is_maximized: bool,
    present: Mapping[Family, float] | None = None,
) -> Surface:
    """What the trials say of `arms`, run or not, in their order."""
    places = {name: index for index, name in enumerate(arms)}
    readings = _paired_readings(trials, policy, is_maximized=is_maximized)
    points = np.array([coordinates(arm, present or {}) for arm in arms.values()])
    return surface(points, list(_seen(readings, places)))


def _paired_readings(
    trials: Sequence[TrialResult], policy: Policy, *, is_maximized: bool
) -> Readings:
    """From-scratch readings by pair and arm, lower is better; of a repeated one the later, longer.

    Pairs that the current recipe was not run on are left out.
    """
    sign = -1.0 if is_maximized else 1.0
    by_pair: Readings = {}
    for result in trials:
        if result.trial.start == "scratch":
            pair = (result.trial.seed, result.trial.split)
            by_pair.setdefault(pair, {})[result.arm] = sign * getattr(result, policy)
    return {pair: own for pair, own in by_pair.items() if BASELINE_NAME in own}


def _seen(readings: Readings, places: Mapping[str, int]) -> Iterator[Seen]:
    """Changes from the current recipe, or where that overflowed, from the pair's best arm."""
    finite = [own[BASELINE_NAME] for own in readings.values() if isfinite(own[BASELINE_NAME])]
    usual = [value for own in readings.values() for value in own.values() if isfinite(value)]
    levels = finite or usual or [1.0]
    scale = abs(sum(levels) / len(levels)) or 1.0
    for number, own in enumerate(readings.values()):
        reference = own[BASELINE_NAME]
        if not isfinite(reference):
            reference = min((v for v in own.values() if isfinite(v)), default=0.0)
        for name, value in own.items():
            if name in places:
                change = (value - reference) / scale if isfinite(value) else inf
                yield Seen(arm=places[name], pair=number, change=change)


def simplicity(arm: Arm) -> tuple[int, float]:
    """Sorts arms from simple to complicated: no change, fewer families, then weaker ones."""
    if not arm.doses:
        return (0, 0.0) if arm.share == 1 else (1, arm.share)
    weights = (SPECS[family].scale.complexity(dose) for family, dose in arm.doses.items())
    return (1 + len(arm.doses) + (arm.share != 0), sum(weights))
