"""Prints what the advice is worth from stored results: `python -m tests.benchmarks.advice.table`.

Protocols are compared on the open half; the kept half is what is reported. Spreads are 90 %
intervals of a bootstrap over tasks.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from advisor.probes.outcome import Policy
from tests.benchmarks.advice import races, store
from tests.benchmarks.advice.contenders import CONTENDERS, Board, Score, board
from tests.benchmarks.advice.races import Announced, Race
from tests.benchmarks.advice.readings import POLICIES, bootstrap
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import halves
from tests.benchmarks.advice.tasks import HALVES

ADVISOR = "advisor"
WHOLE_GRID = "whole grid, one split"
Scores = Mapping[str, Mapping[str, Score]]  # contender -> task -> score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--tasks", action="store_true", help="a line a task as well")
    parser.add_argument("--readme", action="store_true", help="the README's table")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the races are")
    arguments = parser.parse_args()
    if arguments.readme:
        print("\n".join(readme_rows(arguments.results)))
        return
    for half in HALVES if arguments.half is None else (arguments.half,):
        names = [name for name, own in halves().items() if own == half]
        print(report(half, names, arguments.results, has_tasks=arguments.tasks))
    if arguments.half is None:
        both = [race for name in halves() for race in races.load(name, arguments.results).values()]
        print(f"== both halves\n{coverage(both)}")


def report(half: str, tasks: Sequence[str], results: Path, *, has_tasks: bool) -> str:
    """Regrets and harm of every contender on the first drawing; coverage on all of them."""
    found = {task: list(races.load(task, results).values()) for task in tasks}
    parts = []
    for policy in POLICIES:
        scores = scores_of(tasks, found, policy)
        count = len(scores["current recipe"])
        parts.append(f"== {half} half, {policy}: {count} tasks\n" + _table(scores))
        if has_tasks:
            parts.append(_task_table(scores))
    parts.append(coverage([race for own in found.values() for race in own]))
    return "\n\n".join(parts) + "\n"


def readme_rows(results: Path = RESULTS) -> list[str]:
    """The README's table: floored regret with its spread, relative regret and harm, stopped."""
    by_half = []
    for half in ("kept", "open"):
        tasks = [name for name, own in halves().items() if own == half]
        found = {task: list(races.load(task, results).values()) for task in tasks}
        by_half.append(scores_of(tasks, found, "stopped"))
    return [
        f"| {name} | {' | '.join(_readme_cells(scores[name]) for scores in by_half)} |"
        for name in by_half[0]
    ]


def _readme_cells(by_task: Mapping[str, Score]) -> str:
    low, high = bootstrap({task: score.floored for task, score in by_task.items()})
    floored = np.mean([score.floored for score in by_task.values()])
    relative = np.mean([score.relative for score in by_task.values()])
    harm = np.mean([score.harm for score in by_task.values()])
    return f"{floored:.2f} [{low:.2f}, {high:.2f}] | {relative:.1%} | {harm:.0%}"


def scores_of(
    tasks: Sequence[str], found: Mapping[str, Sequence[Race]], policy: Policy
) -> dict[str, dict[str, Score]]:
    """Every contender's score on each task whose truth is stored; the advisor's over its races."""
    scores: dict[str, dict[str, Score]] = {ADVISOR: {}, **{name: {} for name in CONTENDERS}}
    for task in tasks:
        truths = [truth for truth in store.load(task) if truth.data_seed == 0]
        if not truths:
            continue
        given = board(truths[0], policy)
        own = races.alike(found[task], policy)
        if own:
            scores[ADVISOR][task] = mean_score(given, own)
        for name, contender in CONTENDERS.items():
            try:
                scores[name][task] = contender(given)
            except ValueError:
                continue  # the network has no place for this advice
    return {name: by_task for name, by_task in scores.items() if by_task}


def coverage(found: Sequence[Race]) -> str:
    """How often the announced interval holds the change that full retraining shows."""
    lines = [f"{'announced 90 % intervals':<26}{'cases':>6}{'hold':>8}   by task"]
    for policy in POLICIES:
        cases = [(r, r.announced) for r in found if r.policy == policy and r.announced]
        if not cases:
            continue
        by_task: dict[str, list[bool]] = {}
        for race, announced in cases:
            by_task.setdefault(race.task, []).append(_holds(race, announced))
        means = {task: float(np.mean(each)) for task, each in by_task.items()}
        low, high = bootstrap(means)
        share = np.mean([held for each in by_task.values() for held in each])
        lines.append(f"{policy:<26}{len(cases):>6}{share:>8.1%}   {low:.1%} to {high:.1%}")
    labels = [race.label for race in found]
    counts = ", ".join(f"{label} {labels.count(label)}" for label in sorted(set(labels)))
    return "\n".join([*lines, f"labels: {counts}" if labels else "no races stored"])


def true_change(race: Race, announced: Announced) -> float:
    """Mean over full retrainings: changed minus current."""
    return float(np.mean(announced.losses) - np.mean(race.current))


def _holds(race: Race, announced: Announced) -> bool:
    return announced.low <= true_change(race, announced) <= announced.high


def mean_score(given: Board, found: Sequence[Race]) -> Score:
    """The mean over races of one drawing under one policy."""
    scores = [given.score(np.array(race.losses)) for race in found]
    return Score(
        relative=float(np.mean([s.relative for s in scores])),
        floored=float(np.mean([s.floored for s in scores])),
        harm=float(np.mean([s.harm for s in scores])),
    )


def _table(scores: Scores) -> str:
    lines = [f"{'':<24}{'floored regret':>24}{'median':>8}{'relative':>10}{'harm':>7}"]
    for name, by_task in scores.items():
        floored = {task: score.floored for task, score in by_task.items()}
        low, high = bootstrap(floored)
        values = list(floored.values())
        relative = np.mean([score.relative for score in by_task.values()])
        harm = np.mean([score.harm for score in by_task.values()])
        spread = f"{np.mean(values):.2f} ({low:.2f} to {high:.2f})"
        lines.append(
            f"{name:<24}{spread:>24}{np.median(values):>8.2f}{relative:>10.1%}{harm:>7.0%}"
        )
    if ADVISOR in scores:
        own, grid = scores[ADVISOR], scores[WHOLE_GRID]
        less = {task: own[task].floored - grid[task].floored for task in own}
        low, high = bootstrap(less)
        spread = f"{np.mean(list(less.values())):+.2f} ({low:+.2f} to {high:+.2f})"
        lines.append(f"{'advisor less the grid':<24}{spread:>24}")
    return "\n".join(lines)


def _task_table(scores: Scores) -> str:
    """Floored regret by task."""
    names = list(scores)
    lines = [f"{'floored regret':<28}" + "".join(f"{name[:12]:>14}" for name in names)]
    for task in scores["current recipe"]:
        cells = [scores[name][task].floored if task in scores[name] else np.nan for name in names]
        lines.append(f"{task:<28}" + "".join(f"{cell:>14.2f}" for cell in cells))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
