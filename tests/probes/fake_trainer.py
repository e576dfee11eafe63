"""A trainer without a network: a known loss surface, and the noise of seeds and splits.

What is drawn is drawn from (task, seed, split, strategy) alone, so that equal trials give equal
curves and those of one seed and split share their luck, as common random numbers make them do.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from math import exp, log10, sqrt

import numpy as np

from advisor.candidates.place import Place
from advisor.candidates.search_space import SearchSpace
from advisor.probes.trial import Costs, Trial, TrialCurve
from advisor.regularization import SPECS, Family
from advisor.values import dataclass

Doses = Mapping[Family, float]
# The families that the surfaces are over.
SIMULATED: tuple[Family, ...] = ("l1", "l2", "dropout")
# The features that noise is made of: nearby doses share most of their luck.
_FEATURES = 24


def place(family: Family, present: float = 0.0, layer: str = "a") -> Place:
    spec = SPECS[family]
    return Place(owner=layer, layer=layer, slot=spec.slots[0], kind=spec.kinds[0], present=present)


def space(*families: Family, present: Doses | None = None) -> SearchSpace:
    """A network with one layer that takes `families`, with what it holds at present."""
    held = present or {}
    places = {family: (place(family, held.get(family, 0.0)),) for family in families}
    return SearchSpace(
        places=places,
        present=tuple(place(family, dose) for family, dose in held.items()),
    )


def costs(*, trials: float, budget: float = 2.5, epochs: int = 30, steps: int = 10) -> Costs:
    """Costs at which `budget` pays the setup and that many full-length trials."""
    return Costs(full=(budget - 0.5) / trials, setup=0.5, epochs=epochs, steps_per_epoch=steps)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A true loss over doses: a bowl in the logarithm of the joint strength.

    Each family has its own optimal dose and gain.

    `gains` are shares of the loss of no regularization at the optimum of each family alone;
    `synergy` is the share by which a mixture gains more than its parts' average. Noises are
    standard deviations as shares of the loss: `seed_noise` and `split_noise` are shared by all
    arms of a pair, `arm_noise` (of seeds) and `interaction` (of splits) are not, and the rows at
    hand favour arms by `interaction * sqrt(pool_ratio)` whatever the split. A warm trial shows
    half of an arm's gain, with a `warm_noise` of its own.
    """

    number: int = 0
    loss: float = 1.0
    optima: Doses = field(default_factory=lambda: {"l1": 1e-3, "l2": 1e-2, "dropout": 0.4})
    gains: Doses = field(default_factory=lambda: {"l1": 0.1, "l2": 0.2, "dropout": 0.15})
    synergy: float = 0.1
    width: float = 1.0
    seed_noise: float = 0.03
    split_noise: float = 0.04
    arm_noise: float = 0.015
    interaction: float = 0.02
    pool_ratio: float = 0.0
    rebound: float = 0.3
    half_noise: float = 0.06
    epoch_noise: float = 0.01
    warm_noise: float = 0.03

    def true_loss(self, doses: Doses) -> float:
        """The expected loss of early-stopped trainings on new data."""
        parts = {f: self._strength(f, d) for f, d in doses.items() if d > 0}
        total = sum(parts.values())
        if not total:
            return self.loss
        shares = {f: part / total for f, part in parts.items()}
        gain = sum(shares[f] * self.gains[f] for f in shares)
        mixing = 1 - max(shares.values())
        gain += self.synergy * mixing * abs(gain)
        z = log10(total)
        if z <= 0:
            return self.loss * (1 - gain * exp(-((z / self.width) ** 2)))
        too_strong = (z / self.width) ** 2
        return self.loss * (1 - gain + too_strong * (abs(gain) + 0.1))

    def _strength(self, family: Family, dose: float) -> float:
        """The dose in units of the family's optimum, on a scale that doubles alike."""
        if family == "dropout":
            return (dose / (1 - dose)) / (self.optima[family] / (1 - self.optima[family]))
        return dose / self.optima[family]

    def best(self) -> tuple[dict[Family, float], float]:
        """The best doses on a fine grid, and their true loss."""
        penalties = [0.0, *(10 ** (k / 4) for k in range(-20, 1))]
        rates = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8]
        grid = [
            {"l1": a, "l2": b, "dropout": d} for a in penalties for b in penalties for d in rates
        ]
        losses = [self.true_loss(doses) for doses in grid]  # type: ignore[arg-type]
        lowest = int(np.argmin(losses))
        return grid[lowest], losses[lowest]  # type: ignore[return-value]


