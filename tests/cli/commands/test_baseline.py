"""`advisor baseline write` as users call it."""

import json
from pathlib import Path

import pytest

from advisor.cli.demo_network import DemoFiles
from tests.cli.conftest import Command
from tests.cli.test_app import advisor
from tests.histories import REBOUNDS, SETTLES, write_history


def test_the_file_is_that_of_the_flag_else_of_the_setting_else_a_default(
    command: Command, tmp_path: Path
) -> None:
    history = write_history(tmp_path / "history.json", SETTLES)
    assert command("baseline", "write", history).out.startswith("Wrote advisor-baseline.json.\n")
    Path("pyproject.toml").write_text('[tool.advisor.gate]\nbaseline = "ours.json"\n')
    assert command("baseline", "write", history).code == 0
    assert command("baseline", "write", history, "--baseline", "given.json").code == 0
    for file in ("advisor-baseline.json", "ours.json", "given.json"):
        document = json.loads(Path(file).read_text(encoding="utf-8"))
        assert document["inputs"]["history"] == "history.json"
        assert document["location"] is None


def test_what_was_replaced_is_said(command: Command, tmp_path: Path) -> None:
    first = write_history(tmp_path / "first.json", SETTLES)
    second = write_history(tmp_path / "second.json", REBOUNDS)
    assert "replaces" not in command("baseline", "write", first).out
    again = command("baseline", "write", second)
    assert again.code == 0
    assert "  loss: 0.4998 -> 0.9\n" in again.out


@pytest.mark.parametrize(
    ("name", "epoch", "value", "said"),
    [
        ("val_loss", 39, float("nan"), "validation loss is nan"),
        ("val_auc", 39, float("inf"), "validation auc is inf"),
        ("loss", 39, float("nan"), "training loss is nan"),
        ("val_auc", 3, float("nan"), None),  # long before the end, as of a share of nothing
    ],
)
def test_a_figure_that_is_no_number_makes_no_baseline(
    command: Command, tmp_path: Path, name: str, epoch: int, value: float, said: str | None
) -> None:
    curves = {**SETTLES, "val_auc": [0.9] * 40}
    curves[name] = [*curves[name][:epoch], value, *curves[name][epoch + 1 :]]
    file = write_history(tmp_path / "history.json", curves)
    done = command("baseline", "write", file)
    assert Path("advisor-baseline.json").exists() == (said is None)
    assert done.code == (0 if said is None else 2)
    if said is not None:
        assert done.err == (
            f"advisor: {file}: {said} with the weights that ship, and nothing can be compared with"
            " that; write the baseline of a run where it is finite\n"
        )


def test_every_run_of_a_manifest_has_a_baseline_of_its_own(
    command: Command, tmp_path: Path
) -> None:
    write_history(tmp_path / "a.json", SETTLES)
    write_history(tmp_path / "b.json", REBOUNDS)
    manifest = tmp_path / "models.toml"

    def write(*tables: str) -> None:
        manifest.write_text("".join(f"[[run]]\n{table}\n" for table in tables), encoding="utf-8")

    a = 'history = "a.json"\nbaseline = "main/a.json"'
    b = 'history = "b.json"\nbaseline = "main/b.json"'
    (tmp_path / "main").mkdir()
    for second, message in (
        ('history = "b.json"', "b.json: has no baseline in the manifest"),
        (b.replace("main/b", "main/a"), "two runs have one baseline"),
        (b.replace('"b.json"', '"gone.json"', 1), "gone.json: cannot be read"),
    ):
        write(a, second)
        done = command("baseline", "write", "--manifest", "models.toml")
        assert done.code == 2
        assert message in done.err
        assert not list((tmp_path / "main").iterdir())
    write(a, b)
    assert command("baseline", "write", "--manifest", "models.toml").code == 0
    assert command("check", "--manifest", "models.toml", "--max-regression", "1%").code == 0


@pytest.mark.parametrize("target", ["history.json", "other.json"])
def test_only_a_baseline_is_written_over(command: Command, tmp_path: Path, target: str) -> None:
    history = write_history(tmp_path / "history.json", SETTLES)
    write_history(tmp_path / "other.json", REBOUNDS)
    before = Path(target).read_bytes()
    done = command("baseline", "write", history, "-o", target)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert Path(target).read_bytes() == before


def test_the_losses_of_the_recorded_training_are_not_written_over(
    command: Command, tmp_path: Path
) -> None:
    history = write_history(tmp_path / "history.json", SETTLES)
    sidecar = tmp_path / "history.rows.npz"
    sidecar.write_bytes(b"losses")
    done = command("baseline", "write", history, "-o", "history.main")  # its rows have that name
    assert done.code == 2
    assert "history.rows.npz: is an input of this check" in done.err
    assert sidecar.read_bytes() == b"losses"
    assert not Path("history.main").exists()


def test_rows_of_the_data_make_the_comparison_paired(demo: DemoFiles, tmp_path: Path) -> None:
    given = (demo.model, demo.history, "--data", demo.data)
    written = advisor("baseline", "write", *given, cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    assert "advisor-baseline.rows.npz (200 rows)" in written.stdout
    report = json.loads((tmp_path / "advisor-baseline.json").read_text(encoding="utf-8"))
    assert report["probes"] is None
    assert report["inputs"]["val_sha256"]
    limits = ("--no-probe", "--baseline", "advisor-baseline.json", "--max-regression", "1%")
    done = advisor("check", *given, *limits, "-f", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    checks = {each["id"]: each for each in json.loads(done.stdout)["gate"]["checks"]}
    assert checks["regression.loss"]["outcome"] == "pass"
    # The same weights on the same rows: not a shade of noise is left between them.
    assert checks["regression.loss"]["low"] == checks["regression.loss"]["high"] == 0
