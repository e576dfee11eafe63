"""`advisor rules` and `advisor explain`: the rulebook as people read it."""

from pathlib import Path

import pytest

from advisor.rulebook.record import RECORD, in_words, load_record
from tests.cli.conftest import Command
from tests.rulebook.sample_rules import REBOUND, write_rule


def test_explain_quotes_the_stored_record(command: Command) -> None:
    record = load_record(RECORD)
    rule = max(record.rules, key=lambda each: sum(own.fired for own in record.rules[each].values()))
    shown = " ".join(command("explain", rule).out.split())
    assert f"Measured: {in_words(record.rules[rule], record.tasks)}" in shown


def test_explain_says_nothing_of_a_rule_that_was_not_measured(
    command: Command, tmp_path: Path
) -> None:
    write_rule(tmp_path, REBOUND)
    done = command("explain", "loss-rebounds", "--rules", tmp_path)
    assert done.code == 0
    assert "Measured" not in done.out


def test_explain_tells_the_strength_that_is_recommended_without_data(command: Command) -> None:
    shown = command("explain", "few-rows-for-dense-layers").out
    assert "l2 of 0.01 as long as nothing can be tried" in " ".join(shown.split())


@pytest.mark.parametrize("arguments", [("explain", "loss-rebounds"), ("rules",)])
def test_titles_read_as_they_do_for_the_rules_own_example(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_rule(tmp_path, REBOUND)
    shown = command(*arguments, "--rules", tmp_path, COLUMNS="200").out
    assert "Validation loss ends 40% above its best" in shown  # rebound.relative = 0.4
    assert "own example" in shown
    assert "{" not in shown


def test_a_caveat_reads_as_it_does_for_the_example_and_is_marked_as_one(
    command: Command, tmp_path: Path
) -> None:
    plain = ('title = "Validation loss ends {rebound.relative:.0%} above its best"', 'title = "Up"')
    caveat = ('severity = "moderate"', 'severity = "moderate"\ncaveat = "{history.epochs} epochs"')
    write_rule(tmp_path, REBOUND, plain, caveat)
    shown = command("explain", "loss-rebounds", "--rules", tmp_path).out
    assert "  40 epochs\n" in shown
    assert "own example" in shown


def test_what_the_example_does_not_give_is_shown_by_its_name(
    command: Command, tmp_path: Path
) -> None:
    plain = (
        "{rebound.relative:.0%} above its best",
        "at {loss.val_last:.2f}, {rebound.relative:.0%} up",
    )
    write_rule(tmp_path, REBOUND, plain)
    shown = command("explain", "loss-rebounds", "--rules", tmp_path).out
    assert "Validation loss ends at {loss.val_last}, 40% up\n" in shown
    assert "rule's own example; values that it lacks are in braces)" in shown


def test_a_title_without_values_is_not_called_an_example(command: Command, tmp_path: Path) -> None:
    plain = ('title = "Validation loss ends {rebound.relative:.0%} above its best"', 'title = "Up"')
    write_rule(tmp_path, REBOUND, plain)
    assert "own example" not in command("explain", "loss-rebounds", "--rules", tmp_path).out
