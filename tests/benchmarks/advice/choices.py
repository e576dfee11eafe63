"""A choice: the strategy that someone would use, what it is worth, and what choosing it cost."""

from typing import NamedTuple

from advisor.values import dataclass
from tests.benchmarks.advice.readings import Floats


class Row(NamedTuple):
    """Who chooses, and within how many full trainings; None: as far as it goes by itself."""

    contender: str
    budget: float | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An arm by its name, test losses [seeds] of full trainings, and what it cost to choose it.

    The seeds are fresh ones, which took no part in any choice. The cost is in full trainings of
    the user's model; the advisor's own in the time of as many.
    """

    arm: str
    losses: Floats
    cost: float = 0.0
