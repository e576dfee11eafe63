"""What a strategy is worth: readings of its curves, regrets against an oracle, and harm."""

from collections.abc import Mapping
from functools import cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from advisor.probes.outcome import Policy

Floats = npt.NDArray[np.float64]

POLICIES: tuple[Policy, ...] = ("stopped", "last")
_LEAST_ATTAINABLE = 0.05
"""Where hardly anything can be gained, regret is counted in this share of the best loss."""
_HARMFUL = 1.01
_ONE_SIDED_95 = 1.645


def read(val: Floats, test: Floats, policy: Policy) -> Floats:
    """Test losses [...] of curves [..., epochs]: at the epoch `val` prefers, or at the last."""
    if policy == "last":
        return test[..., -1]
    best = val.argmin(axis=-1)[..., None]
    return np.take_along_axis(test, best, axis=-1)[..., 0]


def shown(val: Floats, policy: Policy) -> Floats:
    """What a user sees of a run [...] and would choose by: its lowest validation loss, or last."""
    return val[..., -1] if policy == "last" else val.min(axis=-1)


def oracle(losses: Floats) -> float:
    """The loss of the best arm, of `losses` [arms, seeds].

    The arm is chosen on the larger half of the seeds and valued on the others, over all ways to
    part them, so that nobody's luck counts. A single seed can't be parted: the lowest loss by it.
    """
    if losses.shape[1] == 1:
        return float(losses.min())
    chosen = _halves(losses.shape[1])
    best = (losses @ chosen.T).argmin(axis=0)
    fresh = ~chosen
    return float((losses[best] * fresh).sum() / fresh.sum())


@cache
def _halves(seeds: int) -> npt.NDArray[np.bool_]:
    """All ways [ways, seeds] to choose the larger half of so many seeds."""
    chosen = list(combinations(range(seeds), (seeds + 1) // 2))
    return np.array([[seed in each for seed in range(seeds)] for each in chosen])


def best_by_seed(losses: Floats) -> Floats:
    """Losses [seeds] of the best of `losses` [arms, seeds], each chosen on the other seeds."""
    seeds = range(losses.shape[1])
    best = [np.delete(losses, seed, axis=1).mean(axis=1).argmin() for seed in seeds]
    return np.array([losses[arm, seed] for seed, arm in zip(seeds, best, strict=True)])


def relative_regret(loss: float, best: float) -> float:
    """Share of the best loss that is lost."""
    return (loss - best) / best


def floored_regret(loss: float, best: float, current: float) -> float:
    """Share of what was to be gained that is lost: 0 for the oracle, 1 for the current recipe."""
    return max(0.0, loss - best) / max(current - best, _LEAST_ATTAINABLE * best)


def is_harmful(losses: Floats, current: Floats) -> bool:
    """True if losses [seeds] are over 1 % and significantly above those of the current recipe."""
    return is_above(losses, current, _HARMFUL)


def is_above(losses: Floats, others: Floats, factor: float) -> bool:
    """True if losses [seeds] are on average, and significantly, over `factor` times others."""
    more = losses.mean() - others.mean()
    error = np.sqrt(_squared_error(losses) + _squared_error(others))
    return bool(losses.mean() > factor * others.mean() and more > _ONE_SIDED_95 * error)


def bootstrap(by_task: Mapping[str, float], level: float = 0.9) -> tuple[float, float]:
    """The interval of a mean over tasks, drawing tasks anew."""
    values = np.array(list(by_task.values()))
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (4000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _squared_error(losses: Floats) -> float:
    return float(losses.var(ddof=1) / len(losses))
