"""Whether an advice helped, on a made-up task whose noise is known."""

import numpy as np
import pytest

from advisor.rulebook.record import Record, Tally
from tests.benchmarks.advice.board import Board
from tests.benchmarks.advice.rule_record import has_helped, is_better, readme_rows
from tests.benchmarks.advice.rule_words import Word

CURRENT = np.array([2.0, 2.2, 2.1, 2.3, 1.9])
BOARD = Board(
    arms=("current", "L1 0.01", "L2 0.001", "L2 0.1", "dropout 0.2", "none"),
    losses=np.array(
        [
            CURRENT,
            CURRENT - [0.3, 0.5, 0.4, 0.4, 0.4],  # far better
            CURRENT - [0.1, 0.1, 0.1, 0.1, 0.1],  # better by 4.8 %, on every seed
            CURRENT + 1.0,
            CURRENT - [0.9, -0.8, 0.9, -0.9, 0.5],  # lower on the mean, by chance
            CURRENT - 0.01,  # by half a per cent, without noise
        ]
    ),
    best=1.7,
)


def test_better_is_beyond_noise_and_more_than_a_trifle() -> None:
    assert is_better(BOARD.of("L2 0.001"), CURRENT)
    assert not is_better(BOARD.of("dropout 0.2"), CURRENT)
    assert not is_better(BOARD.of("none"), CURRENT)
    # Gains .3 .1 .2 .2 .2 have the mean .2 and the error .0316: far beyond 2.13 errors. With
    # .5 .0 .5 .0 .0 the mean is the same and the error .122: 1.63 errors.
    assert is_better(CURRENT - [0.3, 0.1, 0.2, 0.2, 0.2], CURRENT)
    assert not is_better(CURRENT - [0.5, 0.0, 0.5, 0.0, 0.0], CURRENT)


@pytest.mark.parametrize(
    ("word", "helped"),
    [
        (Word(add=("L2 0.003",)), True),  # in the grid, .001 is the nearest
        (Word(add=("L2 0.03",)), False),
        (Word(add=("L2 0.003", "dropout 0.3")), False),  # as loud for both: both must help
        (Word(less="0.1 of current"), False),
        (Word(against=("dropout",)), True),  # it doesn't help
        (Word(against=("l2",)), True),  # it helps, and L1 helps more
        (Word(against=("l1",)), False),
        (Word(add=("L2 0.003",), against=("l1",)), False),
        (Word(keeps=True), False),
        (Word(), None),
    ],
)
def test_what_a_rule_argues_for_is_judged_by_the_truth(word: Word, helped: bool | None) -> None:
    assert has_helped(word, BOARD) is helped


def test_keeping_is_right_where_nothing_is_better_by_more_than_two_percent() -> None:
    flat = Board(
        arms=("current", "L2 0.001"),
        losses=np.array([CURRENT, 0.985 * CURRENT]),
        best=2.0,
    )
    assert has_helped(Word(keeps=True), flat) is True
    assert has_helped(Word(add=("L2 0.001",)), flat) is True  # and yet, 1.5 % are a gain


def test_rows_are_of_the_rules_that_are_heard_often() -> None:
    def tallies(*, fired: int, counted: int, helped: int) -> dict[str, Tally]:
        own = Tally(fired=fired, counted=counted, helped=helped)
        return {"open": own, "kept": own}

    record = Record(
        tasks={"open": 9, "kept": 9},
        rules={
            "seldom": tallies(fired=9, counted=2, helped=2),
            "often": tallies(fired=4, counted=3, helped=1),
        },
    )
    assert readme_rows(record) == ["| `often` | 8 | 6 | 2 |"]
