"""A response surface: what all trials so far say about every arm, even about arms not yet run.

It is a Gaussian process over doses. The readings of a pair share an offset. An arm's change from it
is smooth in the doses, and so is the way in which the pair's seed and split favour arms; the rest
is noise. So arms of nearby doses support each other, and a pair on which many of them did well by
luck counts once. Replayed on stored trainings of 14 tasks, it picked better than the pairs' raw
means with 45 trials or more, and equally well with fewer; its constants made little difference.
"""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
import numpy.typing as npt

from advisor.candidates.arm import Arm
from advisor.regularization import FAMILIES, SPECS, Family
from advisor.values import dataclass

Floats = npt.NDArray[np.float64]

_REACH = 1.2  # in decades: how far an arm says something about others
_APART = 1.6  # how far a dose in one place is from the same dose in all, as a share of its size
_OWN = 0.05  # the share of an arm's change that its neighbours know nothing of
# Standard deviations as shares of the current recipe's loss: the likeliest of these is taken.
_CHANGES = (0.03, 0.1, 0.3)
_NOISES = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
_USUAL_CHANGE, _USUAL_NOISE = 0.1, 0.03  # give or take a factor of e
_OFFSET = 2.0  # of a pair's offset: as good as unknown
# A loss that doubles says little more than one that grows by half: such an arm is out.
_BAD = 0.1
_MOST = 1e3


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A trial's change from the current recipe's on its pair, as a share of the recipe's loss."""

    arm: int
    pair: int
    change: float


@dataclass(frozen=True, kw_only=True)
class Surface:
    """The change that is expected of each arm (lower is better), and how sure that is."""

    mean: Floats
    covariance: Floats

    def promising(self, count: int, arms: Sequence[int], seed: Sequence[int]) -> list[int]:
        """The arm with the lowest mean, then those that lead in draws from the surface (Thompson).

        An arm leads a draw as often as it is likely to be the best of all. So uncertain arms are
        tried, and hopeless ones are not.
        """
        places = np.array(arms)
        ranked = [int(places[index]) for index in np.argsort(self.mean[places], kind="stable")]
        leaders = ranked[: min(count, 1)]
        random = np.random.default_rng(seed)
        spread = np.linalg.cholesky(
            self.covariance[np.ix_(places, places)] + 1e-8 * np.eye(len(places))
        )
        for _ in range(_DRAWS_AN_ARM * count):
            if len(leaders) >= min(count, len(places)):
                break
            drawn = self.mean[places] + spread @ random.standard_normal(len(places))
            leader = int(places[drawn.argmin()])
            if leader not in leaders:
                leaders.append(leader)
        return [*leaders, *(arm for arm in ranked if arm not in leaders)][:count]


_DRAWS_AN_ARM = 30


def surface(points: Floats, seen: Sequence[Seen]) -> Surface:
    """The surface over arms at `points` [arms, axes], of which some were `seen`."""
    similar = _similarity(points)
    arms = np.array([reading.arm for reading in seen])
    pairs = np.array([reading.pair for reading in seen])
    changes = _tempered(np.array([reading.change for reading in seen]))
    alike = similar[np.ix_(arms, arms)]
    shared = (pairs[:, None] == pairs[None]).astype(float)
    best = max(
        (_Fit(change, noise, alike, shared, changes) for change in _CHANGES for noise in _NOISES),
        key=lambda fit: fit.likelihood,
    )
    prior = best.change**2 * similar
    known = np.linalg.solve(best.root, prior[arms])
    return Surface(mean=known.T @ best.whitened, covariance=prior - known.T @ known)


def coordinates(arm: Arm, present: Mapping[Family, float]) -> tuple[float, ...]:
    """Where an arm lies: the strengths that are in force under it, and those in one place only.

    `present` holds the mean strength of each family that the current recipe has.
    """
    common, placed = [], []
    for family in FAMILIES:
        strength = arm.doses.get(family, arm.share * present.get(family, 0.0))
        size = SPECS[family].scale.distance(strength) / _REACH
        is_placed = family in arm.where
        common.append(size / 2 if is_placed else size)
        placed.append(_APART * size / 2 if is_placed else 0.0)
    return (*common, *placed)


def _similarity(points: Floats) -> Floats:
    squares = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    similar: Floats = (1 - _OWN) * np.exp(-squares / 2) + _OWN * np.eye(len(points))
    return similar


def _tempered(changes: Floats) -> Floats:
    """Losses far above the recipe's count by their logarithm; what overflowed is finite."""
    changes = np.clip(changes, -_MOST, _MOST)
    return np.where(changes > 0, _BAD * np.log1p(np.maximum(changes, 0) / _BAD), changes)


class _Fit:
    """One guess of how much arms change and how much noise there is, and its likelihood."""

    def __init__(
        self, change: float, noise: float, alike: Floats, shared: Floats, changes: Floats
    ) -> None:
        self.change = change
        covariance = (
            change**2 * alike
            + noise**2 * (alike * shared + np.eye(len(changes)))
            + _OFFSET**2 * shared
        )
        self.root = np.linalg.cholesky(covariance)
        self.whitened = np.linalg.solve(self.root, changes)
        unusual = log(change / _USUAL_CHANGE) ** 2 + log(noise / _USUAL_NOISE) ** 2
        self.likelihood = float(
            -(self.whitened @ self.whitened + unusual) / 2 - np.log(np.diag(self.root)).sum()
        )
