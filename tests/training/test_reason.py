"""Why something failed, as a part of one line."""

from advisor.training.reason import named_reason, reason_of


def test_lines_and_colors_are_left_out() -> None:
    assert reason_of(ValueError("\x1b[31mno\n  good\x1b[0m")) == "no good"
    assert named_reason(ValueError("no")) == "ValueError: no"


def test_a_long_message_ends_with_a_whole_word() -> None:
    assert reason_of(ValueError("one two three four"), 12) == "one two ..."
    assert reason_of(ValueError("one two three"), 13) == "one two three"


def test_of_a_failed_deserialization_the_cause_is_told() -> None:
    told = (
        "<class 'X'> could not be deserialized properly. Please ensure much.\n\nconfig={'a': 1}.\n"
        "\nException encountered: Could not locate class 'Y'. Full object config: {'b': 2}"
    )
    assert reason_of(TypeError(told)) == "Could not locate class 'Y'."
