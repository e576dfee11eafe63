"""Annotations as GitHub's runner reads them, and the summary within its limit."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from advisor.report.formats.github import SUMMARY_BYTES, step_summary
from advisor.report.formats.github import render as annotations
from advisor.report.unchecked import Unchecked
from tests.report.sample_gates import (
    FAILED,
    OUTCOMES,
    REBOUND_IN_NOISE,
    SEVERAL,
    SEVERE,
    gated,
    hostile,
)
from tests.report.sample_reports import HOSTILE, healthy, overfitting

COMMANDS = {"error", "warning", "notice"}
NASTY = [
    "::error::owned",
    "a\n::error::owned",
    "a\r::add-mask::owned",
    "%0A::error::owned",
    "x,file=/etc/passwd",
    "x::owned",
    "##[error]owned",
    "a|b<script>]]>\x1b[31m",
    HOSTILE,
]


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner takes it apart (actions/runner, ActionCommand.TryParseV2)."""
    assert line.startswith("::")
    info, data = line[2:].split("::", 1)
    command, _, properties = info.partition(" ")
    pairs = (each.split("=", 1) for each in properties.split(",") if each)
    return command, {key: unescaped(value) for key, value in pairs}, unescaped(data)


def unescaped(text: str) -> str:
    for escaped, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(escaped, character)
    return text.replace("%25", "%")


def levels(text: str) -> list[str]:
    return [read(line)[0] for line in text.splitlines()]


def test_failures_are_errors_doubts_warnings_and_waivers_notices() -> None:
    found = [(command, said["title"]) for command, said, _ in map(read, lines(SEVERAL))]
    assert found == [
        ("error", "advisor: letters-with-a-longer-name: severity failed"),
        ("error", "advisor: letters-with-a-longer-name: gap.accuracy failed"),
        ("error", "advisor: letters-with-a-longer-name: waiver.gap.accuracy failed"),
        ("error", "advisor: broken: could not be checked"),
        ("error", "advisor: strict: rebound.loss inconclusive"),
        ("warning", "advisor: letters-with-a-longer-name: rebound.loss inconclusive"),
        ("warning", "advisor: waves: rebound.loss inconclusive"),
        ("warning", "advisor: waves: gate"),
        ("warning", "advisor: strict: gate"),
        ("warning", "advisor: free: OVERFITTING (severe)"),
        ("notice", "advisor: letters-with-a-longer-name: gap.loss waived"),
        ("notice", "advisor: spirals: gap.loss waived"),
    ]
    assert annotations(OUTCOMES["gate-pass"]) == ""
    assert levels(annotations((healthy(),))) == ["notice"]


def lines(results: object) -> list[str]:
    return annotations(results).splitlines()  # type: ignore[arg-type]


def test_annotations_read_back_as_they_were_meant() -> None:
    command, said, message = read(lines(OUTCOMES["gate-fail"])[0])
    assert (command, said["file"], said["line"]) == ("error", "history.json", "1")
    assert message.split("\n") == [
        SEVERE.message,
        "measured 76.3% of the best, at least 71.0%, at most 81.6% (95% bounds), limit 10.0%",
    ]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_adds_a_command_or_a_property(text: str) -> None:
    results = hostile(text)
    plain = annotations(hostile("plain")).splitlines()
    shown = annotations(results)
    # the runner ends a line at CR as well as at LF
    found = [read(line) for line in re.split(r"\r\n|\r|\n", shown) if line]
    assert len(found) == len(plain)
    for (command, said, _), line in zip(found, plain, strict=True):
        assert command == read(line)[0]
        assert said.keys() == {"title", "file", "line"}
        assert said["line"] == "1"


def test_ten_of_a_level_are_kept_and_the_tenth_counts_the_rest() -> None:
    twelve = [Unchecked(name=f"run{n}", message="broken") for n in range(12)]
    warned = [gated(replace(FAILED, checks=(REBOUND_IN_NOISE,)), name=f"w{n}") for n in range(11)]
    found = [read(line) for line in lines((*warned, *twelve))]
    assert [command for command, _, _ in found] == ["error"] * 10 + ["warning"] * 10
    assert found[8][1]["title"] == "advisor: run8: could not be checked"
    assert found[9][1]["title"] == "advisor: 3 more of these"  # run9, run10, run11
    assert "advisor: run11: could not be checked" in found[9][2]
    assert found[19][1]["title"] == "advisor: 2 more of these"
    assert levels(annotations(twelve[:10])) == ["error"] * 10
    assert "more of these" not in annotations(twelve[:10])


def test_messages_and_titles_are_cut_to_what_github_keeps() -> None:
    (line,) = lines((Unchecked(name="n" * 300, message="é" * 5000),))
    _, said, message = read(line)
    assert len(said["title"]) == 255
    assert len(message.encode()) <= 4096
    assert message.endswith("é...")


def test_summary_shows_the_worst_runs_first(golden: Callable[[str, str], None]) -> None:
    text = step_summary(SEVERAL)
    golden("several.summary.md", text)
    titles = [line for line in text.split("\n") if line.startswith("# ")]
    assert titles[:4] == [
        "# Summary",
        "# broken",
        "# letters\\-with\\-a\\-longer\\-name",
        "# strict",
    ]


def test_summary_of_one_run_is_its_report_alone() -> None:
    text = step_summary(OUTCOMES["gate-fail"])
    assert text.startswith("## OVERFITTING (severe)\n")
    assert "Summary" not in text


def test_summary_stays_below_its_limit_and_says_what_is_left_out() -> None:
    many = [replace(overfitting(), name=f"run{number}") for number in range(900)]
    failing = gated(FAILED, name="the-failing-one")
    whole = step_summary([*many, failing], limit=10**9)
    assert len(whole.encode()) > SUMMARY_BYTES  # else this test would show nothing
    text = step_summary([*many, failing])
    assert SUMMARY_BYTES - 4000 < len(text.encode()) <= SUMMARY_BYTES
    reports = len(re.findall(r"^# (?!Summary)", text, re.MULTILINE))
    assert text.rstrip().endswith(
        f"**{901 - reports} of 901 reports are left out: a step's summary holds 1 MiB. "
        "`--report markdown=FILE` writes all of them.**"
    )
    assert "# the\\-failing\\-one" in text
    assert text.count("\n| run") == 901  # every run is in the table (and its titles' row)
    kept = text[text.index("# the") : text.index("\n**")]
    assert whole.count(kept) == 1  # whole runs, none cut within


@pytest.mark.parametrize("limit", [400, 1000, 3000, 6000])
def test_even_the_table_is_cut_where_it_must_be(limit: int) -> None:
    many = [Unchecked(name=f"run{number}", message="broken") for number in range(200)]
    text = step_summary(many, limit=limit)
    assert len(text.encode()) <= limit
    assert "200 runs: 200 could not be checked" in text
    assert "more" in text


def test_a_summary_without_room_is_empty() -> None:
    assert step_summary(SEVERAL, limit=0) == ""


def test_one_report_beyond_the_limit_leaves_its_line() -> None:
    text = step_summary(OUTCOMES["gate-fail"], limit=1500)
    assert len(text.encode()) <= 1500
    assert "FAIL" in text
    assert "**1 of 1 reports are left out" in text
