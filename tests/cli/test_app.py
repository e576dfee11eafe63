"""The command line as users call it: what it prints, where, and how it exits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from advisor import __version__
from advisor.cli.demo_network import DemoFiles
from tests.report.schema import SCHEMA


def advisor(
    *arguments: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with output in UTF-8."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("ADVISOR_", "COLUMNS"))}
    return subprocess.run(
        [sys.executable, "-m", "advisor", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**inherited, "PYTHONIOENCODING": "utf-8", **variables},
        timeout=120,
        check=False,
    )


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Forty epochs whose validation loss rebounds from 0.5 to 0.9."""
    file = tmp_path / "history.json"
    validation = [1.0 - 0.05 * e for e in range(10)] + [0.5 + 0.4 * e / 29 for e in range(30)]
    training = [1.0 * 0.9**e for e in range(40)]
    file.write_text(json.dumps({"loss": training, "val_loss": validation}), encoding="utf-8")
    return file


def test_check_of_the_demo_finds_the_overfitting(demo: DemoFiles) -> None:
    done = advisor("check", demo.model, demo.history)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("OVERFITTING (mild)\n")
    for heading in ("Learning curves", "Findings", "Evidence", "Recommendation", "Not decided"):
        assert f"\n{heading} " in done.stdout
    assert 'name="hidden_1_dropout"' in done.stdout


def test_json_obeys_the_schema_and_names_the_inputs(demo: DemoFiles) -> None:
    done = advisor("check", demo.history, demo.model, "--format", "json", "--val-size", "200")
    document = json.loads(done.stdout)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["inputs"]["model"] == "model.keras"
    assert document["inputs"]["n_val"] == 200
    assert document["verdict"] == "overfitting"
    assert document["recommendation"]["action"] == "add"


def test_the_same_inputs_give_the_same_bytes_but_for_timing(demo: DemoFiles) -> None:
    first, second = (
        json.loads(advisor("check", demo.model, demo.history, "-f", "json").stdout)
        for _ in range(2)
    )
    assert {**first, "timing": None} == {**second, "timing": None}


