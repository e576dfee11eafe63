"""Progress on stderr: bars in a terminal, lines where it is piped."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from advisor.cli.progress import Bars, Lines, displayed
from advisor.probes.progress import Progress

STAGES = [
    Progress(done=0, planned=30, arm="current", phase="anchors"),
    Progress(done=1, planned=30, arm="L2 0.01", phase="anchors"),
    Progress(done=9, planned=30, arm="current", phase="finals", best="L2 0.01", best_change=-0.083),
    Progress(done=10, planned=30, arm="L1 0.1", phase="finals", best="current", recalled=10),
    Progress(done=31, planned=32, arm="L2 0.01", phase="confirm", best="current", recalled=10),
    Progress(
        done=32,
        planned=32,
        arm="L2 0.01",
        phase="confirm",
        best="L2 0.01",
        best_change=-0.1,
        recalled=10,
        is_over=True,
    ),
]


def screen(*, is_terminal: bool, width: int = 80) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=is_terminal, width=width, color_system=None, stderr=True
    )


def drawn(bars: Bars) -> list[str]:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(bars)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_piped_there_is_a_line_a_stage_with_what_leads_by_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with displayed(1, screen(is_terminal=False)) as display:
        display.begin(None)
        for progress in STAGES:
            display.watch(progress)
    assert capsys.readouterr().err.splitlines() == [
        "advisor: anchors: about 30 probe trainings planned",
        "advisor: finals: 9 of about 30 done, best so far: L2 0.01 (-8.3%)",
        "advisor: confirm: 31 of about 32 done (10 from the journal), best so far: current",
        "advisor: 32 probe trainings done (10 from the journal), best so far: L2 0.01 (-10.0%)",
    ]


def test_piped_lines_of_several_runs_name_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for name in ("one", "two\x1b[31m"):
        lines.begin(name)
        lines.watch(STAGES[0])
    assert capsys.readouterr().err.splitlines() == [
        "advisor: one: anchors: about 30 probe trainings planned",
        "advisor: two\\x1b[31m: anchors: about 30 probe trainings planned",
    ]


def test_a_race_that_was_cut_short_says_what_it_had(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.watch(STAGES[0])
    lines.watch(replace(STAGES[-1], done=1, best=None, recalled=0))
    assert capsys.readouterr().err.endswith("\nadvisor: 1 probe training done\n")


def test_a_closed_stderr_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    Lines().watch(STAGES[0])


def test_terminal_shows_arm_stage_best_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("advisor.cli.progress.perf_counter", lambda: now)
    bars = Bars(1, screen(is_terminal=True))
    bars.begin(None)
    assert "importing TensorFlow" in drawn(bars)[0]
    bars.watch(STAGES[0])
    (line,) = drawn(bars)
    assert "anchors: current" in line
    assert "0/30" in line
    now = 118.0  # 9 trainings in 18 s, 21 are left
    bars.watch(STAGES[2])
    line, best = drawn(bars)
    assert "finals: current" in line
    assert "9/30" in line
    assert best == "  best so far: L2 0.01 (-8.3%), about 0:00:42 left"
    now = 120.0
    assert drawn(bars)[1].endswith("about 0:00:40 left")


def test_trainings_from_the_journal_promise_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("advisor.cli.progress.perf_counter", lambda: now)
    bars = Bars(1, screen(is_terminal=True))
    bars.begin(None)
    bars.watch(STAGES[0])
    bars.watch(STAGES[3])
    assert drawn(bars)[1] == "  best so far: current"
    now = 121.0  # 21 trainings in 21 s, one is left
    bars.watch(STAGES[4])
    assert drawn(bars)[1].endswith("about 0:00:01 left")


def test_terminal_shows_a_bar_over_several_runs_as_well() -> None:
    bars = Bars(3, screen(is_terminal=True))
    for name in ("one", "two\x1b[31m"):
        bars.begin(name)
    (line,) = drawn(bars)
    assert "checking two\\x1b[31m" in line
    assert "1/3" in line
    bars.watch(STAGES[0])
    over, probes = drawn(bars)
    assert "1/3" in over
    assert "anchors: current" in probes
    bars.watch(STAGES[-1])
    assert len(drawn(bars)) == 1
    bars.begin("three")
    assert len(drawn(bars)) == 1  # the next run has no probes yet


def test_bars_are_gone_at_the_end() -> None:
    console = screen(is_terminal=True)
    with displayed(1, console) as display:
        display.begin(None)
        for progress in STAGES[:-1]:
            display.watch(progress)
    assert isinstance(console.file, io.StringIO)
    assert "confirm: L2 0.01" in console.file.getvalue()
    assert console.file.getvalue().endswith("\x1b[2K")  # the line is cleared
