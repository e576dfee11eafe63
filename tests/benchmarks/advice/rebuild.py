"""Rebuilds what `report` reads: `python -m tests.benchmarks.advice.rebuild all`, many hours.

In this order, or a STEP by its name:
truth    a grid of strategies, five seeds each, for every task;
further  the eight strategies that matter on two further drawings of its rows;
users    the training that a user brings, kept in the cache alone;
rules    what `advisor check` and each rule say of that training without data;
survey   what `advisor check` says without data on the tasks that rules are set on, and their grids;
races    what it says with data, and its picks retrained in full;
replays  what other searches pick on the same trainings; trains nothing;
smoke    all of that for one tiny task, stored nowhere.
What is stored is passed over, so that any of it can be stopped and gone on with.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice import (
    races,
    replays,
    report,
    rule_words,
    rules_alone,
    run,
    store,
    survey,
    survey_tasks,
    truth,
)
from tests.benchmarks.advice.caching import CACHE
from tests.benchmarks.advice.lineup import SEARCHES
from tests.benchmarks.advice.races import BUDGET, RaceKey
from tests.benchmarks.advice.readings import POLICIES
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import SMOKE, TASKS, halves
from tests.benchmarks.advice.tasks import HALVES, Task
from tests.benchmarks.advice.workbench import Workbench, use_one_thread

DATA_SEEDS = (0, *truth.FURTHER_DATA_SEEDS)
_SEEDS = (1, 2, 3, 4)
_FEWER_SEEDS = _SEEDS[:2]
_ALL, _SMOKE = "all", "smoke"
_BUDGETS = (BUDGET, 1.0, 2.0, 3.0, 5.0, 8.0)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to rebuild, and where; `seeds` are those of races, None: as many as each kind has.

    `surveyed` are the tasks of the survey, which is no part of either half.
    """

    tasks: Sequence[Task] = TASKS
    surveyed: Sequence[Task] = field(default_factory=survey_tasks.survey)
    policies: Sequence[Policy] = POLICIES
    data_seeds: Sequence[int] = DATA_SEEDS
    seeds: Sequence[int] | None = None
    budgets: Sequence[float] = _BUDGETS
    replays: int = replays.REPLAYS
    jobs: int = 1
    is_again: bool = False
    cache: Path = CACHE
    results: Path = RESULTS


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="+", choices=[*STEPS, _ALL, _SMOKE], metavar="STEP")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--only", help="the name of one task")
    parser.add_argument("--policy", choices=POLICIES, action="append", help="races and replays")
    parser.add_argument("--data-seeds", type=int, nargs="+", default=DATA_SEEDS)
    parser.add_argument("--seeds", type=int, nargs="+", help="of races")
    parser.add_argument("--budgets", type=float, nargs="+", default=_BUDGETS, help="of races")
    parser.add_argument("--again", action="store_true", help="forget stored advice and replays")
    parser.add_argument("--jobs", type=int, default=1, help="processes that replay")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where trainings are kept")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    use_one_thread()
    if _SMOKE in arguments.steps:
        smoke()
        return
    half = halves()
    order = Order(
        tasks=[
            task
            for task in TASKS
            if arguments.half in (None, half[task.name]) and arguments.only in (None, task.name)
        ],
        surveyed=[task for task in survey_tasks.survey() if arguments.only in (None, task.name)],
        policies=arguments.policy or POLICIES,
        data_seeds=arguments.data_seeds,
        seeds=arguments.seeds,
        budgets=arguments.budgets,
        jobs=arguments.jobs,
        is_again=arguments.again,
        cache=arguments.cache,
        results=arguments.results,
    )
    rebuild(list(STEPS) if _ALL in arguments.steps else arguments.steps, order)


def rebuild(names: Sequence[str], order: Order) -> None:
    """Run the steps of these names, in the order in which they need each other."""
    for name, step in STEPS.items():
        if name in names:
            print(f"== {name}", flush=True)
            step(order)


def _truth(order: Order) -> None:
    for task in order.tasks:
        truth.measure(task, order.cache, has_more=False, results=order.results)


def _further(order: Order) -> None:
    for task in order.tasks:
        truth.measure(task, order.cache, has_more=True, results=order.results)


