"""Several runs at once: one report of each, one summary, one exit code."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.histories import REBOUNDS, SETTLES, write_history

GATE = ("--fail-on", "mild", "--val-size", "5000")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_history(tmp_path / "runs" / "good" / "history.json", SETTLES)
    write_history(tmp_path / "runs" / "bad" / "log.json", REBOUNDS)
    return tmp_path / "runs"


def test_folders_that_match_are_checked_together(command: Command, runs: Path) -> None:
    done = command("check", "--runs", "runs/*", *GATE)
    assert (done.code, done.err) == (1, "")
    assert done.out.count("\nRecommendation ─") == 2
    assert done.out.endswith("2 runs: 1 failed, 1 passed\n")
    assert command("check", "--runs", "runs/g*", *GATE).code == 0


def test_a_run_that_cannot_be_checked_leaves_the_others_to_be_reported(
    command: Command, runs: Path
) -> None:
    write_history(runs / "bad" / "second.json", SETTLES)
    done = command("check", "--runs", "runs/*", *GATE, "-f", "json", "--report", "junit=gate.xml")
    assert done.code == 2
    bad, good = json.loads(done.out)
    assert (bad["name"], good["name"]) == ("bad", "good")
    assert "holds 2 that may be the history" in bad["error"]
    assert good["gate"]["outcome"] == "pass"
    assert "advisor: bad: runs/bad: holds 2 that may be the history" in done.err
    assert 'errors="1"' in Path("gate.xml").read_text(encoding="utf-8")


def test_an_internal_error_in_one_run_leaves_the_others(
    command: Command, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor.pipeline import diagnosis

    check = diagnosis.check

    def fail(*given: object, **named: object) -> object:
        if named["name"] == "bad":
            raise ZeroDivisionError("boom")
        return check(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(diagnosis, "check", fail)
    done = command("check", "--runs", "runs/*", *GATE)
    assert done.code == 2
    assert "internal error: ZeroDivisionError: boom" in done.out
    assert done.out.endswith("2 runs: 1 could not be checked, 1 passed\n")


MANIFEST = """
[[run]]
name = "good"
history = "runs/good/history.json"

[[run]]
name = "bad"
history = "runs/bad/log.json"
"""


def test_a_manifest_with_a_broken_run(command: Command, runs: Path) -> None:
    Path("models.toml").write_text(
        MANIFEST + '[[run]]\nname = "gone"\nmodel = "runs/gone.keras"\n', encoding="utf-8"
    )
    done = command("check", "--manifest", "models.toml", *GATE)
    assert done.code == 2
    assert done.out.endswith("3 runs: 1 could not be checked, 1 failed, 1 passed\n")
    assert done.err == "advisor: gone: gone.keras: cannot be read: No such file or directory\n"


def test_flags_go_before_the_manifest_and_that_before_environment_and_project(
    command: Command, runs: Path
) -> None:
    Path("pyproject.toml").write_text(
        "[tool.advisor]\nval-size = 1\ntrain-size = 1\nbatch-size = 1\nseed = 1\nformat = 'json'\n"
    )
    Path("models.toml").write_text(
        '[[run]]\nname = "r"\nhistory = "runs/good/history.json"\nval-size = 3\ntrain-size = 3\n'
    )
    done = command(
        "check", "--manifest", "models.toml", "--val-size", "4",
        ADVISOR_VAL_SIZE="2", ADVISOR_TRAIN_SIZE="2", ADVISOR_BATCH_SIZE="2",
    )  # fmt: skip
    inputs = json.loads(done.out)["inputs"]
    assert [inputs[key] for key in ("n_val", "n_train", "batch_size")] == [4, 3, 2]


def test_a_wrong_manifest_is_one_line_and_nothing_is_checked(command: Command, runs: Path) -> None:
    Path("models.toml").write_text(MANIFEST + "val-siz = 3\n")
    done = command("check", "--manifest", "models.toml", "--report", "json=out.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("advisor: models.toml: run 2 val-siz: unknown setting; did you mean")
    assert not Path("out.json").exists()


def test_two_runs_of_one_name_are_refused(command: Command, runs: Path) -> None:
    Path("models.toml").write_text(MANIFEST.replace('"bad"', '"good"', 1))
    done = command("check", "--manifest", "models.toml")
    assert done.code == 2
    assert "good: two runs have this name" in done.err


def test_a_manifest_and_folders_make_one_summary(command: Command, runs: Path) -> None:
    Path("models.toml").write_text('[[run]]\nhistory = "runs/good/history.json"\n')
    done = command("check", "--manifest", "models.toml", "--runs", "runs/*", *GATE)
    assert done.code == 1
    assert done.out.endswith("3 runs: 1 failed, 2 passed\n")


def test_no_input_of_any_run_is_written_over(command: Command, runs: Path) -> None:
    write_history(runs / "bad" / "second.json", SETTLES)
    Path("models.toml").write_text(MANIFEST)
    for target in ("models.toml", "runs/good/history.json", "runs/bad/second.json"):
        before = Path(target).read_bytes()
        done = command(
            "check", "--runs", "runs/*", "--manifest", "models.toml", "--report", f"json={target}"
        )
        assert done.code == 2
        assert Path(target).read_bytes() == before
