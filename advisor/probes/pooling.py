"""Trials of equal seed and split, compared pair by pair with the current recipe.

Means are arithmetic: logarithms, ranks and medians picked worse arms when stored trainings were
replayed. An arm is compared with the current recipe on its own pairs, so that an arm run on few
pairs doesn't benefit from an easy split.
"""

from collections.abc import Iterable, Sequence
from math import inf, isfinite

from advisor.probes.outcome import Policy, TrialResult
from advisor.probes.trial import Start

Pair = tuple[int, int]  # seed, split


def readings_by_pair(
    trials: Iterable[TrialResult], arm: str, policy: Policy, start: Start = "scratch"
) -> dict[Pair, float]:
    """The readings of an arm's trials of one start; of a repeated pair the later (longer) one."""
    return {
        (result.trial.seed, result.trial.split): getattr(result, policy)
        for result in trials
        if result.arm == arm and result.trial.start == start
    }


def paired_differences(
    trials: Sequence[TrialResult],
    arm: str,
    baseline: str,
    policy: Policy,
    start: Start = "scratch",
) -> tuple[float, ...]:
    """Arm minus baseline on every pair that both have run, in the order of the pairs."""
    own = readings_by_pair(trials, arm, policy, start)
    others = readings_by_pair(trials, baseline, policy, start)
    return tuple(_difference(own[pair], others[pair]) for pair in own if pair in others)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; infinite where losses of both signs of infinity meet, never a NaN."""
    if inf in values:
        return inf
    return sum(values) / len(values)


def share_of(change: float, readings: Sequence[float]) -> float:
    """`change` as a share of the size of `readings`; where that is infinite, all of it."""
    level = abs(mean(readings)) if readings else 0.0
    if change == 0 or level == 0:
        return 0.0
    return change / level if isfinite(level) else -1.0


def relative_change(
    trials: Sequence[TrialResult],
    arm: str,
    baseline: str,
    policy: Policy,
    start: Start = "scratch",
) -> float:
    """The mean of the paired differences, as a share of the baseline's mean over all its pairs."""
    own = readings_by_pair(trials, baseline, policy, start)
    return share_of(mean(paired_differences(trials, arm, baseline, policy, start)), [*own.values()])


def _difference(changed: float, current: float) -> float:
    """0 where both are infinite: two diverged trainings are no different."""
    return 0.0 if changed == current else changed - current
