"""How each rule did: `python -m tests.benchmarks.advice.rule_record`.

Judges what each rule that fires argues for (`results/rule_words.json`, from `rebuild rules`) by the
truth, where it is stored, and writes the record that ships with the rules and that `advisor
explain` quotes. Trains nothing. `--readme` prints rows for the README.

An advice helped if a full training that follows it ends, stopped early, at a lower test loss than
the current recipe: by more than 1 %, and significantly over paired seeds (one-sided t test, 5 %).
A word against a family was right if no strength of it helped, or another family did better than
it; a word for keeping the recipe if no strategy of the grid was better by more than 2 % and
significantly; the best is chosen on all seeds but one and valued on that one, in turn. Strategies
are those of the grid: the nearest strength, on all kernels.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from advisor.atomic import atomic_write
from advisor.rulebook.record import RECORD, Record, Tally, load_record
from tests.benchmarks.advice import rule_words, store
from tests.benchmarks.advice.board import Board, board_of
from tests.benchmarks.advice.readings import Floats, best_by_seed
from tests.benchmarks.advice.rule_words import Word, Words
from tests.benchmarks.advice.rules_alone import nearest_arm
from tests.benchmarks.advice.space import family_of
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.task_list import halves
from tests.benchmarks.advice.tasks import HALVES

LEVEL = 0.95
_LEAST_GAIN = 0.01
_LEAST_TO_CHANGE = 0.02
_FEWEST_SHOWN = 5
_IN_GRID = {"l1": "L1", "l2": "L2", "dropout": "dropout"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="the record of one half alone")
    parser.add_argument("--readme", action="store_true", help="rows for the README")
    arguments = parser.parse_args()
    if arguments.readme:
        print("\n".join(readme_rows(load_record())))
        return
    wanted = HALVES if arguments.half is None else (arguments.half,)
    found = record_of(rule_words.load(), wanted)
    atomic_write(RECORD, as_text(found))
    print(f"{len(found.rules)} rules fired on {sum(found.tasks.values())} tasks: {RECORD}")


def record_of(
    words: Mapping[str, Words], wanted: Sequence[str] = HALVES, results: Path = RESULTS
) -> Record:
    """The record of all tasks of the wanted halves whose words and truth are stored."""
    tasks = dict.fromkeys(wanted, 0)
    tallies: dict[str, dict[str, Tally]] = {}
    for task, half in halves().items():
        truth = store.first_drawing(task, results)
        if half not in wanted or task not in words or truth is None:
            continue
        tasks[half] += 1
        board = board_of(truth, "stopped")
        for rule, word in words[task].items():
            own = tallies.setdefault(
                rule, dict.fromkeys(wanted, Tally(fired=0, counted=0, helped=0))
            )
            own[half] = _counted(own[half], has_helped(word, board))
    return Record(tasks=tasks, rules={rule: tallies[rule] for rule in sorted(tallies)})


def has_helped(word: Word, board: Board) -> bool | None:
    """Whether all that a rule argued for was right; None where it had no say."""
    return all(_judged(word, board)) if word.has_say else None


def _judged(word: Word, board: Board) -> Iterator[bool]:
    for said in (*word.add, *((word.less,) if word.less else ())):
        yield is_better(board.of(nearest_arm(said, board.arms)), board.current)
    for family in word.against:
        yield _is_idle(_IN_GRID[family], board)
    if word.keeps:
        yield not is_better(best_by_seed(board.losses), board.current, by=_LEAST_TO_CHANGE)


def is_better(losses: Floats, than: Floats, *, by: float = _LEAST_GAIN) -> bool:
    """True if paired losses [seeds] are lower by more than a share of `than`, beyond noise."""
    gains = than - losses
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    return bool(
        gains.mean() > by * than.mean()
        and gains.mean() > error * student.ppf(LEVEL, len(gains) - 1)
    )


def _is_idle(family: str, board: Board) -> bool:
    """True if a family of the grid doesn't help in any strength, or another one helps more."""
    own = _of_family(board, family)
    others = [_of_family(board, each) for each in _IN_GRID.values() if each != family]
    return (
        own is None
        or not is_better(own, board.current)
        or any(is_better(other, own) for other in others if other is not None)
    )


def _of_family(board: Board, family: str) -> Floats | None:
    rows = [index for index, arm in enumerate(board.arms) if family_of(arm) == family]
    return best_by_seed(board.losses[rows]) if rows else None


def _counted(tally: Tally, helped: bool | None) -> Tally:
    return Tally(
        fired=tally.fired + 1,
        counted=tally.counted + (helped is not None),
        helped=tally.helped + (helped is True),
    )


def as_text(record: Record) -> str:
    """The record as JSON, a line a rule: how often it fired, counted and helped in each half."""
    rows = {
        rule: {half: [own.fired, own.counted, own.helped] for half, own in tallies.items()}
        for rule, tallies in record.rules.items()
    }
    lines = [f"  {json.dumps(rule)}: {json.dumps(row)}" for rule, row in rows.items()]
    tasks = json.dumps(dict(record.tasks))
    return f'{{\n"tasks": {tasks},\n"rules": {{\n' + ",\n".join(lines) + "\n}\n}\n"


def readme_rows(record: Record) -> list[str]:
    """A row for each rule that had a say on five tasks or more, the most often heard first."""
    totals = {
        rule: tuple(sum(getattr(own, name) for own in tallies.values()) for name in _COLUMNS)
        for rule, tallies in record.rules.items()
    }
    ranked = sorted(totals.items(), key=lambda each: (-each[1][1], each[0]))
    return [
        f"| `{rule}` | {fired} | {counted} | {helped} |"
        for rule, (fired, counted, helped) in ranked
        if counted >= _FEWEST_SHOWN
    ]


_COLUMNS = ("fired", "counted", "helped")


if __name__ == "__main__":
    main()
