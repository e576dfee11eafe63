"""What the README shows is what happens."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.cli.demo_network import DemoFiles
from tests.cli.test_app import advisor

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
STORED = Path(__file__).parent / "benchmarks" / "results" / "gate_outcomes.json"
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


def block(after: str) -> str:
    """The first fenced block behind a text."""
    return README.split(after, 1)[1].split("```", 2)[1].split("\n", 1)[1].rstrip("\n")


def pieces(output: str) -> list[list[str]]:
    """The excerpts between the marks of what was left out."""
    return [part.strip("\n").split("\n") for part in output.split("[...]") if part.strip()]


def masked(line: str) -> str:
    """A line without its figures, which differ a little from processor to processor.

    Nor does it say which of several like recipes won.
    """
    advised = re.sub(r"^Add .* \(", "Add ... (", line)
    return NUMBER.sub("#", advised)


def is_drawn(line: str) -> bool:
    """A line of a curve, or an arm of the race: which arms are tried may depend on rounding."""
    return "│" in line or "└" in line or re.search(r" [+-]?\d+\.\d%", line) is not None


@pytest.fixture(scope="module")
def printed(demo: DemoFiles) -> str:
    """What `advisor check` shows of the demo's files."""
    return advisor("check", demo.model, demo.history, "--data", demo.data).stdout


def test_the_demo_prints_what_the_readme_shows(printed: str) -> None:
    actual = [masked(line) for line in printed.split("\n")]
    start = 0
    for piece in pieces(block("output of the demo")):
        shown = [masked(line) for line in piece if not is_drawn(line)]
        start = actual.index(shown[0], start)
        lines = printed.split("\n")[start:]
        rest = [masked(line) for line in lines if not is_drawn(line)]
        assert rest[: len(shown)] == shown


def test_the_demos_figures_are_near_those_shown(printed: str) -> None:
    shown = block("output of the demo")
    for pattern in (r"ends (\d+)% above its best", r"on new data: -(\d+)%"):
        ours, theirs = re.search(pattern, shown), re.search(pattern, printed)
        assert ours is not None
        assert theirs is not None
        assert float(theirs[1]) == pytest.approx(float(ours[1]), abs=15)


