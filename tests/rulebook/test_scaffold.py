"""The file that a new rule begins with."""

import re
from pathlib import Path

import pytest

from advisor.errors import InputError, RuleError
from advisor.evidence.catalog import CATALOG
from advisor.rulebook.rule import SEVERITIES
from advisor.rulebook.rule_file import OPTIONAL_KEYS, SUGGEST_KEYS, VERDICTS, WHERES, read_rule
from advisor.rulebook.rule_tests import test_rule as faults_of
from advisor.rulebook.scaffold import scaffold, write_new_rule

KEY = re.compile(r"^# (?=\[|[\w.]+ = )", re.MULTILINE)  # of a line that is commented out


def test_a_new_rule_is_read_and_passes_its_tests_as_it_is(tmp_path: Path) -> None:
    file = write_new_rule("loss-jumps", tmp_path / "made" / "rules")
    assert file == tmp_path / "made" / "rules" / "loss-jumps.toml"
    assert read_rule(file, CATALOG).id == "loss-jumps"
    assert faults_of(file) == ()


def test_a_new_rule_claims_nothing_until_it_is_edited(tmp_path: Path) -> None:
    rule = read_rule(write_new_rule("loss-jumps", tmp_path), CATALOG)
    assert (rule.verdict, rule.severity, rule.suggest) == (None, "none", None)


def test_the_lines_that_are_commented_out_are_those_of_a_rule_too(tmp_path: Path) -> None:
    text = KEY.sub("", scaffold("loss-jumps"))
    (tmp_path / "loss-jumps.toml").write_text(text, encoding="utf-8")
    assert faults_of(tmp_path / "loss-jumps.toml") == ()
    rule = read_rule(tmp_path / "loss-jumps.toml", CATALOG)
    assert (rule.verdict, rule.severity, rule.scope) == ("overfitting", "mild", "layer")
    assert rule.suggest is not None
    assert rule.caveat is not None
    optional = {*OPTIONAL_KEYS, *SUGGEST_KEYS} - {"strength_without_data"}
    assert {key for key in optional if re.search(rf"^\[?{key}\b", text, re.MULTILINE)} == optional


@pytest.mark.parametrize("word", sorted({*VERDICTS, *WHERES, *SEVERITIES} - {"none"}))
def test_every_word_that_a_key_takes_is_named(word: str) -> None:
    assert re.search(rf"\b{word}\b", scaffold("loss-jumps"))


@pytest.mark.parametrize(
    "rule_id",
    ["", "Loss", "loss_jumps", "-loss", "loss-", "loss--jumps", "../loss", "a/b", "löss", "loss\n"],
)
def test_a_malformed_id_is_refused(tmp_path: Path, rule_id: str) -> None:
    with pytest.raises(RuleError, match="is not lower-case-words-with-dashes"):
        write_new_rule(rule_id, tmp_path)
    assert not [*tmp_path.iterdir()]


def test_an_id_that_a_rule_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    for folder in ("ours", "others"):
        written = write_new_rule("loss-jumps", tmp_path / folder)
        before = written.read_bytes()
        with pytest.raises(RuleError, match="is the id of a rule"):
            write_new_rule("loss-jumps", tmp_path / "ours", [tmp_path / "others"])
        assert written.read_bytes() == before
        written.unlink()


def test_what_stands_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match=r"loss-jumps\.toml: cannot be written: "):
        write_new_rule("loss-jumps", tmp_path / "rules")