def test_check_imports_neither_tensorflow_nor_keras_nor_scikit_learn(demo: DemoFiles) -> None:
    code = (
        "import sys; from advisor.cli.app import main; sys.argv[1:] = ['check', *sys.argv[1:]]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'h5py', 'scipy', 'pandas', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(demo.model), str(demo.history)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_check_imports_nothing_that_only_other_inputs_or_a_gate_need(demo: DemoFiles) -> None:
    code = (
        "import sys; from advisor.cli.app import main; sys.argv[1:] = ['check', *sys.argv[1:]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "unused = ('advisor.gate.judge', 'advisor.keras_internals', 'advisor.training', "
        "'advisor.inputs.files.plain_pickle', 'advisor.inputs.histories.printed_log')\n"
        "found = [name for name in sys.modules if name.startswith(unused)]\n"
        "assert not found, found"
    )
    command = [sys.executable, "-c", code, str(demo.model), str(demo.history)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("OVERFITTING")


def test_commands_are_known_before_numpy_is_imported() -> None:
    # It starts its threads when it is imported, as many as `main` is yet to say.
    code = "import sys, advisor.cli.app; assert not {'numpy', 'rich.console'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_history_alone_is_enough_for_a_verdict(history: Path) -> None:
    done = advisor("check", history)
    assert done.returncode == 0
    assert done.stdout.startswith("OVERFITTING (severe)\n")
    assert "a saved model would" in done.stdout


def test_model_alone_gives_its_inventory_and_no_verdict(demo: DemoFiles) -> None:
    done = advisor("check", demo.model)
    assert done.returncode == 0
    assert done.stdout.startswith("UNDECIDED\n")
    assert "43,530 weights" in done.stdout


def test_output_goes_to_the_file_and_further_reports_beside_it(
    history: Path, tmp_path: Path
) -> None:
    done = advisor(
        "check", history, "-o", tmp_path / "report.txt",
        "--report", f"json={tmp_path / 'report.json'}",
        "--report", f"markdown={tmp_path / 'report.md'}",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (
        (tmp_path / "report.txt").read_text(encoding="utf-8").startswith("OVERFITTING (severe)\n")
    )
    assert (
        json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["severity"] == "severe"
    )
    assert (
        (tmp_path / "report.md").read_text(encoding="utf-8").startswith("## OVERFITTING (severe)")
    )


def test_settings_come_from_the_project_the_environment_and_flags(
    history: Path, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.advisor]\nformat = 'json'\nval-size = 7\n")
    sizes = [
        json.loads(advisor("check", history, *flags, cwd=tmp_path, **variables).stdout)["inputs"]
        for flags, variables in (
            ((), {}),
            ((), {"ADVISOR_VAL_SIZE": "8"}),
            (("--val-size", "9"), {"ADVISOR_VAL_SIZE": "8"}),
        )
    ]
    assert [each["n_val"] for each in sizes] == [7, 8, 9]


def test_width_follows_columns_and_ascii_output_has_no_other_characters(history: Path) -> None:
    narrow = advisor("check", history, COLUMNS="60")
    assert max(map(len, narrow.stdout.split("\n"))) <= 60
    plain = advisor("check", history, PYTHONIOENCODING="ascii")
    assert plain.returncode == 0
    assert plain.stdout.isascii()
    assert "\x1b" not in plain.stdout


def test_a_reader_that_leaves_early_is_no_failure(history: Path) -> None:
    command = f"{sys.executable} -m advisor check {history} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "OVERFITTING (severe)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to check: give a saved model, a training history, or both"),
        (["none.json"], "none.json: no such file; give a saved model"),
        (["{history}", "{history}"], "are both taken for a history; give one model and one"),
        (["{history}", "-f", "pdf"], "--format: one of rich, json, markdown, junit, gitlab"),
        (["{history}", "--report", "x"], "--report x: F=FILE is expected, with F one of rich"),
        (["{history}", "--select", "rebounds"], "unknown rule 'rebounds'"),
        (["{history}", "--rules", "nowhere"], "nowhere: not a folder of rules"),
        (["{history}", "--metric", "lift"], "--metric: 'lift' has no direction"),
        (["{history}", "-o", "/nowhere/report.txt"], "/nowhere/report.txt: cannot be written"),
        (["{broken}"], "broken.keras"),
        (["{text}", "{history}"], "text.keras: is in no format of Keras; save the model in Keras"),
        (["{history}", "{text}"], "text.keras: is in no format of Keras; save the model in Keras"),
        (["{history}", "-o", "{history}"], "history.json: is an input of this check; write the"),
        (["{history}", "--report", "json={history}"], "history.json: is an input of this check"),
        (["{history}", "--report", "json=a.x", "-o", "a.x"], "a.x: two reports are to be written"),
        (["{history}", "--baseline", ""], "--baseline: the path of a report is expected"),
        (["."], "is a folder without a history that is known here"),
    ],
)  # fmt: skip
def test_wrong_calls_are_one_line_and_exit_2(
    history: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"PK\x03\x04 and no more")
    text = tmp_path / "text.keras"
    text.write_text("no model\n", encoding="utf-8")
    filled = [each.format(history=history, broken=broken, text=text) for each in arguments]
    before = history.read_bytes()
    done = advisor("check", *filled)
    assert (done.returncode, done.stdout) == (2, "")
    assert history.read_bytes() == before
    assert message in done.stderr
    assert done.stderr.startswith("advisor: ")
    assert done.stderr.count("\n") == 1


def test_unknown_options_and_commands_exit_2() -> None:
    for arguments in (("check", "--nope"), ("chek",), ("check", "--val-size", "0")):
        done = advisor(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Error" in done.stderr


def test_internal_errors_exit_2_without_a_traceback(history: Path) -> None:
    code = (
        "import sys, advisor.pipeline.diagnosis as d, advisor.cli.app as c\n"
        "def fail(*a, **b): raise ZeroDivisionError('boom')\n"
        "d.check = fail; sys.argv[1:] = ['check', *sys.argv[1:]]; c.main()"
    )
    command = [sys.executable, "-c", code, str(history)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("advisor: internal error: ZeroDivisionError: boom")
    assert "Traceback" not in done.stderr


def test_inspect_shows_every_measurement(demo: DemoFiles) -> None:
    done = advisor("inspect", demo.model, demo.history)
    assert done.returncode == 0, done.stderr
    for name in ("rebound.relative", "layer.stable_rank_share", "weights.norm", "data.train_size"):
        assert name in done.stdout
    document = json.loads(advisor("inspect", demo.model, demo.history, "-f", "json").stdout)
    assert document["evidence"]["history.epochs"]["value"] == 31
    assert [layer["path"] for layer in document["layers"]][-1] == "digit"


def test_rules_are_listed_and_explained() -> None:
    listed = advisor("rules")
    assert listed.returncode == 0
    assert "validation-loss-rebounds-severely" in listed.stdout
    explained = advisor("explain", "validation-loss-rebounds-severely")
    assert explained.returncode == 0
    for part in ("Fires when", "rebound.z > 2.33", "Prechelt (1998)", "Suggests"):
        assert part in explained.stdout
    unknown = advisor("explain", "validation-loss-rebounds-severly")
    assert unknown.returncode == 2
    assert "did you mean" in unknown.stderr


def test_rules_test_passes_the_shipped_rules_and_names_faults(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "rules"
    assert advisor("rules", "test", shipped).returncode == 0
    rule = (shipped / "validation-loss-stays-near-best.toml").read_text(encoding="utf-8")
    (tmp_path / "ours.toml").write_text(rule.replace("validation-loss-stays-near-best", "ours"))
    assert advisor("rules", "test", tmp_path).returncode == 0
    (tmp_path / "ours.toml").write_text(
        rule.replace("validation-loss-stays-near-best", "ours").replace("< 0.05", "< 0.01")
    )
    faulty = advisor("rules", "test", tmp_path)
    assert faulty.returncode == 2
    assert "ours.toml" in faulty.stdout


def test_own_rules_take_part_in_the_check(history: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'id = "ours"\ntitle = "Ours: {history.epochs:.0f} epochs"\n'
        'when = ["history.epochs >= 40"]\n'
        'rationale = "because"\ncite = ["us"]\n[example]\nhistory.epochs = 40\n'
        '[counterexamples]\n"short" = { history.epochs = 3 }\n'
    )
    done = advisor("check", history, "--rules", tmp_path)
    assert "Ours: 40 epochs" in done.stdout


def test_version_and_help() -> None:
    assert advisor("--version").stdout == f"advisor {__version__}\n"
    for arguments in (("--help",), ("check", "--help"), ("rules", "--help"), ("inspect", "-h")):
        done = advisor(*arguments)
        assert done.returncode == 0
        assert "Usage: advisor" in done.stdout or "advisor" in done.stdout
    check_help = advisor("check", "--help").stdout
    assert "advisor check model.keras history.json" in check_help
    assert "[[run]]" in check_help


def test_a_full_disk_is_one_line(history: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "advisor", "check", str(history)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "advisor: stdout: cannot be written: No space left on device\n"
