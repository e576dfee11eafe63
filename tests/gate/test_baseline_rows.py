"""The losses beside a report: taken if they are of that very report, however it is laid out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.gate.baseline import Baseline, read_baseline
from advisor.gate.baseline_rows import rows_file
from advisor.inputs.row_losses import rows_beside
from tests.gate.subjects import judged, share, sized, subject
from tests.gate.test_baseline import document, written

LOSSES = np.array([0.5, 1.5], dtype=np.float32)


def of_rows(val_sha256: str = "abc", **inputs: object) -> dict[str, Any]:
    report = document()
    report["inputs"].update(val_sha256=val_sha256, **inputs)
    return report


def beside(folder: Path, report: dict[str, Any], rows_of: dict[str, Any]) -> Path:
    """The file of `report`, with losses beside it that were written with `rows_of`."""
    file = written(folder, report)
    rows_beside(file).write_bytes(rows_file(LOSSES, rows_of))
    return file


def read(file: Path) -> Baseline:
    base = read_baseline(file)
    assert base is not None
    return base


def test_losses_lie_beside_their_report(tmp_path: Path) -> None:
    base = read(beside(tmp_path, of_rows(), of_rows()))
    assert rows_beside(tmp_path / "main.json") == tmp_path / "main.rows.npz"
    assert base.row_losses is not None
    assert base.row_losses.tolist() == [0.5, 1.5]
    assert base.warning is None


def test_layout_and_time_of_the_report_have_no_part(tmp_path: Path) -> None:
    file = beside(tmp_path, of_rows(), {**of_rows(), "timing": {"check": 99.0}})
    laid_out = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(laid_out, indent=7, sort_keys=True) + "\r\n", encoding="utf-8")
    assert read(file).row_losses is not None
    assert rows_file(LOSSES, of_rows()) == rows_file(LOSSES, laid_out)


@pytest.mark.parametrize(
    "older",
    [
        of_rows(model_sha256="0" * 64),
        of_rows(history_sha256="0" * 64),
        of_rows("cba"),
        {**of_rows(), "curves": []},
    ],
    ids=["model", "history", "rows", "curves"],
)
def test_losses_of_another_report_are_not_paired(tmp_path: Path, older: dict[str, Any]) -> None:
    base = read(beside(tmp_path, of_rows(), older))
    assert base.row_losses is None
    of = subject(sized(val_loss=[1.0] * 20), baseline=base, val_sha256="abc", row_losses=LOSSES)
    result = judged(of, max_regression={"loss": share(5)})
    assert "the rows are not paired" in (result.checks[0].assumption or "")
    (warning,) = result.warnings
    assert warning.startswith("main.rows.npz belongs to another report than main.json")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"losses": LOSSES}, "lacks 'losses' or 'report_sha256'"),
        ({"losses": LOSSES, "val_sha256": "abc"}, "lacks 'losses' or 'report_sha256'"),
        ({"losses": np.ones((2, 2)), "report_sha256": "abc"}, r"'losses' is float64 \(2, 2\)"),
        ({"losses": np.ones(0, np.float32), "report_sha256": "abc"}, r"float32 \(0,\)"),
        ({"losses": np.array([None]), "report_sha256": "abc"}, "holds Python objects"),
    ],
)
def test_odd_files_of_rows_are_refused(
    tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    file = written(tmp_path, of_rows())
    np.savez(rows_beside(file), **arrays)
    with pytest.raises(InputError, match=message):
        read_baseline(file)
    assert read_baseline(file, with_rows=False) is not None
