"""`advisor explain` quotes how a rule did on the benchmark."""

from pathlib import Path

from advisor.rulebook.record import RECORD, in_words, load_record
from tests.commands.conftest import Command
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


def test_explain_tells_the_strength_that_is_recommended_untried(command: Command) -> None:
    shown = command("explain", "few-rows-for-dense-layers").out
    assert "l2 of 0.01 as long as nothing can be tried" in " ".join(shown.split())
