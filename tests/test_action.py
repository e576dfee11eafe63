"""The GitHub action and the pre-commit hooks: their form, and the action's steps run in bash."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.cli.commands.check import check
from advisor.report.formats.github import render as annotations
from tests.report.sample_gates import OUTCOMES

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
HOSTILE = "x'; touch owned; $(touch owned) `touch owned` \"; touch owned #\n::error::owned"

# Notes what it was given, and says and writes what the test wants.
FAKE = """#!{python}
import json, os, sys
from pathlib import Path
Path("given.json").write_text(json.dumps(sys.argv[1:]))
for given in sys.argv:
    form, _, file = given.partition("=")
    if form in ("junit", "json"):
        Path(file).write_text(os.environ.get("FAKE_" + form.upper(), "{{}}"))
print("::error::said by a layer's name")
sys.stderr.write(os.environ.get("FAKE_STDERR", ""))
sys.exit(int(os.environ.get("FAKE_CODE", "0")))
"""

Run = Callable[..., tuple[subprocess.CompletedProcess[str], dict[str, str]]]


def inputs(**given: str) -> dict[str, str]:
    return {**{name: each["default"] for name, each in ACTION["inputs"].items()}, **given}


def environment(step: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The step's variables as GitHub sets them: each an expression over the inputs."""
    names = {name: EXPRESSION.fullmatch(text) for name, text in step.get("env", {}).items()}
    return {name: given[match[1].removeprefix("inputs.")] for name, match in names.items() if match}


