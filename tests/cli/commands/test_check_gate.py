"""The gate as builds call it: what it decides, what it says where, and how it exits."""

import json
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from advisor.settings.report_formats import FORMAT_NAMES
from tests.cli.conftest import Command
from tests.histories import (
    DATA_REBOUNDS,
    FALLING_PENALTY,
    REBOUNDS,
    SETTLES,
    WOBBLES,
    write_history,
    write_recorded,
)
from tests.report.schema import SCHEMA

OUTCOMES = {"fail": (REBOUNDS, 1), "pass": (SETTLES, 0), "inconclusive": (WOBBLES, 0)}
GATE = ("--fail-on", "mild", "--val-size", "5000")
TODAY = date.today()


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_exit_code_is_that_of_the_outcome_and_the_report_is_shown(
    command: Command, tmp_path: Path, outcome: str
) -> None:
    history, code = OUTCOMES[outcome]
    done = command("check", write_history(tmp_path / "history.json", history), *GATE)
    assert (done.code, done.err) == (code, "")
    assert f"\nGate: {outcome.upper()} ─" in done.out
    assert "\nRecommendation ─" in done.out


def test_inconclusive_fails_where_that_was_asked_for(command: Command, tmp_path: Path) -> None:
    history = write_history(tmp_path / "history.json", WOBBLES)
    done = command("check", history, *GATE, "--inconclusive", "fail")
    assert done.code == 1
    assert "Gate: FAIL" in done.out


def test_a_falling_penalty_does_not_hide_a_rebound(command: Command, tmp_path: Path) -> None:
    """Val_loss, penalty included, falls from 2.2 to .68 while the data loss rebounds by 30 %."""
    logged = [data + p for data, p in zip(DATA_REBOUNDS, FALLING_PENALTY, strict=True)]
    curves = {"loss": [0.9 * each for each in logged], "val_loss": logged}
    file = write_recorded(tmp_path / "history.json", curves, penalty=FALLING_PENALTY, **RUN)
    done = command("check", file, "--fail-on", "mild", "-f", "json")
    assert done.code == 1
    report = json.loads(done.out)
    (check,) = report["gate"]["checks"]
    said = "The verdict is overfitting, severe: validation loss ends 30% above its best, with 95%"
    assert check["message"].startswith(said)
    assert "without its L1/L2 penalty, which the Recorder noted" in check["assumption"]
    assert report["evidence"]["loss.followed"]["value"] == "without penalty"
    assert (
        "The verdict is based on the validation loss without its L1/L2 penalty, which the Recorder"
        " noted: it ends 30% above its best, while the loss as logged and drawn ends 0% above."
    ) in report["caveats"]


def test_a_growing_penalty_is_no_rebound(command: Command, tmp_path: Path) -> None:
    """Val_loss ends 28 % above its best, all of it penalty: the data loss stays at its best."""
    penalty = [0.005 * max(0, epoch - 10) for epoch in range(40)]
    logged = [data + p for data, p in zip(SETTLES["val_loss"], penalty, strict=True)]
    curves = {**SETTLES, "val_loss": logged}
    file = write_recorded(tmp_path / "history.json", curves, n_val=5000, penalty=penalty, **RUN)
    done = command("check", file, "--fail-on", "mild", "-f", "json")
    assert (done.code, json.loads(done.out)["verdict"]) == (0, "healthy")
    assert json.loads(done.out)["gate"]["outcome"] == "pass"


def test_what_is_strict_without_a_limit_is_refused_in_any_place(
    command: Command, tmp_path: Path
) -> None:
    file = write_history(tmp_path / "history.json", SETTLES)
    assert command("check", file, ADVISOR_INCONCLUSIVE="fail").code == 2
    (tmp_path / "pyproject.toml").write_text('[tool.advisor.gate]\ninconclusive = "fail"\n')
    done = command("check", file)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert command("check", file, *GATE).code == 0
    assert command("check", file, "--inconclusive", "warn").code == 0
    assert command("baseline", "write", file).code == 0  # nothing is gated there


def test_without_a_gate_nothing_of_it_is_shown(command: Command, tmp_path: Path) -> None:
    done = command("check", write_history(tmp_path / "history.json"))
    assert (done.code, done.err) == (0, "")
    assert "Gate" not in done.out


def test_json_on_stdout_stays_json_and_stderr_says_the_rest(
    command: Command, tmp_path: Path
) -> None:
    for history, code, said in (
        (REBOUNDS, 1, "advisor: the gate failed: severity: The verdict is overfitting, severe"),
        (WOBBLES, 0, "advisor: warning: the gate is inconclusive: severity: "),
    ):
        file = write_history(tmp_path / "history.json", history)
        done = command("check", file, *GATE, "-f", "json", "--report", "github")
        assert done.code == code
        assert json.loads(done.out)["gate"]["checks"][0]["id"] == "severity"
        assert said in done.err
        assert "title=advisor%3A" in done.err


