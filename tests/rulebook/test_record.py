"""How a rule did, in words, and that the file that ships is what the benchmark measured."""

import json
from pathlib import Path

import pytest

from advisor.rulebook.record import RECORD, Tally, in_words, load_record, track_record
from advisor.rulebook.rulebook import load_rules, shipped_rules
from tests.rulebook.sample_rules import REBOUND, write_rule

TASKS = {"open": 21, "kept": 21}


def halves(opened: tuple[int, int, int], kept: tuple[int, int, int]) -> dict[str, Tally]:
    return {
        half: Tally(fired=fired, counted=counted, helped=helped)
        for half, (fired, counted, helped) in {"open": opened, "kept": kept}.items()
    }


@pytest.mark.parametrize(
    ("tallies", "words"),
    [
        (
            halves((5, 5, 4), (4, 4, 3)),
            "fired on 9 of 42 tasks, its advice helped on 7 (open 4 of 5, kept 3 of 4)",
        ),
        (
            halves((6, 2, 1), (3, 0, 0)),
            "fired on 9 of 42 tasks, had a say on 2, its advice helped on 1 "
            "(open 1 of 2, kept 0 of 0)",
        ),
        (halves((2, 0, 0), (0, 0, 0)), "fired on 2 of 42 tasks"),  # it only informs
        ({}, "fired on none of 42 tasks"),
    ],
)
def test_a_record_in_words(tallies: dict[str, Tally], words: str) -> None:
    assert in_words(tallies, TASKS) == words


def test_a_rule_of_the_users_own_has_no_record(tmp_path: Path) -> None:
    known = next(iter(load_record().rules))
    text = REBOUND.replace("loss-rebounds", known)
    (tmp_path / f"{known}.toml").write_text(text)
    write_rule(tmp_path, REBOUND)
    rules = {rule.id: rule for rule in load_rules((shipped_rules(), tmp_path))}
    # of a shipped rule's name, and still the user's
    assert rules[known].source == str(tmp_path / f"{known}.toml")
    assert track_record(rules[known]) is None
    assert track_record(rules["loss-rebounds"]) is None
    (shipped,) = (rule for rule in load_rules((shipped_rules(),)) if rule.id == known)
    assert track_record(shipped) is not None


def test_the_record_names_shipped_rules_and_its_figures_agree() -> None:
    record = load_record()
    assert set(record.rules) <= {rule.id for rule in load_rules((shipped_rules(),))}
    for tallies in record.rules.values():
        assert set(tallies) == set(record.tasks)
        for half, own in tallies.items():
            assert own.helped <= own.counted <= own.fired <= record.tasks[half]


def test_the_record_that_ships_is_what_the_benchmark_gives() -> None:
    from tests.benchmarks.advice import rule_words
    from tests.benchmarks.advice.rule_record import as_text, record_of

    shipped = RECORD.read_text(encoding="utf-8")
    wanted = list(json.loads(shipped)["tasks"])
    assert as_text(record_of(rule_words.load(), wanted)) == shipped
