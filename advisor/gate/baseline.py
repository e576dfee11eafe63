"""The baseline: the report of the run to compare others with, and its losses per row."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from advisor.errors import InputError
from advisor.evidence.curves.run import Run
from advisor.gate.baseline_rows import read_rows
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import shown, shown_name, whole_file
from advisor.inputs.files.json_value import integer_of, list_of, mapping_of, number_of
from advisor.inputs.history import History, Series
from advisor.inputs.record import Record
from advisor.inputs.report_file import MAX_BYTES
from advisor.inputs.row_losses import rows_beside
from advisor.values import dataclass
from advisor.version import SCHEMA_VERSION

MAX_SHA256 = 64  # hexadecimal digits


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A run as its report describes it.

    `row_losses` [rows] are the data losses of the rows that `val_sha256` identifies. `warning` says
    why the losses beside the report are not used.
    """

    source: str
    run: Run
    val_sha256: str | None = None
    data_sha256: str | None = None
    row_losses: npt.NDArray[np.float32] | None = None
    warning: str | None = None


def read_baseline(
    path: Path, name: str | None = None, *, with_rows: bool = True
) -> Baseline | None:
    """The baseline in the report at `path`, and the losses per row beside it if `with_rows`.

    If the file contains several reports, it is that of the run called `name`. None if there is no
    such file yet, or no such run in it. Losses of another report are left out, with a warning.
    Raises InputError for a file that is not an advisor report, and for a file beside it without
    losses.
    """
    if not path.exists():
        return None
    source = shown_name(path)
    window = whole_file(path)
    if window.length > MAX_BYTES:
        raise InputError(f"{source}: has {window.length:,} bytes; too many for a report")
    document = parse_json(window.read(0, window.length), source)
    report = _chosen(document, name, source)
    if report is None:
        return None
    inputs = mapping_of(report.get("inputs"))
    val_sha256 = _sha256(inputs.get("val_sha256"))
    rows, warning, beside = None, None, rows_beside(path)
    if with_rows and not isinstance(document, list) and beside.exists():
        rows = read_rows(beside, report)
        warning = _of_another(source, shown_name(beside)) if rows is None else None
    return Baseline(
        source=source,
        run=_run(report, inputs, source),
        val_sha256=val_sha256,
        data_sha256=_sha256(inputs.get("data_sha256")),
        row_losses=rows,
        warning=warning,
    )


def _of_another(source: str, beside: str) -> str:
    return (
        f"{beside} belongs to another report than {source}, so the rows are not paired. Perhaps"
        " only one of the two was committed; write the baseline again with advisor baseline write,"
        " and commit both."
    )


def _chosen(document: object, name: str | None, source: str) -> Mapping[str, object] | None:
    """The report to compare with, out of one or several."""
    if not isinstance(document, list):
        return _report(document, source)
    reports = [_report(part, source) for part in document]
    if name is None:
        raise InputError(
            f"{source}: contains {len(reports)} reports, but the run has no name to choose one by;"
            " give a baseline of one run"
        )
    named = [report for report in reports if report.get("name") == name]
    if len(named) > 1:
        raise InputError(f"{source}: contains {len(named)} reports of {shown(name)}; make it again")
    return named[0] if named else None


def _report(value: object, source: str) -> Mapping[str, object]:
    if not isinstance(value, dict) or "schema_version" not in value:
        raise InputError(
            f"{source}: is not an advisor report; write one with advisor baseline write"
        )
    version = value["schema_version"]
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise InputError(
            f"{source}: is a report of version {version!r:.40}, but only version "
            f"{SCHEMA_VERSION} is read; write it again with advisor baseline write"
        )
    return value


def _run(report: Mapping[str, object], inputs: Mapping[str, object], source: str) -> Run:
    curves = [mapping_of(curve) for curve in list_of(report.get("curves"))]
    train: dict[str, Series] = {}
    validation: dict[str, Series] = {}
    for curve in curves:
        metric = curve.get("metric")
        if not isinstance(metric, str):
            raise InputError(f"{source}: a curve has no metric; write it again")
        for role, series in (("train", train), ("validation", validation)):
            points = _series(list_of(curve.get(role)), f"{source}: {role} {shown(metric)}")
            if points.values:
                series[metric] = points
    if not validation:
        raise InputError(
            f"{source}: has no validation curve to compare with; write it from a run with"
            " validation rows"
        )
    evidence = mapping_of(report.get("evidence"))
    epochs = max(points.epochs[-1] for points in validation.values())
    saved = _value(evidence, "training.saved_epoch")
    penalty = _value(evidence, "loss.val_penalty")
    return Run(
        history=History(
            source=source,
            sha256=None,
            epochs=epochs,
            train=train,
            validation=validation,
            record=Record(saved_epoch=int(saved)) if saved is not None else None,
        ),
        model_penalty=_value(evidence, "penalty.total") if penalty is None else penalty,
        n_train=_count(inputs.get("n_train")),
        n_val=_count(inputs.get("n_val")),
        row_loss_cv=_value(evidence, "validation.row_variation"),
    )


def _series(points: Sequence[object], where: str) -> Series:
    """The points as a series; a null becomes NaN, as it was a value that was not finite."""
    values: dict[int, float] = {}
    for point in points:
        epoch, value = (*list_of(point), None, None)[:2]
        number = number_of(value)
        if not isinstance(point, list) or len(point) != 2 or not isinstance(epoch, int):
            raise InputError(f"{where}: {shown(str(point))} is not an epoch with a value")
        if number is None and value is not None:
            raise InputError(f"{where}: {shown(str(value))} is not a number")
        if epoch < 1 or epoch <= max(values, default=0):
            raise InputError(f"{where}: epoch {epoch} is out of order")
        values[epoch] = float("nan") if number is None else number
    return Series(epochs=tuple(values), values=tuple(values.values()))


def _value(evidence: Mapping[str, object], name: str) -> float | None:
    return number_of(mapping_of(evidence.get(name)).get("value"))


def _count(value: object) -> int | None:
    number = integer_of(value)
    return number if number is not None and number > 0 else None


def _sha256(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_SHA256 else None