@pytest.mark.parametrize("form", FORMAT_NAMES)
@pytest.mark.parametrize("outcome", [*OUTCOMES, "unchecked"])
def test_no_format_changes_the_exit_code(
    command: Command, tmp_path: Path, form: str, outcome: str
) -> None:
    history, code = OUTCOMES.get(outcome, ({"loss": SETTLES["loss"]}, 2))
    file = write_history(tmp_path / "history.json", history)
    done = command("check", file, *GATE, "--report", f"{form}=report", "-f", form, "-o", "main")
    assert (done.code, done.out) == (code, "")
    text = Path("report").read_text(encoding="utf-8")
    assert text == Path("main").read_text(encoding="utf-8")
    match form:
        case "junit":
            suites = ElementTree.fromstring(text)
            found = [suites.get(each) for each in ("failures", "errors")]
            assert found == [str(int(outcome == "fail")), str(int(outcome == "unchecked"))]
        case "json":
            schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
            jsonschema.Draft202012Validator(schema).validate(json.loads(text))
        case "gitlab":
            assert bool(json.loads(text)) == (outcome != "pass")
        case _:
            assert bool(text) == (form != "github" or outcome != "pass")


def test_all_reports_are_written_and_the_first_that_cannot_be_is_said(
    command: Command, tmp_path: Path
) -> None:
    file = write_history(tmp_path / "history.json")
    done = command(
        "check", file, *GATE, "--report", "json=/nowhere/x", "--report", "junit=gate.xml"
    )  # fmt: skip
    assert done.code == 2
    assert done.err == "advisor: /nowhere/x: cannot be written: No such file or directory\n"
    assert Path("gate.xml").exists()
    assert done.out.startswith("OVERFITTING")


