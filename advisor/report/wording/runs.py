"""Several runs beside each other: what each is called, and a line on each."""

from collections.abc import Sequence
from typing import Literal

from advisor.report.content import ReportContent
from advisor.report.unchecked import Unchecked
from advisor.report.wording.findings import headline
from advisor.report.wording.gate import check_in_brief, gate_word, ordered_checks
from advisor.values import dataclass

RunResult = ReportContent | Unchecked
Standing = Literal["unchecked", "failed", "inconclusive", "ungated", "passed"]

_WORST_FIRST: tuple[Standing, ...] = ("unchecked", "failed", "inconclusive", "ungated", "passed")
_COUNTED = {
    "unchecked": "could not be checked",
    "failed": "failed",
    "inconclusive": "inconclusive",
    "ungated": "without a gate",
    "passed": "passed",
}


@dataclass(frozen=True, kw_only=True)
class SummaryRow:
    """One run as a line of the summary; `worst` is its worst check, or why it wasn't checked."""

    run: str
    verdict: str
    gate: str
    worst: str
    standing: Standing


def run_label(result: RunResult) -> str:
    """The run's name, else its file's."""
    return result.name or _file_of(result) or "run"


def _file_of(result: RunResult) -> str | None:
    if isinstance(result, Unchecked):
        return result.location
    return result.location or result.inputs.history or result.inputs.model


def location_of(result: RunResult) -> str:
    """The file that findings are pinned to, as a path below the working directory.

    An absolute path, or one that leaves that directory, is cut to the file's name: CI systems
    take relative paths only.
    """
    path = (_file_of(result) or run_label(result)).replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    is_below = not path.startswith("/") and ".." not in parts and ":" not in path
    return "/".join(parts if is_below else parts[-1:]) or "."


def standing_of(result: RunResult) -> Standing:
    """What the run comes to, as the exit code sees it."""
    if isinstance(result, Unchecked):
        return "unchecked"
    if result.gate is None:
        return "ungated"
    if result.gate.is_failed:
        return "failed"
    return "inconclusive" if result.gate.outcome == "inconclusive" else "passed"


def worst_first(results: Sequence[RunResult]) -> list[RunResult]:
    """The runs by what they come to, else in the order they were given."""
    return sorted(results, key=lambda result: _WORST_FIRST.index(standing_of(result)))


def summary_rows(results: Sequence[RunResult]) -> list[SummaryRow]:
    """A line a run, in the order they were given."""
    return [_summary_row(result) for result in results]


def _summary_row(result: RunResult) -> SummaryRow:
    if isinstance(result, Unchecked):
        verdict, gate, worst = "-", "NOT CHECKED", result.message
    else:
        verdict = headline(result)
        gate = "-" if result.gate is None else gate_word(result.gate)
        checks = ordered_checks(result.gate) if result.gate is not None else []
        worst = check_in_brief(checks[0]) if checks and checks[0].outcome != "pass" else "-"
    return SummaryRow(
        run=run_label(result),
        verdict=verdict,
        gate=gate,
        worst=worst,
        standing=standing_of(result),
    )


def counts_line(results: Sequence[RunResult]) -> str:
    """How many runs there were, and what they came to."""
    standings = [standing_of(result) for result in results]
    counted = [
        f"{standings.count(standing)} {_COUNTED[standing]}"
        for standing in _WORST_FIRST
        if standing in standings
    ]
    runs = "1 run" if len(results) == 1 else f"{len(results)} runs"
    return f"{runs}: {', '.join(counted)}"
