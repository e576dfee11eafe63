"""Who is compared: what each contender chooses on a task, at which cost, over many replays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec

import numpy as np

from advisor.arm import arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice.contenders import Board
from tests.benchmarks.advice.keras_hyperband import keras_hyperband
from tests.benchmarks.advice.ledger import BudgetSpentError, Field, Ledger, field_of
from tests.benchmarks.advice.optuna_search import PRUNERS, optuna_search
from tests.benchmarks.advice.races import Race, alike
from tests.benchmarks.advice.readings import Floats, read
from tests.benchmarks.advice.searches import random_search, screen, whole_grid
from tests.benchmarks.advice.store import Truth
from tests.benchmarks.advice.strategies import FIXED, fixed_arm

ADVISOR = "advisor, rules + probes"
RULES_ALONE = "advisor, rules alone"
BUDGETS = (1, 2, 3, 5, 8, 10)
"""Full trainings: the issue's, and four times the default budget of the advisor."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An arm by its name, test losses [seeds] of full trainings, and what it cost to choose it.

    Losses are of all seeds of the truth but one: of a search, the one that it has seen. Where none
    was seen every seed is left out in turn, for with fewer seeds noise adds to a floored regret.
    The cost is in full trainings of the user's model; the advisor's own in the time of as many.
    """

    arm: str
    losses: Floats
    cost: float = 0.0


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

    def row(self, budget: int | None) -> str:
        """The title of its row at a budget."""
        return self.title if budget is None else f"{self.title}: {budget}"


SEARCHES = (
    Search(title="one-epoch screen, top 3", run=screen, budgets=(None,)),
    Search(title="whole grid, one split", run=whole_grid, budgets=(None,)),
    Search(title="random search", run=random_search, budgets=BUDGETS),
    Search(title="one-epoch screen", run=partial(screen, top=None), budgets=BUDGETS),
    *(
        Search(
            title=f"Optuna TPE, {pruner}",
            run=partial(optuna_search, pruner=pruner, is_short=is_short),
            budgets=BUDGETS if is_short else (None,),
            package="optuna",
        )
        for pruner in PRUNERS
        for is_short in (True, False)
    ),
    Search(
        title="KerasTuner Hyperband",
        run=keras_hyperband,
        budgets=(*BUDGETS, None),
        package="keras_tuner",
    ),
)


def choices_of(
    truth: Truth, policy: Policy, replays: int, *, races: Iterable[Race], by_rules: str | None
) -> Mapping[str, Sequence[Choice]]:
    """What every contender chooses on one drawing, by the titles of its rows.

    `races` are those of the task, `by_rules` is the arm that the rules alone name.
    """
    field = field_of(truth, policy)
    found: dict[str, Sequence[Choice]] = {
        ADVISOR: [
            choice
            for race in alike(races, policy, data_seed=truth.data_seed)
            for choice in _seen_by_none(race.pick, np.array(race.losses), race.cost)
        ],
        RULES_ALONE: _choices(field.board, by_rules) if by_rules else [],
        **_current(truth, field),
        **_fixed(field),
        "random from the menu": [
            choice
            for arm in field.rivals
            for choice in _choices(field.board, field.board.arms[arm])
        ],
    }
    for search in SEARCHES:
        if search.is_installed:
            found |= searched(search, field, replays)
    return {title: chosen for title, chosen in found.items() if chosen}


def searched(search: Search, field: Field, replays: int) -> dict[str, list[Choice]]:
    """A search's choices, one a replay; the seeds of the truth take turns.

    To its own end a search runs but once a seed: that takes the most time and varies the least.
    """
    most = max((budget for budget in search.budgets if budget is not None), default=0)
    rows: dict[str, list[Choice]] = {search.row(budget): [] for budget in search.budgets}
    for replay in range(replays):
        has_end = None in search.budgets and replay < field.seeds
        limit = None if has_end else most * field.epochs
        ledger = Ledger(field, replay % field.seeds, np.random.default_rng(replay), limit)
        with suppress(BudgetSpentError):  # what it has trained by then is what it chooses from
            search.run(ledger)
        for budget in search.budgets:
            if has_end or budget is not None:
                rows[search.row(budget)].append(_picked(ledger, budget))
    return rows


def _picked(ledger: Ledger, budget: int | None) -> Choice:
    """The pick within a budget, valued on the seeds that the search hasn't seen."""
    arm = ledger.pick(budget)
    fresh = np.delete(ledger.field.board.losses[arm], ledger.seed)
    return Choice(arm=ledger.field.board.arms[arm], losses=fresh, cost=ledger.cost(budget))


def _current(truth: Truth, field: Field) -> dict[str, list[Choice]]:
    """The user's current recipe, read under either policy."""
    name = field.board.arms[field.current]
    val, test = truth.val[field.current], truth.test[field.current]
    return {
        "current, stopped early": _seen_by_none(name, read(val, test, "stopped")),
        "current, to the last epoch": _seen_by_none(name, read(val, test, "last")),
    }


def _fixed(field: Field) -> dict[str, list[Choice]]:
    """The fixed advice that the network has places for."""
    names = {title: arm_name(fixed_arm(title, field.board.is_regularized)) for title in FIXED}
    return {
        title: _choices(field.board, name)
        for title, name in names.items()
        if name in field.board.arms
    }


def _choices(board: Board, name: str) -> list[Choice]:
    return _seen_by_none(name, board.losses[board.arms.index(name)])


def _seen_by_none(arm: str, losses: Floats, cost: float = 0.0) -> list[Choice]:
    """A choice that no seed of the truth took part in, once without each of them."""
    return [
        Choice(arm=arm, losses=np.delete(losses, seed), cost=cost) for seed in range(len(losses))
    ]
