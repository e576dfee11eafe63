"""Which arm the trials speak for: the lowest pooled mean, and of near equals the simplest."""

from collections.abc import Mapping, Sequence
from math import isfinite, log10

from advisor.arm import Arm, arm_name
from advisor.probes.outcome import Policy, TrialResult
from advisor.probes.pooling import mean, paired_differences, readings_by_pair

BASELINE = Arm()
BASELINE_NAME = arm_name(BASELINE)


def chosen_arm(
    trials: Sequence[TrialResult],
    arms: Mapping[str, Arm],
    policy: Policy,
    *,
    tie: float,
    is_maximized: bool,
) -> str:
    """The name of the arm to confirm; the current recipe's where none is clearly below it.

    Only arms that were run as often as any are compared: a single lucky trial wins nothing.
    Within `tie` of the lowest, as a share of the current recipe's mean, the simplest wins.
    """
    means = pooled_means(trials, arms, policy, is_maximized=is_maximized)
    own = readings_by_pair(trials, BASELINE_NAME, policy)
    scale = abs(mean(tuple(own.values()))) if own else 0.0
    margin = tie * scale if isfinite(scale) else 0.0
    lowest = min(means.values())  # at most 0: the current recipe is among them
    near = [name for name, value in means.items() if value <= lowest + margin]
    return min(near, key=lambda name: (simplicity(arms[name]), means[name]))


def pooled_means(
    trials: Sequence[TrialResult], arms: Mapping[str, Arm], policy: Policy, *, is_maximized: bool
) -> dict[str, float]:
    """The mean paired difference from the current recipe of each arm with the most pairs.

    Lower is better. The current recipe is among them with 0.
    """
    sign = -1.0 if is_maximized else 1.0
    differences = {
        name: tuple(sign * d for d in paired_differences(trials, name, BASELINE_NAME, policy))
        for name in arms
        if name != BASELINE_NAME
    }
    most = max((len(each) for each in differences.values()), default=0)
    means = {name: mean(each) for name, each in differences.items() if len(each) == most > 0}
    return {BASELINE_NAME: 0.0, **means}


def simplicity(arm: Arm) -> tuple[int, float]:
    """Sorts arms from simple to complicated: no change, fewer families, then weaker ones."""
    if not arm.doses:
        return (0, 0.0) if arm.share == 1 else (1, arm.share)
    weights = [d if f == "dropout" else max(0.0, 1 + log10(d) / 8) for f, d in arm.doses.items()]
    return (1 + len(arm.doses) + (arm.share != 0), sum(weights))
