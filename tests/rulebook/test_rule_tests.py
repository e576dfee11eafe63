from pathlib import Path

import pytest

from advisor.errors import RuleError
from advisor.rulebook import rule_tests
from tests.rulebook.sample_rules import CATALOG, LARGE_LAYER, REBOUND, write_rule


def failures(folder: Path, *changes: tuple[str, str], text: str = REBOUND) -> list[str]:
    write_rule(folder, text, *changes)
    return [failure.message for failure in rule_tests.test_rules(folder, CATALOG)]


@pytest.mark.parametrize("text", [REBOUND, LARGE_LAYER], ids=["model", "layer"])
def test_a_good_rule_has_no_failures(tmp_path: Path, text: str) -> None:
    assert failures(tmp_path, text=text) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "history.epochs = 40",
            "history.epochs = 4",
            [
                "example: does not fire, when[0] is false: history.epochs >= 8",
                "when[1]: no counterexample is refused by this clause alone: "
                "rebound.relative > 0.05",
            ],
        ),
        (
            "rebound.relative = 0.4",
            "",
            [
                "example: when[1] lacks rebound.relative",
                "title: shows 'rebound.relative', which the example does not give",
                "when[0]: no counterexample is refused by this clause alone: history.epochs >= 8",
            ],
        ),
        (
            "{ rebound.relative = 0.03 }",
            "{ rebound.relative = 0.06 }",
            [
                "counterexamples.a wobble: fires, but should be silent",
                "when[1]: no counterexample is refused by this clause alone: "
                "rebound.relative > 0.05",
            ],
        ),
        (
            '"a wobble" = { rebound.relative = 0.03 }',
            '"a wobble" = { rebound.relative = 0.03, history.epochs = 5 }',
            ["when[1]: no counterexample is refused by this clause alone: rebound.relative > 0.05"],
        ),
        (
            '"a wobble" = { rebound.relative = 0.03 }',
            '"not measured" = { rebound.relative = "missing" }',
            ["when[1]: no counterexample is refused by this clause alone: rebound.relative > 0.05"],
        ),
        (
            '"history.epochs >= 8",',
            '"history.epochs >= 8", "rebound.z > 1 or rebound.relative > 0.2",',
            [
                "when[1]: no counterexample is refused by this clause alone: "
                "rebound.z > 1 or rebound.relative > 0.2",
                "when[2]: no counterexample is refused by this clause alone: "
                "rebound.relative > 0.05",
            ],
        ),
        (
            '"rebound.relative > 0.05",',
            '"rebound.z > 1 or rebound.relative > 0.05",',
            [
                "counterexamples.a wobble: lacks rebound.z",
                "when[1]: no counterexample is refused by this clause alone: "
                "rebound.z > 1 or rebound.relative > 0.05",
            ],
        ),
        (
            "[suggest]",
            'caveat = "Noise {rebound.z:.1f}"\n[suggest]',
            ["caveat: shows 'rebound.z', which the example does not give"],
        ),
        ("severity =", "severty =", ["severty: unknown key; did you mean 'severity'?"]),
        (
            "start = 0.3",
            "start = 0.7",
            ["suggest.strengths.dropout.start: low <= start <= high is needed: 0.1, 0.7, 0.5"],
        ),
    ],
)
def test_each_fault_of_a_rule_is_told(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    assert failures(tmp_path, (old, new)) == expected


def test_a_rule_without_examples_fails(tmp_path: Path) -> None:
    bare = REBOUND.split("[example]")[0]

    assert failures(tmp_path, text=bare) == [
        "example: when[0] lacks history.epochs",
        "example: when[1] lacks rebound.relative",
        "title: shows 'rebound.relative', which the example does not give",
        "when[0]: no counterexample is refused by this clause alone: history.epochs >= 8",
        "when[1]: no counterexample is refused by this clause alone: rebound.relative > 0.05",
    ]


def test_a_counterexample_may_leave_the_rule_undecided_by_what_it_sets_to_missing(
    tmp_path: Path,
) -> None:
    further = ('"a wobble" =', '"not measured" = { rebound.relative = "missing" }\n"a wobble" =')

    assert failures(tmp_path, further) == []


def test_all_rules_of_a_folder_are_tested_and_named(tmp_path: Path) -> None:
    write_rule(tmp_path, LARGE_LAYER, ("layer.norm = 20", "layer.norm = 2"))
    write_rule(tmp_path, REBOUND, ("cite =", "cited ="))

    found = rule_tests.test_rules(tmp_path, CATALOG)

    assert [(Path(each.source).name, each.message) for each in found] == [
        ("layer-is-large.toml", "example: does not fire, when[0] is false: layer.norm > 10"),
        (
            "layer-is-large.toml",
            "when[1]: no counterexample is refused by this clause alone: history.epochs >= 8",
        ),
        ("loss-rebounds.toml", "cited: unknown key; did you mean 'cite'?"),
    ]


def test_an_empty_folder_is_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="contains no rules"):
        rule_tests.test_rules(tmp_path, CATALOG)