def test_the_report_is_saved_read_and_applied_as_shown(
    demo: DemoFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor import diagnose

    monkeypatch.chdir(tmp_path)
    shutil.copy(demo.model, tmp_path / "model.keras")
    report = diagnose("model.keras", demo.history)
    section = README.split("### In code\n", 1)[1].split("\n## ", 1)[0]
    _, code = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    names: dict[str, object] = {"report": report}
    exec(code, names)
    assert names["report"] == report
    assert (tmp_path / "regularized.keras").stat().st_size > 0
    for form in re.findall(r"(to_\w+)\(\)", code):
        assert getattr(report, form)()
    suffixes = re.findall(r" (\.\w+)", code)
    assert len(suffixes) == 3
    for suffix in suffixes:
        report.save(f"other{suffix}")


GATE = README.split("## Gate it in CI\n", 1)[1].split("\n## ", 1)[0]


def blocks(kind: str) -> list[str]:
    """The fenced blocks of the section on the gate that are in one language."""
    return re.findall(rf"```{kind}\n(.*?)```", GATE, re.DOTALL)


def commands_of_the_gate() -> list[str]:
    """Every command that the section shows, in its order, those within YAML included."""
    lines = "".join(blocks("sh") + blocks("yaml")).split("\n")
    return [
        found[1] for line in lines if (found := re.match(r"\s*(?:- (?:run: )?)?(advisor .*)", line))
    ]


@pytest.fixture
def project(demo: DemoFiles, tmp_path: Path) -> Path:
    """A folder with all the files that the section names, made of the demo's."""
    for name in ("models/digits", "runs/one/a"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(demo.model, tmp_path / f"{name}.keras")
        shutil.copy(demo.history, tmp_path / f"{name}.json")
    shutil.copy(demo.history, tmp_path / "models" / "letters.csv")
    shutil.copy(demo.model, tmp_path / "model.keras")
    shutil.copy(demo.history, tmp_path / "history.json")
    settings, manifest = blocks("toml")
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "models.toml").write_text(manifest, encoding="utf-8")
    return tmp_path


def test_every_command_of_the_gate_does_what_it_is_shown_for(project: Path) -> None:
    commands = commands_of_the_gate()
    assert len(commands) == 8
    for command in commands:
        done = advisor(*shlex.split(command)[1:], cwd=project)
        assert done.returncode == (0 if "baseline write" in command else 1), done.stderr
    written = ("gate.xml", "gate.json", "gate.md", "advisor-baseline.json")
    assert all((project / name).stat().st_size for name in written)


def test_the_gate_prints_what_the_readme_shows(demo: DemoFiles) -> None:
    command = shlex.split(commands_of_the_gate()[0])[4:]
    done = advisor("check", demo.model, demo.history, *command)
    assert done.returncode == 1
    printed = " ".join(masked(done.stdout).split())
    for piece in block("output of the gate").split("[...]"):
        assert " ".join(masked(piece).split()) in printed


def test_the_action_takes_what_the_recipe_gives_it(demo: DemoFiles) -> None:
    action = (Path(__file__).parent.parent / "action.yml").read_text(encoding="utf-8")
    (recipe,) = [each for each in blocks("yaml") if "with:" in each]
    given = dict(re.findall(r"^    ([\w-]+): (.*)$", recipe, re.MULTILINE))
    assert set(given) == {"model", "history", "fail-on", "args"}
    assert all(f"\n  {name}:\n" in action for name in given)
    arguments = ("--fail-on", given["fail-on"], *shlex.split(given["args"]))
    assert advisor("check", demo.model, demo.history, *arguments).returncode == 1


def test_the_hooks_named_exist() -> None:
    hooks = (Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"`(advisor-(?:manifest|runs))`", GATE):
        assert f"- id: {name}\n" in hooks


def test_the_assertion_fails_on_the_demo(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    names: dict[str, Callable[[], None]] = {}
    exec(blocks("python")[1], names)
    with pytest.raises(AssertionError, match=r"OVERFITTING \(mild\)"):
        names["test_digits_do_not_overfit"]()


@pytest.mark.tensorflow
def test_the_recorder_gives_what_a_paired_comparison_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    y = x[:, :1] + 0.1
    monkeypatch.chdir(tmp_path)
    rows = {"x_train": x[:40], "y_train": y[:40], "x_val": x[40:], "y_val": y[40:]}
    exec(blocks("python")[0], {"model": model, **rows})
    first, second = blocks("sh")[1].strip().split("\n")
    written = advisor(*shlex.split(first)[1:], cwd=tmp_path)
    assert "advisor-baseline.rows.npz (24 rows)" in written.stdout
    done = advisor(*shlex.split(second)[1:], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nGate: PASS" in done.stdout


def test_the_demo_leaves_the_files_the_readme_names(demo: DemoFiles) -> None:
    for file in (demo.model, demo.history, demo.data):
        assert f"`{file.name}`" in README
        assert file.stat().st_size > 0


def test_every_command_named_exists() -> None:
    for command in set(re.findall(r"`advisor ([a-z]+)", README)):
        assert advisor(command, "--help").returncode == 0


def test_the_first_command_is_the_main_job_and_the_last_the_tests() -> None:
    assert block("how strong, and where.") == "pip install . && advisor demo"
    assert README.rsplit("```sh\n", 1)[1].startswith('pip install ".[dev]" && pytest\n')


def test_the_table_of_verdicts_is_what_the_stored_trainings_give() -> None:
    from tests.benchmarks.diagnosis import scores
    from tests.benchmarks.diagnosis.cases import load_cases
    from tests.benchmarks.diagnosis.table import answers, predictors

    kept = [case for case in load_cases() if case.half == "kept"]
    assert f"on {len(kept)} real trainings" in README
    rows = [line for line in README.split("\n") if line.startswith("| ") and " [." in line]
    assert len(rows) == len(predictors())
    for row, predict in zip(rows, predictors().values(), strict=True):
        counts = scores.confusion(answers(kept, predict))
        figures = [
            f"{float(scores.macro_f1(counts)):.2f}",
            f"{scores.detection_rate(counts).value:.2f}",
            f"{scores.false_alarm_rate(counts).value:.3f}",
            f"{float(scores.alarm_f1(counts)):.2f}",
        ]
        shown = [re.sub(r"\*|\[.*\]", "", cell).strip() for cell in row.split("|")[2:6]]
        assert shown == [figure.removeprefix("0") for figure in figures], row


def test_the_table_of_the_advice_is_what_the_stored_trainings_give() -> None:
    from tests.benchmarks.advice import readme_table
    from tests.benchmarks.advice.wall_clock.table import sentence

    found = readme_table.shown()
    rows = readme_table.rows(found)
    assert any(row.startswith("| **`advisor check --data`** |") for row in rows)
    for said in (*rows, *readme_table.sentences(found), sentence()):
        assert said in README, said


def test_the_table_of_the_rules_is_what_ships_with_them() -> None:
    from advisor.rulebook.record import load_record
    from tests.benchmarks.advice.rule_record import readme_rows

    section = README.split("### How the rules did\n", 1)[1].split("\n## ", 1)[0]
    shown = [line for line in section.split("\n") if line.startswith("| `")]
    assert shown == readme_rows(load_record()) != []


def test_the_pictures_that_the_readme_shows_are_there() -> None:
    root = Path(__file__).parent.parent
    pictures = re.findall(r"\]\(([\w/]+\.svg)\)", README)
    assert len(pictures) == 2
    for picture in pictures:
        assert (root / picture).stat().st_size < 100_000


def test_the_gate_is_as_often_wrong_as_the_stored_simulation_says() -> None:
    rows = json.loads(STORED.read_text(encoding="utf-8"))
    tame = [row for row in rows if row["world"] != "wild"]
    wild = [row for row in rows if row["world"] == "wild" and row["true"] == LIMIT]
    flat = [row for row in tame if row["is_flat"]]
    compliant = [row for row in tame if not row["is_flat"] and row["true"] <= LIMIT]
    thrice = [row for row in tame if row["true"] == 0.15]
    found = [row for row in thrice if row["rows"] >= 1000]
    hard = [row for row in found if row["noise"] == 0.02 and row["epochs"] == 30]
    calm = [row for row in found if row["noise"] == 0.01]
    for said in (
        f"1,000 trainings of each of {len(rows)} kinds",
        f"at most {most([r for r in flat if not r['correlation']]):.1%} of them, "
        f"{most([r for r in flat if r['correlation']]):.1%} where",
        f"at the limit in at most {most(compliant):.1%}.",
        f"fails {least(flat, 'naive'):.0%} to {most(flat, 'naive'):.0%} of the flat",
        f"in {least(calm):.0%} to {most(calm):.0%} at 1 % of noise",
        f"in {least(hard):.0%} to {most(hard):.0%} at 2 % within 30",
        f"up to {most(wild, 'curve'):.1%} of compliant",
        f"measures that, and {most(wild, 'paired'):.1%} do",
    ):
        spaced = re.sub(r"(\d)%", r"\1 %", said)
        shared = re.sub(r" % to ", " to ", spaced)
        assert shared in README, shared


LIMIT = 0.05


def most(rows: list[dict[str, float]], *ways: str) -> float:
    return max(row[f"{way}_failed"] / row["runs"] for row in rows for way in ways or WAYS)


def least(rows: list[dict[str, float]], *ways: str) -> float:
    return min(row[f"{way}_failed"] / row["runs"] for row in rows for way in ways or WAYS)


WAYS = ("curve", "paired")
