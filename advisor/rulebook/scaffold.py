"""A new rule to start from: a file that the rule reader accepts and whose tests pass."""

from collections.abc import Iterable
from pathlib import Path

from advisor.errors import InputError, RuleError
from advisor.rulebook.rule_file import is_rule_id

# Lines that begin with "# " and a key, or with "# [", are optional keys of a rule.
_SCAFFOLD = '''\
id = "RULE-ID"  # the name of this file
# One sentence for the report; {a.measurement:format} shows a value. `advisor inspect MODEL HISTORY`
# lists the measurements, with their units.
title = "Validation loss ends {rebound.relative:.0%} above its best"
# Leave these out if the rule decides no verdict:
# verdict = "overfitting"  # or diverged, over-regularized, underfitting, healthy
# severity = "mild"  # or moderate, severe
# Judge each layer by itself; the rule may then also name layer.* measurements:
# scope = "layer"
# The rule fires if all of these are true. Compare with <, <=, ==, !=, and, or, not; + - * / work.
when = [
    "history.epochs >= 20",
    "rebound.relative > 0.1",
]
rationale = """
Say why this matters to the user, and why each threshold is where it is.
"""
cite = [
    "judgement: say here what the thresholds are based on: a paper, or figures that you measured",
]
# A bias to know when reading the report's figures:
# caveat = "The loss was logged for {history.epochs:.0f} epochs."

# What the rule suggests, if anything. Weights are between 0 and 2.
# [suggest]
# weights = { l2 = 0.5, dropout = 0.3 }
# strengths.l2 = { start = 1e-3, low = 1e-4, high = 1e-2 }
# where = "hidden"  # or first, last-block, convolutional, recurrent; layer in a rule of layers
# reduce = ["dropout"]  # weaken these where they are present
# forbid = ["l1"]

# Values with which the rule fires.
[example]
history.epochs = 40
rebound.relative = 0.3

# Changes to the example after which the rule doesn't fire. Each line of `when` needs one that this
# line alone refuses.
[counterexamples]
"too short to tell" = { history.epochs = 5 }
"a wobble" = { rebound.relative = 0.02 }
'''


def scaffold(rule_id: str) -> str:
    """The text of a new rule's file."""
    return _SCAFFOLD.replace("RULE-ID", rule_id)


def write_new_rule(rule_id: str, folder: Path, others: Iterable[Path] = ()) -> Path:
    """Write a new rule into `folder`, which is made if it is missing; returns the file's path.

    Raises RuleError for an id that is malformed, or that a rule in `folder` or in the folders
    `others` already has. Raises InputError if the file cannot be written.
    """
    if not is_rule_id(rule_id):
        raise RuleError(f"{rule_id!r} is not lower-case-words-with-dashes")
    file = folder / f"{rule_id}.toml"
    for taken in (file, *(other / file.name for other in others)):
        if taken.exists():
            raise RuleError(f"{rule_id!r} is the id of a rule: {taken}; choose another")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(scaffold(rule_id))
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error
    return file