def test_github_gets_annotations_on_stderr_and_its_summary(
    command: Command, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("of an earlier step\n")
    file = write_history(tmp_path / "history.json")
    for _ in range(2):
        done = command("check", file, *GATE, "--report", "github", GITHUB_STEP_SUMMARY=str(summary))
        assert done.code == 1
        assert done.err.startswith("::error title=advisor%3A ")
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("of an earlier step\n")
    assert text.count("OVERFITTING (severe)") == 2
    assert command("check", file, *GATE, "--report", "github").code == 1


def test_a_full_summary_is_left_as_it_is(command: Command, tmp_path: Path) -> None:
    from advisor.report.formats.github import SUMMARY_BYTES

    summary = tmp_path / "summary.md"
    summary.write_text("x" * (SUMMARY_BYTES - 20))
    file = write_history(tmp_path / "history.json")
    command("check", file, *GATE, "--report", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert summary.stat().st_size <= SUMMARY_BYTES


def waiver(expires: date) -> str:
    return (
        '[tool.advisor.gate]\nfail-on = "mild"\n[[tool.advisor.gate.waivers]]\n'
        f'check = "severity"\nreason = "new data next week"\nexpires = {expires}\n'
    )


def test_a_waiver_lets_a_failing_check_pass_until_it_expires(
    command: Command, tmp_path: Path
) -> None:
    file = write_history(tmp_path / "history.json")
    project = tmp_path / "pyproject.toml"
    project.write_text(waiver(TODAY + timedelta(days=1)))
    done = command("check", file)
    assert done.code == 0
    assert "new data next week" in done.out
    project.write_text(waiver(TODAY - timedelta(days=1)))
    done = command("check", file)
    assert done.code == 1
    assert "[waiver.severity]" in done.out


def test_a_waiver_finds_a_nameless_run_by_its_history(command: Command, tmp_path: Path) -> None:
    file = write_history(tmp_path / "runs" / "digits.json")
    project = tmp_path / "pyproject.toml"
    for glob, code in (("digits*", 0), ("*runs/digits.json", 0), ("letters*", 1)):
        project.write_text(waiver(TODAY + timedelta(days=1)) + f'model = "{glob}"\n')
        assert command("check", file).code == code


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({"loss": SETTLES["loss"]}, "has no validation metric to gate on"),
        ("{", "history.json: "),
        (None, "history.json: no such file"),
    ],
    ids=["no validation metric", "unreadable", "missing"],
)
def test_what_cannot_be_checked_exits_2_with_one_line_and_its_reports(
    command: Command, tmp_path: Path, history: object, message: str
) -> None:
    file = tmp_path / "history.json"
    if history is not None:
        file.write_text(history if isinstance(history, str) else json.dumps(history))
    done = command("check", file, *GATE, "--report", "junit=gate.xml", "--report", "json=out.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert message in done.err
    assert message in Path("gate.xml").read_text(encoding="utf-8")
    assert message in json.loads(Path("out.json").read_text(encoding="utf-8"))["error"]


def test_an_internal_error_exits_2_and_says_so_in_the_reports(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("advisor.pipeline.diagnosis.decide", fail)
    file = write_history(tmp_path / "history.json")
    done = command("check", file, *GATE, "--report", "junit=gate.xml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("advisor: internal error: ZeroDivisionError: boom; please report")
    assert "ZeroDivisionError: boom" in Path("gate.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-on", "mildly"], "--fail-on: one of mild, moderate, severe is expected"),
        (["--max-gap", "lots"], "--max-gap: a number or a share such as 5%"),
        (["--max-gap", "auc=0.1"], "has no validation auc"),
        (["--inconclusive", "pass"], "--inconclusive: one of warn, fail is expected"),
        (["--inconclusive", "fail"], "--inconclusive fail: there is no limit to check"),
        (["--report", "github="], "--report github=: F=FILE is expected"),
        (["--report", "json"], "--report json: F=FILE is expected, with F one of"),
        (["--manifest", "models.toml"], "give MODEL and HISTORY, or --manifest and --runs, not"),
        (["--runs", "a/*"], "(a pattern after --runs goes in quotes"),
    ],
)
def test_wrong_calls_are_one_line(
    command: Command, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = command("check", write_history(tmp_path / "history.json"), *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert message in done.err


RUN = {"rows": "a" * 64}


def test_a_first_run_without_its_baseline_warns_and_holds_to_the_limits(
    command: Command, tmp_path: Path
) -> None:
    file = write_history(tmp_path / "history.json", SETTLES)
    done = command("check", file, *GATE, "--baseline", "main.json", "-f", "json")
    assert done.code == 0
    assert "advisor: warning: There is no baseline of this run in main.json yet" in done.err
    assert not Path("main.json").exists()
    bad = write_history(tmp_path / "bad.json", REBOUNDS)
    assert command("check", bad, *GATE, "--baseline", "main.json").code == 1


def test_a_first_run_with_no_other_limit_is_one_skipped_test(
    command: Command, tmp_path: Path
) -> None:
    file = write_history(tmp_path / "history.json", SETTLES)
    limits = ("--val-size", "500", "--baseline", "main.json", "--max-regression", "5%")
    assert command("check", file, *limits, "--report", "junit=gate.xml").code == 0
    (suite,) = ElementTree.parse("gate.xml").getroot()
    assert (suite.get("tests"), suite.get("skipped"), suite.get("failures")) == ("1", "1", "0")
    (skipped,) = suite.iter("skipped")
    assert skipped.get("message") == (
        "nothing was checked: There is no baseline of this run in main.json yet, so nothing is"
        " compared with it; write it with advisor baseline write."
    )


def test_worse_than_the_baseline_fails_and_better_passes(command: Command, tmp_path: Path) -> None:
    settled = write_recorded(tmp_path / "settled.json", SETTLES, **RUN)
    rebounding = write_recorded(tmp_path / "rebounding.json", REBOUNDS, **RUN)
    assert command("baseline", "write", settled, "-o", "main.json").code == 0
    written = Path("main.json").read_bytes()
    limits = ("--baseline", "main.json", "--max-regression", "10%")
    worse = command("check", rebounding, *limits)
    assert (worse.code, worse.err) == (1, "")
    assert "[regression.loss]" in worse.out
    assert command("check", settled, *limits).code == 0
    assert Path("main.json").read_bytes() == written
    assert command("baseline", "write", rebounding, "-o", "main.json").code == 0
    assert command("check", settled, *limits).code == 0


def test_a_baseline_of_other_rows_cannot_be_compared(command: Command, tmp_path: Path) -> None:
    other = write_recorded(tmp_path / "other.json", SETTLES, rows="b" * 64)
    assert command("baseline", "write", other, "-o", "main.json").code == 0
    file = write_recorded(tmp_path / "history.json", SETTLES, **RUN)
    done = command("check", file, "--baseline", "main.json")
    assert done.code == 2
    assert "was made on other validation rows" in done.err


def test_no_input_is_written_over(command: Command, tmp_path: Path) -> None:
    file = write_recorded(tmp_path / "history.json", SETTLES, **RUN)
    sidecar = tmp_path / "history.rows.npz"
    sidecar.write_bytes(b"losses")
    assert command("baseline", "write", file, "-o", "main.json").code == 0
    for target in ("main.json", "history.json", "history.rows.npz"):
        before = Path(target).read_bytes()
        done = command("check", file, "--baseline", "main.json", "--report", f"json={target}")
        assert done.code == 2
        assert f"{target}: is an input of this check; write the report elsewhere" in done.err
        assert Path(target).read_bytes() == before
