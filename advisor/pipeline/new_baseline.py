"""A baseline to be written: the report of a run, the losses of its rows, and what they replace."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from math import isfinite
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from advisor.atomic import atomic_file
from advisor.errors import InputError, UsageError
from advisor.evidence.curves.run import Run
from advisor.gate.baseline import Baseline, read_baseline
from advisor.gate.baseline_rows import rows_file
from advisor.inputs.history import History, Series
from advisor.inputs.row_losses import rows_beside
from advisor.pipeline.diagnosis import report_on, rules_of
from advisor.pipeline.examination import Examination, examine
from advisor.report.formats.json import as_json, render
from advisor.report.report import Report
from advisor.settings.settings import GateSettings, Settings
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class NewBaseline:
    """What to write to `file`; `row_losses` [rows] are of the rows that `val_sha256` identifies.

    `replaced` is the baseline that is there now.
    """

    file: Path
    report: Report
    run: Run
    val_sha256: str | None
    row_losses: NDArray[np.float32] | None
    replaced: Baseline | None

    @property
    def rows(self) -> bytes | None:
        """The content of the file beside the report; None if there is to be none."""
        if self.row_losses is None or self.val_sha256 is None:
            return None
        return rows_file(self.row_losses, as_json(self.report))

    def write(self) -> None:
        """Replace the report and the losses beside it.

        The losses of one baseline are never beside the report of another. A crash in between
        leaves a report without losses, which is compared unpaired.

        Raises InputError if the files can't be written. Both files stay as they were until
        everything is on the disk.
        """
        beside, rows = rows_beside(self.file), self.rows
        with ExitStack() as files:
            # The context entered last exits first: the report is in place before the losses.
            second = files.enter_context(atomic_file(beside)) if rows is not None else None
            first = files.enter_context(atomic_file(self.file))
            first.write(render((self.report,)).encode())
            first.flush()
            if second is not None and rows is not None:
                second.write(rows)
                second.flush()
            beside.unlink(missing_ok=True)

    def said(self) -> Iterator[str]:
        """What was written, what it replaced, and how the figures changed."""
        count = 0 if self.row_losses is None or self.rows is None else len(self.row_losses)
        rows = f" and {rows_beside(self.file)} ({count:,} rows)" if count else ""
        yield f"Wrote {self.file}{rows}."
        if not count:
            yield (
                "Without the losses of single rows, comparisons are not paired; a Recorder with "
                "rows=True or --data gives them."
            )
        if self.replaced is None:
            return
        yield "It replaces another. On the validation rows, with the weights that ship:"
        if self.val_sha256 and self.replaced.val_sha256 not in (None, self.val_sha256):
            yield "  the two have different validation rows, so their figures can't be compared"
        before, after = figures(self.replaced.run), figures(self.run)
        for metric in dict.fromkeys((*before, *after)):
            yield f"  {metric}: {_shown(before.get(metric))} -> {_shown(after.get(metric))}"


def new_baseline(
    model: object,
    history: object,
    settings: Settings,
    file: Path,
    *,
    today: date,
    name: str | None = None,
) -> NewBaseline:
    """The baseline of a run; candidates are never trained for it.

    `model` and `history` are what `diagnose` takes.

    Raises InputError if the run has no validation metric, UsageError if `file` exists and is not a
    baseline.
    """
    replaced = _replaced(file)
    started = perf_counter()
    settings = replace(settings, probe=False, gate=GateSettings())
    rules = rules_of(settings)
    with examine(model, history, settings, runs_model=True) as examination:
        if examination.history is None or not examination.history.validation:
            raise InputError(
                f"{_source(examination)}: has no validation metric for a baseline to contain"
            )
        _require_finite(examination, examination.history)
        report = report_on(examination, rules, settings, today=today, started=started, name=name)
        return NewBaseline(
            file=file,
            report=replace(report, location=None),  # a path of this machine means nothing elsewhere
            run=examination.run,
            val_sha256=examination.inputs.val_sha256,
            row_losses=examination.row_losses,
            replaced=replaced,
        )


def _replaced(file: Path) -> Baseline | None:
    try:
        return read_baseline(file, with_rows=False)  # the file beside it is replaced anyway
    except InputError as error:
        raise UsageError(
            f"{file}: exists and can't be read as a baseline ({error}); remove it, or write "
            "elsewhere with -o FILE"
        ) from error


def _require_finite(examination: Examination, history: History) -> None:
    """Raise InputError if a figure of the weights that ship is not finite."""
    curves = {f"validation {name}": series for name, series in history.validation.items()}
    if "loss" in history.train:
        curves["training loss"] = history.train["loss"]
    for name, series in curves.items():
        if series.values and not isfinite(value := _shipped(examination.run, series)):
            raise InputError(
                f"{_source(examination)}: {name} is {value} with the weights that ship, and nothing"
                " can be compared with that; write the baseline of a run where it is finite"
            )
    if examination.row_losses is not None and not np.isfinite(examination.row_losses).all():
        raise InputError(
            f"{_source(examination)}: the loss of a validation row is not finite, and nothing can"
            " be compared with that; write the baseline of a run where all are finite"
        )


def _source(examination: Examination) -> str:
    return examination.history_path or examination.model_path or "the run"


def figures(run: Run) -> dict[str, float]:
    """Each finite validation metric at the saved epoch, or else at the last one."""
    if run.history is None:
        return {}
    logged = {name: series for name, series in run.history.validation.items() if series.values}
    shipped = {name: _shipped(run, series) for name, series in logged.items()}
    return {name: value for name, value in shipped.items() if isfinite(value)}


def _shipped(run: Run, series: Series) -> float:
    """The value at the saved epoch; the last value if that epoch is not known or has none."""
    points = dict(zip(series.epochs, series.values, strict=True))
    return points.get(run.saved_epoch or series.epochs[-1], series.values[-1])


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
