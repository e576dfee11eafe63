"""The gate on GitHub Actions: annotations of the step, and its summary page.

Limits, as GitHub states them:

* A step's first 10 errors, 10 warnings and 10 notices are kept, and 50 annotations of a job
  (actions/toolkit, docs/problem-matchers.md, "Limitations").
* An annotation's message is cut at 4,096 characters (actions/runner, ExecutionContext.cs,
  `_maxIssueMessageLength`), its title at 255 (REST API, check runs, `annotations[].title`).
* A step's summary of more than 1 MiB is not shown at all (GitHub Docs, Workflow commands, "Step
  isolation and limits").
* In a command's data `%`, CR and LF are escaped, in its properties `:` and `,` too
  (actions/runner, ActionCommand.cs).
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from advisor.gate.result import GateCheck, GateResult
from advisor.report.content import ReportContent
from advisor.report.formats.markdown import markdown_of, summary_markdown
from advisor.report.unchecked import Unchecked
from advisor.report.wording.findings import headline
from advisor.report.wording.gate import check_details, is_failure
from advisor.report.wording.runs import RunResult, location_of, run_label, worst_first
from advisor.report.wording.visible import visible
from advisor.values import dataclass

ANNOTATIONS_PER_LEVEL = 10
MESSAGE_BYTES = 4096  # never fewer than the characters that the runner counts
TITLE_BYTES = 255
SUMMARY_BYTES = 2**20 - 1

_Level = Literal["error", "warning", "notice"]
_LEVELS: tuple[_Level, ...] = ("error", "warning", "notice")
_WITHOUT_FAULT = ("healthy", "undecided")


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One remark on a file; `message` may have several lines."""

    level: _Level
    title: str
    file: str
    message: str


def render(results: Sequence[RunResult], _page: object = None) -> str:
    """Workflow commands, one a line: what failed, was inconclusive, was waived, was not checked.

    Checks that passed leave none. Of each level GitHub's first ten are used, the tenth counting
    what is left out.
    """
    remarks = [remark for result in results for remark in _annotations(result)]
    return "".join(
        f"{_command(remark)}\n"
        for level in _LEVELS
        for remark in _kept([annotation for annotation in remarks if annotation.level == level])
    )


def _annotations(result: RunResult) -> Iterator[Annotation]:
    if isinstance(result, Unchecked):
        yield _annotation(result, "error", "could not be checked", result.message)
    elif result.gate is None:
        yield _verdict(result)
    else:
        for check in result.gate.checks:
            if check.outcome != "pass":
                yield _check(result, check, result.gate)
        for warning in result.gate.warnings:
            yield _annotation(result, "warning", "gate", warning)


def _verdict(report: ReportContent) -> Annotation:
    level: _Level = "notice" if report.verdict in _WITHOUT_FAULT else "warning"
    return _annotation(report, level, headline(report), report.reason)


def _check(report: ReportContent, check: GateCheck, gate: GateResult) -> Annotation:
    if is_failure(check, gate):
        level: _Level = "error"
    else:
        level = "notice" if check.outcome == "waived" else "warning"
    said = {"fail": "failed"}.get(check.outcome, check.outcome)
    lines = (check.message, *check_details(check))
    return _annotation(report, level, f"{check.id} {said}", *lines)


def _annotation(result: RunResult, level: _Level, title: str, *lines: str) -> Annotation:
    return Annotation(
        level=level,
        title=visible(f"advisor: {run_label(result)}: {title}"),
        file=visible(location_of(result)),
        message="\n".join(visible(line) for line in lines),
    )


def _kept(remarks: Sequence[Annotation]) -> Iterator[Annotation]:
    if len(remarks) <= ANNOTATIONS_PER_LEVEL:
        yield from remarks
        return
    shown = ANNOTATIONS_PER_LEVEL - 1
    yield from remarks[:shown]
    rest = remarks[shown:]
    titles = "\n".join(remark.title for remark in rest)
    yield Annotation(
        level=rest[0].level,
        title=f"advisor: {len(rest)} more of these",
        file=rest[0].file,
        message=f"{len(rest)} more are in the report:\n{titles}",
    )


def _command(annotation: Annotation) -> str:
    title = _property(_cut(annotation.title, TITLE_BYTES))
    file = _property(annotation.file)
    message = _data(_cut(annotation.message, MESSAGE_BYTES))
    return f"::{annotation.level} title={title},file={file},line=1::{message}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cut(text: str, limit: int) -> str:
    encoded = text.encode()
    return text if len(encoded) <= limit else encoded[: limit - 3].decode("utf-8", "ignore") + "..."


def step_summary(results: Sequence[RunResult], *, limit: int = SUMMARY_BYTES) -> str:
    """Markdown for `$GITHUB_STEP_SUMMARY`, at most `limit` bytes of UTF-8: the worst runs first.

    Runs that don't fit are left out, and a line says how many. The table of all runs stays as far
    as it fits; "" if nothing fits.
    """
    ordered = worst_first(results)
    are_several = len(ordered) > 1
    runs = [markdown_of(result, is_titled=are_several) for result in ordered]
    whole = "\n".join([summary_markdown(ordered), *runs] if are_several else runs)
    if _size(whole) <= limit:
        return whole
    left = limit - _size(_left_out(len(runs), len(runs)))
    rows = len(runs)
    while rows and _size(summary_markdown(ordered, rows=rows)) >= left:
        rows //= 2
    shown = [summary_markdown(ordered, rows=rows)]
    left -= _size(shown[0]) + 1
    for run in runs:
        left -= _size(run) + 1  # and the line end that sets it off
        if left < 0:
            break
        shown.append(run)
    cut = "\n".join([*shown, _left_out(len(runs) - len(shown) + 1, len(runs))])
    return cut if _size(cut) <= limit else ""


def _size(text: str) -> int:
    return len(text.encode())


def _left_out(count: int, runs: int) -> str:
    return (
        f"**{count} of {runs} reports are left out: a step's summary holds 1 MiB. "
        "`--report markdown=FILE` writes all of them.**\n"
    )
