"""Progress on stderr: bars in a terminal, one plain line a stage where it is piped."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from math import ceil
from time import perf_counter
from typing import Protocol

from rich import progress as bars
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from advisor.cli.console import remark
from advisor.probes.progress import Progress
from advisor.report.wording.visible import visible


class Display(Protocol):
    """What is told how the checks go."""

    def begin(self, name: str | None) -> None:
        """The next run is being checked; `name` is None where it is the only one."""

    def watch(self, progress: Progress) -> None:
        """Its next probe begins, or its race is over."""


@contextmanager
def displayed(runs: int, screen: Console | None = None) -> Iterator[Display]:
    """Show on stderr how so many checks go; the bars are gone at the end, the lines stay."""
    screen = screen or Console(stderr=True)
    if not screen.is_terminal:
        yield Lines()
        return
    drawn = Bars(runs, screen)
    with Live(drawn, console=screen, transient=True, refresh_per_second=8):
        yield drawn


class Lines:
    """A line as each stage of a race begins, and one at its end, with what leads by then."""

    def __init__(self) -> None:
        self._run = ""
        self._stage: str | None = None

    def begin(self, name: str | None) -> None:
        """Name the run in the lines to come."""
        self._run = f"{visible(name)}: " if name else ""
        self._stage = None

    def watch(self, progress: Progress) -> None:
        """Write a line where a new stage begins."""
        stage = None if progress.is_over else progress.phase
        if stage == self._stage:
            return
        self._stage = stage
        with suppress(OSError):  # nobody listens any more, which is no failure of the check
            remark(f"advisor: {self._run}{_sentence(progress)}\n")


def _sentence(progress: Progress) -> str:
    best = "" if progress.best is None else f", best so far: {_best(progress)}"
    recalled = f" ({progress.recalled} from the journal)" if progress.recalled else ""
    if progress.is_over:
        plural = "" if progress.done == 1 else "s"
        return f"{progress.done} probe training{plural} done{recalled}{best}"
    if not progress.done:
        return f"{progress.phase}: about {progress.planned} probe trainings planned"
    return f"{progress.phase}: {progress.done} of about {progress.planned} done{recalled}{best}"


def _best(progress: Progress) -> str:
    """The arm that leads, and its change from the current recipe."""
    name = visible(progress.best or "")
    return f"{name} ({progress.best_change:+.1%})" if progress.best_change else name


class Bars:
    """A bar over the runs, where there are several, and one over the probes of a run."""

    def __init__(self, runs: int, screen: Console) -> None:
        columns = (
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(bar_width=20),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
        )
        self._runs = bars.Progress(*columns, console=screen)
        self._probes = bars.Progress(*columns, console=screen)
        self._run = self._runs.add_task("", total=runs, visible=runs > 1)
        self._race = self._probes.add_task("", total=None, visible=False)
        self._begun_runs = 0
        self._begun: float | None = None  # when the race's first probe was
        self._ends: float | None = None
        self._best = ""

    def begin(self, name: str | None) -> None:
        """Move the bar of the runs on."""
        self._runs.update(
            self._run, description=f"checking {visible(name or '')}", completed=self._begun_runs
        )
        self._begun_runs += 1
        self._begun, self._ends, self._best = None, None, ""
        self._probes.reset(
            self._race,
            total=None,
            visible=name is None,
            description="importing TensorFlow and loading the model",
        )

    def watch(self, progress: Progress) -> None:
        """Move the bar of the probes on; it goes when the race is over."""
        self._probes.update(
            self._race,
            description=f"{progress.phase}: {visible(progress.arm)}",
            completed=progress.done,
            total=progress.planned,
            visible=not progress.is_over,
        )
        if progress.is_over:
            self._ends, self._best = None, ""
            return
        now = perf_counter()
        self._begun = self._begun or now
        trained = progress.done - progress.recalled  # those from the journal take no time
        if trained:
            left = (progress.planned - progress.done) * (now - self._begun) / trained
            self._ends = now + left
        self._best = "" if progress.best is None else f"best so far: {_best(progress)}"

    def __rich__(self) -> RenderableType:
        """What is drawn, several times a second."""
        words = [word for word in (self._best, self._time_left()) if word]
        line = [Text("  " + ", ".join(words), no_wrap=True, overflow="ellipsis")] if words else []
        return Group(self._runs, self._probes, *line)

    def _time_left(self) -> str:
        if self._ends is None:
            return ""
        return f"about {timedelta(seconds=ceil(max(0.0, self._ends - perf_counter())))} left"
