"""What the README shows is what happens."""

import re
from pathlib import Path

import pytest

from advisor.demo import DemoFiles
from tests.test_cli import advisor

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
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
    from tests.benchmarks.advice.table import readme_rows

    rows = readme_rows()
    assert any(row.startswith("| advisor |") for row in rows)
    assert all(row in README for row in rows)
