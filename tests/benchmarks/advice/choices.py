"""A choice: the strategy that someone would use, what it is worth, and what choosing it cost."""

from typing import NamedTuple

import numpy as np

from advisor.values import dataclass
from tests.benchmarks.advice.readings import Floats


class Row(NamedTuple):
    """Who chooses, and within how many full trainings; None: as far as it goes by itself."""

    contender: str
    budget: float | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An arm by its name, test losses [seeds] of full trainings, and what it cost to choose it.

    Losses are of all seeds of the truth but one: of a search, the one that it has seen. The cost
    is in full trainings of the user's model; the advisor's own in the time of as many.
    """

    arm: str
    losses: Floats
    cost: float = 0.0


def seen_by_none(arm: str, losses: Floats, cost: float = 0.0) -> list[Choice]:
    """A choice that no seed of the truth took part in, once without each of them.

    So it is valued on as many seeds as a search, which must leave out the one that it has seen:
    with fewer seeds noise adds to a floored regret.
    """
    return [
        Choice(arm=arm, losses=np.delete(losses, seed), cost=cost) for seed in range(len(losses))
    ]
