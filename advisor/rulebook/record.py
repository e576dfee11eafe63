"""How each shipped rule did on the benchmark's tasks: `record.json`, and a rule's line of it.

`python -m tests.benchmarks.advice.rule_record` writes the file. That module says when advice
counts as having helped.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from advisor.rulebook.rule import Rule
from advisor.rulebook.rulebook import shipped_rules
from advisor.values import dataclass

RECORD = Path(__file__).with_name("record.json")  # beside the code: `rules/` holds rules alone


@dataclass(frozen=True, kw_only=True)
class Tally:
    """On how many tasks a rule fired, on how many of these it had a say, on how many it helped.

    It has a say if its advice is for the task's verdict and the network takes that advice.
    """

    fired: int
    counted: int
    helped: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """The number of tasks in each half of the benchmark, and each rule's tally in each half."""

    tasks: Mapping[str, int]
    rules: Mapping[str, Mapping[str, Tally]]


def load_record(path: Path = RECORD) -> Record:
    """The record that ships with the rules."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        tasks=stored["tasks"],
        rules={
            rule: {half: Tally(fired=f, counted=c, helped=h) for half, (f, c, h) in own.items()}
            for rule, own in stored["rules"].items()
        },
    )


def track_record(rule: Rule) -> str | None:
    """`fired on 9 of 42 tasks, its advice helped on 7 (open 4 of 5, kept 3 of 4)`.

    None for a user's rule, even if it has the id of a shipped one.
    """
    if Path(rule.source).parent != shipped_rules():
        return None
    record = load_record()
    return in_words(record.rules.get(rule.id, {}), record.tasks)


def in_words(tallies: Mapping[str, Tally], tasks: Mapping[str, int]) -> str:
    """The tallies of the halves, added up and in words."""
    fired, counted, helped = (
        sum(getattr(tally, name) for tally in tallies.values())
        for name in ("fired", "counted", "helped")
    )
    said = f"fired on {fired or 'none'} of {sum(tasks.values())} tasks"
    if not counted:
        return said
    if counted < fired:
        said = f"{said}, had a say on {counted}"
    shares = (f"{half} {own.helped} of {own.counted}" for half, own in tallies.items())
    return f"{said}, its advice helped on {helped} ({', '.join(shares)})"
