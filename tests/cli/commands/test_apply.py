"""`advisor apply` as users call it."""

import json
from pathlib import Path

import pytest

from advisor.cli.demo_network import DemoFiles
from advisor.cli.family_options import flags
from advisor.inputs.model_file import read_model
from tests.cli.conftest import Command
from tests.cli.test_app import advisor
from tests.surgery.test_manual_strengths import before_normalization

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def report(demo: DemoFiles, tmp_path: Path) -> Path:
    """What the rules alone advise for the demo's model."""
    file = tmp_path / "report.json"
    assert advisor("check", demo.model, demo.history, "-f", "json", "-o", file).returncode == 0
    return file


def test_report_is_built_into_the_model(demo: DemoFiles, report: Path, tmp_path: Path) -> None:
    output = tmp_path / "regularized.keras"
    done = advisor("apply", demo.model, report, "-o", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Wrote {output}" in done.stdout
    advice = json.loads(report.read_text(encoding="utf-8"))["recommendation"]
    facts = read_model(output)
    for change in advice["changes"]:
        if change["kind"] == "l2":
            assert facts.layer(change["layer"]).regularizers[change["slot"]].l2 == change["to"]
        else:
            assert facts.layer(f"{change['layer']}_dropout").rates["rate"] == change["to"]


def test_strengths_by_hand_need_no_report(demo: DemoFiles, tmp_path: Path) -> None:
    output = tmp_path / "by-hand.keras"
    done = advisor("apply", demo.model, "-o", output, "--l1", "0.001")
    assert done.returncode == 0
    assert "class StopByDataLoss" in done.stdout  # no check was run that could have printed it
    penalties = [
        layer.regularizers["kernel_regularizer"] for layer in read_model(output).layers[1:]
    ]
    assert [penalty.l1 for penalty in penalties] == [0.001] * 3


def test_what_rules_say_against_strengths_by_hand_is_printed(
    command: Command, tmp_path: Path
) -> None:
    model = before_normalization(tmp_path / "model.keras")
    done = command("apply", model, "-o", tmp_path / "out.keras", "--l2", "0.01")
    _, against, stopping, *_ = done.out.splitlines()
    assert against.startswith("--l2 0.01 is put, against a rule, on normalized (Before batch norm")
    assert stopping.startswith("Keras adds the penalty to val_loss")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to apply: give a report of advisor check, or strengths by hand (--l1, --l2,"),
        (["report.json", "--l2", "0.1"], f"or strengths by hand ({flags()}), not both"),
        (["--dropout", "1.5"], "dropout"),
    ],
    ids=["nothing to apply", "both", "impossible rate"],
)
def test_wrong_wishes_are_one_line_and_leave_no_file(
    demo: DemoFiles, tmp_path: Path, arguments: list[str], message: str
) -> None:
    output = tmp_path / "never.keras"
    done = advisor("apply", demo.model, "-o", output, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("advisor: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not output.exists()


def test_report_about_another_model_is_refused_unless_forced(
    demo: DemoFiles, report: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.keras"
    assert advisor("apply", demo.model, "-o", other, "--l2", "0.1").returncode == 0
    output = tmp_path / "output.keras"
    done = advisor("apply", other, report, "-o", output)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert not output.exists()
    assert advisor("apply", other, report, "-o", output, "--force").returncode == 0


def test_file_that_has_no_place_for_it_gets_the_code_instead(
    demo: DemoFiles, report: Path, tmp_path: Path
) -> None:
    import keras

    old = tmp_path / "model.h5"
    keras.models.load_model(demo.model).save(old)
    done = advisor("apply", old, report, "-o", tmp_path / "out.keras", "--force")
    assert done.returncode == 2
    assert 'name="hidden_1_dropout"' in done.stdout
    assert "StopByDataLoss" not in done.stdout  # there is no penalty
    assert done.stderr.startswith("advisor: ")


def test_the_code_that_adds_a_penalty_stops_by_the_loss_without_it(
    demo: DemoFiles, tmp_path: Path
) -> None:
    import keras

    old = tmp_path / "model.h5"
    keras.models.load_model(demo.model).save(old)
    done = advisor("apply", old, "-o", tmp_path / "out.keras", "--l2", "0.01")
    assert done.returncode == 2
    assert "\n# To stop early, by the loss without its penalty:\nimport keras\n" in done.stdout
    names: dict[str, object] = {}
    exec(done.stdout, names)
    assert "callbacks" in names
