"""The searches that a user would run instead, and how each is replayed on stored curves."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from advisor.values import dataclass
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.keras_hyperband import keras_hyperband
from tests.benchmarks.advice.ledger import BudgetSpentError, Field, Ledger
from tests.benchmarks.advice.optuna_search import PRUNERS, optuna_search
from tests.benchmarks.advice.searches import random_search, screen, whole_grid

BUDGETS = (1, 2, 3, 5, 8, 10)
"""Full trainings; the last is four times the advisor's default budget."""
RANDOM = "random search"
GRID = "whole grid, one split"
OPTUNA = "Optuna TPE, median"
OPTUNA_HYPERBAND = "Optuna TPE, Hyperband"
KERAS_TUNER = "KerasTuner Hyperband"
_OPTUNA_TITLES = dict(zip(PRUNERS, (OPTUNA, OPTUNA_HYPERBAND), strict=True))


class Pick(NamedTuple):
    """What a replay chose: the arm and the seed of the truth by their numbers, and its cost."""

    arm: int
    seed: int
    epochs: int


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search, read after each of `budgets` full trainings; None: at its own end."""

    title: str
    run: Callable[[Ledger], None]
    budgets: tuple[int | None, ...]
    package: str | None = None

    @property
    def is_installed(self) -> bool:
        """False if it needs a package that isn't there."""
        return self.package is None or find_spec(self.package) is not None

    @property
    def rows(self) -> list[Row]:
        """Its rows in a table."""
        return [Row(self.title, budget) for budget in self.budgets]


SEARCHES = (
    Search(title="one-epoch screen, top 3", run=screen, budgets=(None,)),
    Search(title=GRID, run=whole_grid, budgets=(None,)),
    Search(title=RANDOM, run=random_search, budgets=BUDGETS),
    Search(title="one-epoch screen", run=partial(screen, top=None), budgets=BUDGETS),
    *(
        Search(
            title=title,
            run=partial(optuna_search, pruner=pruner, is_short=is_short),
            budgets=BUDGETS if is_short else (None,),
            package="optuna",
        )
        for pruner, title in _OPTUNA_TITLES.items()
        for is_short in (True, False)
    ),
    Search(
        title=KERAS_TUNER,
        run=keras_hyperband,
        budgets=(*BUDGETS, None),
        package="keras_tuner",
    ),
)


def replayed(search: Search, field: Field, replays: int) -> dict[Row, list[Pick]]:
    """What a search picks, once a replay; the seeds of the truth take turns.

    To its own end a search runs but once a seed: that takes the most time and varies the least.
    """
    most = max((budget for budget in search.budgets if budget is not None), default=0)
    picks: dict[Row, list[Pick]] = {row: [] for row in search.rows}
    for replay in range(replays):
        has_end = None in search.budgets and replay < field.seeds
        seed = replay % field.seeds
        limit = None if has_end else most * field.epochs
        ledger = Ledger(field, seed, np.random.default_rng(replay), limit)
        with suppress(BudgetSpentError):  # what it has trained by then is what it chooses from
            search.run(ledger)
        for budget in search.budgets:
            if has_end or budget is not None:
                pick = Pick(ledger.pick(budget), seed, ledger.spent(budget))
                picks[Row(search.title, budget)].append(pick)
    return picks