def _users(order: Order) -> None:
    for task in order.tasks:
        for data_seed in order.data_seeds:
            assert Workbench(task, data_seed, order.cache).user_run.history.exists()


def _rules(order: Order) -> None:
    stored = dict(rules_alone.load(order.results))
    words = dict(rule_words.load(order.results))
    for task in order.tasks:
        if task.name in stored and task.name in words and not order.is_again:
            continue
        words[task.name] = rule_words.words_on(task, Workbench(task, 0, order.cache).user_run)
        rule_words.save(words, order.results)
        advice = rules_alone.advice_on(task, order.cache, order.results)
        if advice is not None:
            stored[task.name] = advice
            rules_alone.save(stored, order.results)
            print(f"{task.name}: {advice.verdict}, {advice.said}", flush=True)


def _survey(order: Order) -> None:
    if order.is_again:
        survey.advise_again(order.surveyed, order.cache, order.results)
        return
    for task in order.surveyed:
        survey.measure(task, order.cache, order.results)


def _races(order: Order) -> None:
    for task in order.tasks:
        for data_seed in order.data_seeds:
            bench = Workbench(task, data_seed, order.cache)
            run.run_races(bench, race_keys(order, data_seed), order.results)


def race_keys(order: Order, data_seed: int) -> list[RaceKey]:
    """The races of one drawing: fewer seeds on further drawings and at other budgets.

    Further drawings are raced at the default budget and stopped early alone.
    """
    keys = []
    for policy in order.policies:
        for budget in order.budgets:
            is_usual = data_seed == 0 and budget == BUDGET
            if data_seed != 0 and (policy, budget) != ("stopped", BUDGET):
                continue
            seeds = order.seeds or (_SEEDS if is_usual else _FEWER_SEEDS)
            keys += [RaceKey(data_seed, seed, policy, budget) for seed in seeds]
    return keys


def _replays(order: Order) -> None:
    if absent := {search.package for search in SEARCHES if not search.is_installed}:
        print(f"left out, as they are not installed: {', '.join(sorted(map(str, absent)))}")
    names = [task.name for task in order.tasks]
    if order.jobs == 1:
        for name in names:
            replay_task(name, order)
        return
    # A task's generator can't be sent to another process.
    bare = replace(order, tasks=(), surveyed=())
    with ProcessPoolExecutor(order.jobs, mp_context=get_context("spawn")) as executor:
        list(executor.map(partial(replay_task, order=bare), names))


def replay_task(name: str, order: Order) -> None:
    """Bring a task's stored replays up to date; nothing without its truth."""
    drawing = store.first_drawing(name, order.results)
    if drawing is None:
        return
    stored = replays.load(drawing, order.results)
    for policy in order.policies:
        if order.is_again or not replays.is_complete(stored.get(policy, {})):
            stored.setdefault(policy, {}).update(replays.replay(drawing, policy, order.replays))
            replays.save(drawing, stored, order.results)
            print(f"{name} {policy}: {len(stored[policy])} rows", flush=True)


STEPS: Mapping[str, Callable[[Order], None]] = {
    "truth": _truth,
    "further": _further,
    "users": _users,
    "rules": _rules,
    "survey": _survey,
    "races": _races,
    "replays": _replays,
}


def smoke() -> None:
    """Everything from nothing for one tiny task, and the report of it."""
    with tempfile.TemporaryDirectory() as folder:
        order = Order(
            tasks=SMOKE[:1],
            surveyed=SMOKE[:1],  # whose grid `truth` has trained
            policies=POLICIES[:1],
            seeds=(1,),
            budgets=(BUDGET,),
            replays=1,
            cache=Path(folder) / "cache",
            results=Path(folder) / "results",
        )
        rebuild(list(STEPS), order)
        surveyed = survey.load(order.results)
        survey.advise_again(order.surveyed, order.cache, order.results)
        assert list(surveyed) == [task.name for task in order.surveyed]
        assert survey.load(order.results) == surveyed
        raced = races.load(order.tasks[0].name, order.results).values()
        assert len(raced) == len(order.data_seeds)
        assert all(race.cost <= race.budget for race in raced)
        print(
            report.text(
                {"smoke": [task.name for task in order.tasks]}, order.results, order.policies
            )
        )


if __name__ == "__main__":
    main()