@pytest.fixture
def run_check(tmp_path: Path) -> Run:
    """Run the step that checks, as the runner does: a script file, `bash -eo pipefail`."""
    fake = tmp_path / "bin" / "advisor"
    fake.parent.mkdir()
    fake.write_text(FAKE.format(python=sys.executable))
    fake.chmod(0o755)

    def run(
        given: Mapping[str, str], path: Path = fake.parent, **extra: str
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        step = STEPS[-1]
        script = tmp_path / "step.sh"
        script.write_text(step["run"])
        output = tmp_path / "output"
        output.touch()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=tmp_path,
            env={
                "PATH": os.pathsep.join((str(path), str(Path(sys.executable).parent), os.defpath)),
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_OUTPUT": str(output),
                **environment(step, inputs(**given)),
                **extra,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        pairs = (line.partition("=") for line in output.read_text().splitlines())
        return done, {name: value for name, _, value in pairs}

    return run


def words_given(tmp_path: Path) -> list[str]:
    """What the command was called with, but for the reports that every call asks for."""
    words = json.loads((tmp_path / "given.json").read_text())
    assert words[:4:3] == ["check", "--report"]
    assert words[1:3] == ["--report", "github"]
    return words[7 if words[5] == "--report" else 5 :]


def test_no_input_is_read_as_code() -> None:
    for step in STEPS:
        assert not EXPRESSION.search(step.get("run", "")), "inputs go by env, never into a script"
        for name, text in step.get("env", {}).items():
            assert EXPRESSION.fullmatch(text)
            assert not name.startswith("ADVISOR_"), "that would be read as a setting"


def test_every_expression_names_an_input_or_an_output_that_there_is() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    written = set(re.findall(r'echo "([\w-]+)=', STEPS[-1]["run"]))
    assert written == ACTION["outputs"].keys()
    for expression in EXPRESSION.findall(text):
        kind, name = expression.rsplit(".", 1)
        assert name in (ACTION["inputs"] if kind == "inputs" else ACTION["outputs"])
    used = set(re.findall(r"inputs\.([\w-]+)", text))
    assert used == ACTION["inputs"].keys()


def test_steps_are_a_composite_actions() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert all("uses" in step or step["shell"] == "bash" for step in STEPS)
    assert all(each["description"] for each in (*ACTION["inputs"].values(), ACTION))


def test_the_package_is_installed_from_the_actions_own_path(tmp_path: Path) -> None:
    """By a `python` that only notes what it was to do; a folder named pip must not be it."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    (step,) = [step for step in STEPS if step["name"] == "Install advisor"]
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": f"{tmp_path}:{os.defpath}", "GITHUB_ACTION_PATH": "/a b/c"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:4] == ["-I", "-m", "pip", "install"]
    assert done.stdout.split("\n")[-2] == "/a b/c"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "m.keras", "history": "h.json"}, ["--", "m.keras", "h.json"]),
        ({"model": "a b.keras"}, ["--", "a b.keras"]),
        ({"model": "--fail-on=severe"}, ["--", "--fail-on=severe"]),
        (
            {"manifest": "models.toml", "fail-on": "mild"},
            ["--manifest=models.toml", "--fail-on=mild", "--"],
        ),
        (
            {"args": "--max-gap accuracy=0.05\n--runs 'my runs/*' $HOME"},
            ["--max-gap", "accuracy=0.05", "--runs", "my runs/*", "$HOME", "--"],
        ),
    ],
)
def test_inputs_become_words_of_the_command(
    run_check: Run, tmp_path: Path, given: dict[str, str], words: list[str]
) -> None:
    done, _ = run_check(given)
    assert done.returncode == 0, done.stderr
    assert words_given(tmp_path) == words


def test_hostile_inputs_stay_words(run_check: Run, tmp_path: Path) -> None:
    done, _ = run_check(
        {"model": HOSTILE, "history": HOSTILE, "manifest": HOSTILE, "fail-on": HOSTILE}
    )
    assert done.returncode == 0, done.stderr
    assert words_given(tmp_path) == [
        f"--manifest={HOSTILE}",
        f"--fail-on={HOSTILE}",
        "--",
        HOSTILE,
        HOSTILE,
    ]
    assert not list(tmp_path.rglob("owned"))


def test_unbalanced_quotes_are_an_error_and_nothing_is_run(run_check: Run, tmp_path: Path) -> None:
    done, _ = run_check({"args": "--runs 'runs/*"})
    assert done.returncode == 2
    assert "No closing quotation" in done.stderr
    assert not (tmp_path / "given.json").exists()


@pytest.mark.parametrize(
    ("code", "report", "outcome"),
    [
        ("0", '{"outcome": "pass", "reason": "\\"outcome\\": \\"inconclusive\\""}', "pass"),
        ("0", '{"outcome": "inconclusive"}', "inconclusive"),
        ("1", '{"outcome": "inconclusive"}', "fail"),
        ("2", "{}", "error"),
        ("137", "{}", "error"),
    ],
)
def test_the_outcome_is_an_output_and_the_exit_code_is_kept(
    run_check: Run, code: str, report: str, outcome: str
) -> None:
    done, outputs = run_check({"model": "m"}, FAKE_CODE=code, FAKE_JSON=report)
    assert done.returncode == int(code)
    assert (outputs["outcome"], outputs["exit-code"]) == (outcome, code)
    assert Path(outputs["json"]).read_text() == report
    assert Path(outputs["junit"]).exists()


def commands_of(log: str) -> list[str]:
    """The workflow commands that the runner would follow in this log."""
    followed = []
    stopped_by = ""
    for line in log.splitlines():
        if stopped_by:
            stopped_by = "" if line.strip() == f"::{stopped_by}::" else stopped_by
        elif line.startswith("::stop-commands::"):
            stopped_by = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            followed.append(line)
    assert not stopped_by, "commands stay stopped"
    return followed


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_annotations_reach_github_and_no_name_does(run_check: Run, outcome: str) -> None:
    wanted = annotations(OUTCOMES[outcome])
    said = f"advisor: history.json: ##[error]owned\n::add-mask::owned\n{wanted}"
    done, _ = run_check({"model": "m"}, FAKE_STDERR=said)
    assert "said by a layer's name" in done.stdout
    assert "history.json" in done.stdout
    assert commands_of(done.stdout) == wanted.splitlines()


def test_a_call_that_checked_nothing_is_annotated_too(run_check: Run) -> None:
    done, _ = run_check({"model": "m"}, FAKE_CODE="2", FAKE_STDERR="advisor: no such option")
    (command,) = commands_of(done.stdout)
    assert command.startswith("::error title=advisor::")
    assert "advisor: no such option" in done.stdout


OVERFIT = {
    "loss": [1 / epoch for epoch in range(1, 31)],
    "val_loss": [max(1.0 - epoch / 20, 0.5) + max(0, epoch - 10) / 20 for epoch in range(1, 31)],
}


@pytest.mark.parametrize(("level", "code", "outcome"), [("severe", 1, "fail"), ("", 0, "pass")])
def test_the_real_command_fails_the_step(
    run_check: Run, tmp_path: Path, level: str, code: int, outcome: str
) -> None:
    (tmp_path / "history.json").write_text(json.dumps(OVERFIT))
    summary = tmp_path / "summary.md"
    summary.write_text("# written before\n")
    given = {"history": "history.json", "fail-on": level, "args": "--val-size 5000"}
    done, outputs = run_check(given, Path(sys.executable).parent, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == code, done.stdout + done.stderr
    assert outputs["outcome"] == outcome
    assert json.loads(Path(outputs["json"]).read_text())["verdict"] == "overfitting"
    (command,) = commands_of(done.stdout)
    assert command.startswith("::error" if code else "::warning")
    assert "file=history.json" in command
    text = summary.read_text()
    assert text.startswith("# written before\n")
    assert "OVERFITTING" in text


def test_hooks_look_at_all_runs_whatever_files_changed() -> None:
    flags = {"--manifest", "--runs"}
    assert [hook["id"] for hook in HOOKS] == ["advisor-manifest", "advisor-runs"]
    for hook in HOOKS:
        assert hook["entry"] == "advisor check"
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
        (argument,) = hook["args"]
        flag = argument.split("=")[0]
        assert flag in flags
        assert flag.removeprefix("--") in check.__annotations__
        flags.remove(flag)


@pytest.mark.parametrize(
    ("file", "starts"),
    [
        ("runs/a/model.keras", True),
        ("runs/a/history.json", True),
        ("runs/a/log.csv", True),
        ("models.toml", True),
        ("pyproject.toml", True),
        ("train.py", False),
        ("notes.md", False),
    ],
)
def test_hooks_start_where_a_run_or_a_setting_changed(file: str, starts: bool) -> None:
    for hook in HOOKS:
        assert bool(re.search(hook["files"], file)) is starts
