"""Made-up results for tests: curves and races whose figures can be worked out by hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from advisor.probes.outcome import Policy
from tests.benchmarks.advice.races import BUDGET, Announced, Race
from tests.benchmarks.advice.readings import POLICIES
from tests.benchmarks.advice.store import Truth


def made_up_truth(
    losses: Mapping[str, Sequence[float]], task: str = "t", data_seed: int = 0, epochs: int = 4
) -> Truth:
    """Flat curves: of every arm's name the loss by each seed, alike in validation and test.

    Of the first drawing the fresh seeds come to the same losses.
    """
    by_seed = np.array(list(losses.values()))
    flat = np.repeat(by_seed[..., None], epochs, axis=-1)
    fresh = by_seed if data_seed == 0 else by_seed[:, :0]
    return Truth(
        task=task,
        data_seed=data_seed,
        arms=tuple(losses),
        seeds=tuple(range(flat.shape[1])),
        val_halves=np.stack([flat, flat]),
        test=flat,
        fresh=np.stack([fresh] * len(POLICIES)),
    )


def made_up_race(
    pick: str,
    losses: Sequence[float],
    current: Sequence[float],
    *,
    task: str = "t",
    data_seed: int = 0,
    seed: int = 1,
    policy: Policy = "stopped",
    budget: float = BUDGET,
    announced: Announced | None = None,
) -> Race:
    """A race of twenty trainings that cost two fits; fresh seeds come to the same losses."""
    return Race(
        task=task,
        data_seed=data_seed,
        seed=seed,
        policy=policy,
        pick=pick,
        label="keep" if pick == "current" else "confirmed",
        losses=losses,
        fresh=losses,
        current=current,
        announced=announced,
        cost=2.0,
        trials=20,
        budget=budget,
    )
