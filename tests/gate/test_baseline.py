"""The baseline read back from a report that the advisor wrote, and from files that aren't one."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.gate.baseline import read_baseline
from advisor.pipeline.diagnosis import diagnose
from advisor.report.formats.json import as_json
from tests.gate.subjects import EPOCHS, REBOUND, only_check, points, recorded, sized, subject

CURVES = {"loss": [0.8] * EPOCHS, "val_loss": REBOUND, "val_accuracy": [0.9] * EPOCHS}


@cache
def report_text() -> str:
    return json.dumps(as_json(diagnose(history=CURVES, val_size=400, train_size=1000)))


def document(**changes: object) -> dict[str, Any]:
    """The report of a check of the curves, as JSON."""
    return {**json.loads(report_text()), **changes}


def written(folder: Path, content: object) -> Path:
    file = folder / "main.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_run_is_no_worse_than_its_own_report(tmp_path: Path) -> None:
    base = read_baseline(written(tmp_path, document()))
    assert base is not None
    assert (base.source, base.run.validation_rows, base.run.train_rows) == ("main.json", 400, 1000)
    of = subject(sized(**CURVES), baseline=base)  # type: ignore[arg-type]
    for metric in ("loss", "accuracy"):
        check = only_check(
            subject(sized(val_loss=REBOUND, val_accuracy=[0.9] * EPOCHS), baseline=base),
            max_regression={metric: points(0)},
        )
        assert check.measured == pytest.approx(0.0)
        assert check.outcome == "inconclusive"
    assert of.baseline is base


def test_values_that_were_not_finite_stay_so(tmp_path: Path) -> None:
    report = document()
    report["curves"][0]["validation"][3][1] = None
    base = read_baseline(written(tmp_path, report))
    assert base is not None
    assert base.run.history is not None
    assert np.isnan(base.run.history.validation["loss"].values[3])


def test_a_recorded_penalty_is_taken_off_on_both_sides(tmp_path: Path) -> None:
    # Logged 1.1 and .9: less penalties of .3 and .2 a data loss of .8 then and .7 now.
    then, now = (
        recorded(sized(val_loss=[loss] * EPOCHS), penalty=dict.fromkeys(range(1, 21), penalty))
        for loss, penalty in ((1.1, 0.3), (0.9, 0.2))
    )
    report = diagnose(history=then.history, val_size=400)
    base = read_baseline(written(tmp_path, as_json(report)))
    of = subject(now, baseline=base)
    check = only_check(of, max_regression={"loss": points(1)})
    assert check.measured == pytest.approx(-0.1)


def test_no_file_is_no_baseline_yet(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "main.json") is None


def test_of_several_reports_the_runs_own_is_taken(tmp_path: Path) -> None:
    other = document(name="other")
    other["inputs"]["n_val"] = 77
    file = written(tmp_path, [document(name="tiny"), other])
    base = read_baseline(file, "other")
    assert base is not None
    assert base.run.validation_rows == 77
    assert read_baseline(file, "new") is None
    with pytest.raises(InputError, match="contains 2 reports, but the run has no name"):
        read_baseline(file)
    with pytest.raises(InputError, match="contains 2 reports of 'tiny'"):
        read_baseline(written(tmp_path, [document(name="tiny")] * 2), "tiny")


def altered(path: list[Any], value: object) -> dict[str, Any]:
    report = document()
    place: Any = report
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return report


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "main.json: is not valid JSON"),
        ({"loss": [1.0]}, "is not an advisor report; write one with advisor baseline write"),
        ([1], "is not an advisor report"),
        (document(schema_version=99), "is a report of version 99, but only version 1 is read"),
        (document(curves=[]), "has no validation curve to compare with"),
        (altered(["curves", 0, "metric"], 3), "a curve has no metric"),
        (altered(["curves", 0, "validation", 2], [3, "x"]), "'x' is not a number"),
        (altered(["curves", 0, "validation", 2], 7), "'7' is not an epoch with a value"),
        (altered(["curves", 0, "validation", 2], [1, 0.5]), "epoch 1 is out of order"),
    ],
)
def test_files_that_are_no_report_are_refused(
    tmp_path: Path, content: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_baseline(written(tmp_path, content), "tiny")