class FakeTrainer:
    """Draws the curves of `task`; `after` is called with each trial that has been run."""

    def __init__(
        self,
        task: Task,
        network: SearchSpace,
        *,
        epochs: int = 30,
        onset: int = 10,
        before: Callable[[Trial], None] = lambda trial: None,
    ) -> None:
        self.task = task
        self.space = network
        self.epochs = epochs
        self.onset = onset
        self.trials: list[Trial] = []
        self._before = before

    def train(self, trial: Trial) -> TrialCurve:
        self._before(trial)
        self.trials.append(trial)
        task, doses = self.task, doses_of(trial, self.space)
        level = task.true_loss(doses) * self._luck(trial, doses)
        strength = 1 - task.true_loss(doses) / task.loss
        best = self.onset * (1.5 if doses else 1.0)
        epochs = np.arange(1, trial.epochs + 1)
        late = max(0.0, 1 - max(0.0, strength) * 2) * task.rebound
        shape = np.where(
            epochs <= best,
            1 + 1.5 * ((best - epochs) / best) ** 2,
            1 + late * (epochs - best) / self.epochs,
        )
        if trial.start == "saved":
            level = (task.loss + level) / 2 + task.warm_noise * self._field("warm", 0, doses)
            shape = 1 + late * np.exp(-epochs / 3)
        halves = self._halves(trial, level * shape)
        whole = (halves[0] + halves[1]) / 2
        return TrialCurve(
            val_loss=tuple(whole.tolist()),
            val_halves=(tuple(halves[0].tolist()), tuple(halves[1].tolist())),
            objective=tuple(whole.tolist()),
            steps=10 * trial.epochs,
        )

    def _luck(self, trial: Trial, doses: Doses) -> float:
        task = self.task
        shared = task.seed_noise * self._normal("seed", trial.seed)
        shared += task.split_noise * self._normal("split", trial.split)
        own = task.arm_noise * self._field("arm-seed", trial.seed, doses)
        own += task.interaction * self._field("arm-split", trial.split, doses)
        own += task.interaction * sqrt(task.pool_ratio) * self._field("arm-pool", 0, doses)
        return 1 + shared + own

    def _halves(self, trial: Trial, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        """Half the rows each: an offset of the split, and a jitter of the epochs."""
        task = self.task
        offset = task.half_noise * self._normal("half", trial.split)
        random = self._random("epochs", trial.seed, trial.split, hash_of(trial))
        jitter = task.epoch_noise * random.normal(size=(2, len(losses)))
        return losses * (1 + offset + jitter[0]), losses * (1 - offset + jitter[1])

    def _field(self, name: str, number: int, doses: Doses) -> float:
        """Noise that is smooth in the doses, of variance 1 (random Fourier features)."""
        random = self._random(name, number)
        point = np.array([_coordinate(family, doses.get(family, 0.0)) for family in SIMULATED])
        waves = random.normal(size=(_FEATURES, len(SIMULATED)))
        phases = random.uniform(0, 2 * np.pi, _FEATURES)
        amplitudes = random.normal(size=_FEATURES)
        total = amplitudes @ np.cos(waves @ point + phases)
        return float(total * sqrt(2 / _FEATURES))

    def _normal(self, name: str, number: int) -> float:
        return float(self._random(name, number).normal())

    def _random(self, *key: str | int) -> np.random.Generator:
        words = [self.task.number, *(_word(part) for part in key)]
        return np.random.default_rng(words)


def doses_of(trial: Trial, network: SearchSpace) -> dict[Family, float]:
    """The doses in force after the trial's changes, 0 left out."""
    held: dict[Family, float] = {place.family: place.present for place in network.present}
    changed = {change.family: change.to for change in trial.strategy.changes}
    return {family: dose for family, dose in {**held, **changed}.items() if dose > 0}


def hash_of(trial: Trial) -> int:
    changes = [(c.kind, round(c.to * 1e9)) for c in trial.strategy.changes]
    return sum(_word(kind) * 31 + to for kind, to in changes) % 2**32


def _word(part: str | int) -> int:
    return part if isinstance(part, int) else int.from_bytes(part.encode()[:8], "little")


def _coordinate(family: Family, dose: float) -> float:
    """Doses on a scale where a step of a ladder is about 1 for penalties, .5 for rates."""
    if family == "dropout":
        return 3 * dose
    return max(0.0, 6 + log10(dose)) * 0.6 if dose > 0 else 0.0
