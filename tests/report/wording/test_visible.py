"""What people see of texts from files, and of values."""

import pytest

from advisor.report.content import ReportedReading
from advisor.report.wording.visible import shown_unit, shown_value, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("encoder/dense_1", "encoder/dense_1"),
        ("Größe 層", "Größe 層"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines\ttab\r", "two\\nlines\\ttab\\r"),
        ("right\u202eleft", "right\\u202eleft"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_control_and_format_characters_are_spelled_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    ("value", "unit", "shown", "unit_shown"),
    [
        (0.1234, "share", "12.3%", ""),
        (0.1234, "share of best", "12.3%", "of best"),
        (26122.0, "weights", "26,122", "weights"),
        (True, "", "yes", ""),
        (False, "", "no", ""),
        (0.000123456, "loss", "0.0001235", "loss"),
        ("a\x1b", "", "a\\x1b", ""),
        (1e300, "loss", "1e+300", "loss"),
    ],
)
def test_values_are_shown_in_their_units(
    value: float | bool | str, unit: str, shown: str, unit_shown: str
) -> None:
    reading = ReportedReading(value=value, unit=unit, meaning="m", basis="measured")
    assert (shown_value(reading), shown_unit(reading)) == (shown, unit_shown)
