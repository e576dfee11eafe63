"""Learning curves drawn with characters."""

from advisor.report.charts.curves import ASCII, Marks, draw
from advisor.report.content import ReportedCurve


def curve(train: list[float | None], validation: list[float | None]) -> ReportedCurve:
    return ReportedCurve(
        metric="loss",
        train=tuple(enumerate(train, start=1)),
        validation=tuple(enumerate(validation, start=1)),
    )


def test_a_small_curve_cell_by_cell() -> None:
    # Five epochs, two columns apart: columns 0, 2, 4, 6, 8. The values 4, 2, 0 are rows 0, 2, 4.
    lines = draw(curve([4, 2, 0, 0, 0], [4, 2, 2, 4, 4]), width=60, height=5, marks=ASCII)
    assert lines == [
        "        4 |@     o o",
        "          |",
        "        2 |  @ o",
        "          |",
        "        0 |    . . .",
        "          +---------",
        "    epoch  1       5",
    ]


def test_train_and_validation_differ_without_colour() -> None:
    marks = Marks()
    assert len({marks.train, marks.validation, marks.both}) == 3
    assert len({ASCII.train, ASCII.validation, ASCII.both}) == 3


def test_lines_stay_within_the_width() -> None:
    long = curve([1 / (epoch + 1) for epoch in range(500)], [0.5] * 500)
    for width in (40, 80, 140):
        lines = draw(long, width=width, height=10, marks=Marks())
        assert max(map(len, lines)) <= width


def test_values_that_are_not_finite_leave_a_hole() -> None:
    lines = draw(curve([3, None, 1], []), width=40, height=3, marks=ASCII)
    assert sum(line.count(".") for line in lines if "|" in line) == 2


def test_a_flat_curve_lies_in_the_middle() -> None:
    lines = draw(curve([2, 2, 2], []), width=40, height=3, marks=ASCII)
    assert "." in lines[1]


def test_nothing_is_drawn_of_a_single_epoch_or_of_no_values() -> None:
    assert draw(curve([1], [2]), width=40, height=5, marks=ASCII) == []
    assert draw(curve([None, None], []), width=40, height=5, marks=ASCII) == []
    assert draw(curve([], []), width=40, height=5, marks=ASCII) == []


def test_values_too_far_apart_for_a_float_are_drawn_at_the_ends() -> None:
    lines = draw(curve([1e308, 0.0, -1e308], []), width=60, height=5, marks=ASCII)
    assert [line.partition("|")[2] for line in lines[:5]] == [".", "", "    .", "", "        ."]
