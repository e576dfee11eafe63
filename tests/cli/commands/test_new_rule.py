"""`advisor rules new`: from no rule to one that works."""

import shlex
from pathlib import Path

from advisor.rulebook.rulebook import shipped_rules
from tests.cli.conftest import Command


def told(out: str) -> list[list[str]]:
    """The arguments of the commands that the command says to run."""
    return [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("  advisor ")]


def test_a_new_rule_goes_to_the_rules_here_and_what_is_said_to_run_runs(
    command: Command, tmp_path: Path
) -> None:
    done = command("rules", "new", "loss-jumps")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("rules/loss-jumps.toml: written.")
    tests, explain, check = told(done.out)
    assert command(*tests).out == "rules: 1, faults: 0\n"
    assert command(*explain).out.startswith("loss-jumps\n")
    assert check[:3] == ["check", "MODEL", "HISTORY"]
    history = '{"loss": [1, 0.5], "val_loss": [1, 0.6]}'
    (tmp_path / "history.json").write_text(history, encoding="utf-8")
    assert command("check", "history.json", *check[3:]).code == 0


def test_a_new_rule_goes_to_the_folder_of_the_flag_or_of_the_settings(
    command: Command, tmp_path: Path
) -> None:
    assert command("rules", "new", "one", "--rules", "our own").code == 0
    (tmp_path / "pyproject.toml").write_text('[tool.advisor]\nrules = ["a", "b"]\n')
    assert told(command("rules", "new", "two").out) == [
        ["rules", "test", str(tmp_path / "b")],
        ["explain", "two"],
        ["check", "MODEL", "HISTORY"],
    ]
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.toml")} == {
        "our own/one.toml", "b/two.toml", "pyproject.toml"
    }  # fmt: skip


def test_a_folder_whose_name_holds_a_space_is_quoted(command: Command) -> None:
    tests, explain, _ = told(command("rules", "new", "one", "--rules", "our own").out)
    assert tests[-1] == explain[-1] == "our own"


def test_a_wrong_id_is_one_line_and_exit_2(command: Command, tmp_path: Path) -> None:
    shipped = next(iter(shipped_rules().glob("*.toml"))).stem
    for rule_id, complaint in (("Loss", "is not lower-case-words"), (shipped, "the id of a rule")):
        done = command("rules", "new", rule_id)
        assert (done.code, done.out) == (2, "")
        assert complaint in done.err
        assert done.err.count("\n") == 1
    assert not [*tmp_path.iterdir()]
