"""Dose against loss, drawn with characters."""

from dataclasses import replace

from advisor.probes.outcome import Outcome
from advisor.report.charts.curves import ASCII, Marks
from advisor.report.charts.doses import draw_doses
from advisor.report.probes import probes_shown
from tests.report.sample_probes import CONFIRMED, KEEP, arm_result, outcome, proof


def drawn(race: Outcome, width: int = 80, height: int = 8) -> list[str]:
    return draw_doses(probes_shown(proof(race)), width=width, height=height, marks=ASCII)


def test_a_small_picture_cell_by_cell() -> None:
    arms = [
        arm_result({"l2": 0.01}, 1, 0.4, 0.5, 0.8),
        arm_result({"l2": 0.001}, 1, 0.6, 0.7, 0.8),
        arm_result({}, 1, 0.8, 0.9, 0.8),
    ]
    # Values .4, .6, .8: median distance .2, reach .3, but the current recipe at .8 is always on
    # it. Five rows from .8 to .4: .6 is row 2. Columns 0 to 15: none at 2, then 7 and 13.
    assert drawn(outcome(arms, "L2 0.01"), width=25, height=5) == [
        "         L2",
        "  0.800 |..o.............",
        "        |",
        "        |       o",
        "        |",
        "  0.400 |             @",
        "        +----------------",
        "         none 0.001 0.01",
    ]


def test_a_ruinous_dose_is_marked_and_does_not_flatten_the_rest() -> None:
    lines = drawn(CONFIRMED)
    assert lines[1].count("^") == 1  # L2 .1 at 1.62, where all else lies within .43 and .54
    rows = {line.index("@") for line in lines if "@" in line}
    assert len(rows) == 1
    assert sum("o" in line or "@" in line for line in lines[1:-2]) >= 4


def test_more_of_a_metric_is_drawn_upwards() -> None:
    arms = [
        arm_result({"l2": 0.01}, 1, 0.9, 0.9, 0.8),
        arm_result({}, 1, 0.8, 0.8, 0.8),
        arm_result({"l2": 1.0}, 1, 0.1, 0.1, 0.8),
    ]
    lines = drawn(outcome(arms, "L2 0.01", is_maximized=True), height=5)
    assert "@" in lines[1]
    assert "v" in lines[5]


def test_the_other_policy_draws_the_other_reading() -> None:
    lines = drawn(replace(CONFIRMED, policy="last"))
    assert any("1.05" in line for line in lines)
    assert not any("0.521" in line for line in lines)


def test_differences_within_noise_fill_no_picture() -> None:
    lines = drawn(KEEP)
    # The best is .516; 5 % of it are .026, so that the axis ends at .542.
    assert lines[1].lstrip().startswith("0.542")


def test_lines_stay_within_the_width_and_marks_differ() -> None:
    for width in (40, 60, 80, 140):
        for race in (CONFIRMED, KEEP):
            assert max(map(len, drawn(race, width=width))) <= width
    assert len({Marks().validation, Marks().both, Marks().train}) == 3


def test_nothing_is_drawn_of_one_dose_or_none() -> None:
    assert drawn(outcome([arm_result({}, 1, 0.5, 0.5)], "current")) == []
    pair = [
        arm_result({"l1": 0.01, "l2": 0.01}, 1, 0.4, 0.4),
        arm_result({}, 1, 0.5, 0.5),
    ]
    assert drawn(outcome(pair, "current")) == []


def test_a_loss_too_large_for_a_difference_is_marked_too() -> None:
    probes = probes_shown(proof(CONFIRMED))
    points = probes.dose_response["l2"]
    far = replace(points[-1], stopped=1e308)
    ruined = replace(probes, dose_response={"l2": (*points[:-1], far)})
    lines = draw_doses(ruined, width=80, height=8, marks=ASCII)
    assert lines[1].count("^") == 1


def test_doses_that_no_race_tries_are_not_drawn() -> None:
    probes = probes_shown(proof(CONFIRMED))
    points = probes.dose_response["l2"]
    for doses in ((0.0,) * len(points), (-1.0, *(point.dose for point in points[1:]))):
        changed = [replace(p, dose=dose) for p, dose in zip(points, doses, strict=True)]
        odd = replace(probes, dose_response={"l2": tuple(changed)})
        assert draw_doses(odd, width=80, height=8, marks=ASCII) == []
