"""A report is read back for its recommendation, and anything else is refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.inputs.report_file import read_report
from advisor.pipeline.diagnosis import diagnose
from advisor.regularization import Change
from advisor.report.formats.json import render as render_json
from tests.zoo import ZOO

CHANGE = {
    "layer": "enc/dense",
    "slot": "kernel_regularizer",
    "kind": "l2",
    "from": 0.0,
    "to": 0.001,
    "low": 0.0003,
    "high": 0.003,
}


def document(**changed: Any) -> dict[str, Any]:
    recommendation = {"action": "add", "changes": [{**CHANGE, **changed}]}
    return {
        "schema_version": 1,
        "inputs": {"model_sha256": "ab" * 32},
        "recommendation": recommendation,
    }


def written(folder: Path, value: object) -> Path:
    path = folder / "report.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_reads_the_changes_of_a_report(tmp_path: Path) -> None:
    found = read_report(written(tmp_path, document()))
    assert found.model_sha256 == "ab" * 32
    assert found.strategy.changes == (
        Change(
            layer="enc/dense",
            slot="kernel_regularizer",
            kind="l2",
            before=0.0,
            to=0.001,
            low=0.0003,
            high=0.003,
        ),
    )


@pytest.mark.tensorflow
def test_reads_what_check_writes(tmp_path: Path) -> None:
    ZOO["siamese"]().save(tmp_path / "model.keras")
    history = {
        "loss": [1 / (epoch + 1) for epoch in range(40)],
        "val_loss": [1 / (epoch + 1) + 0.02 * max(0, epoch - 8) for epoch in range(40)],
    }
    report = diagnose(tmp_path / "model.keras", history)
    found = read_report(written(tmp_path, render_json([report])))
    assert found.strategy.changes == report.recommendation.changes
    assert found.strategy.changes
    assert found.model_sha256 == report.inputs.model_sha256


def test_keep_has_no_changes(tmp_path: Path) -> None:
    kept = document()
    kept["recommendation"] = {"action": "keep", "changes": []}
    assert read_report(written(tmp_path, kept)).strategy.changes == ()


REFUSED: dict[str, tuple[object, str]] = {
    "empty": ("", "is empty"),
    "cut short": ('{"schema_version": 1, "rec', "is not valid JSON"),
    "no JSON": ("verdict: overfitting", "is not valid JSON"),
    "too deep": ("[" * 5000 + "]" * 5000, "nests deeper"),
    "a history": ({"loss": [1.0], "val_loss": [1.0]}, "is not an advisor report"),
    "a number": (3, "is not an advisor report"),
    "an inspection": ({"schema_version": 1, "inputs": {}}, "is not an advisor report"),
    "a later version": ({**document(), "schema_version": 2}, "is a report of version 2"),
    "a true version": ({**document(), "schema_version": True}, "is a report of version True"),
    "several": ([document(), document()], "holds 2 reports"),
    "an unknown action": (
        {**document(), "recommendation": {"action": "rm -rf", "changes": []}},
        "is not an advisor report",
    ),
    "no list": (
        {**document(), "recommendation": {"action": "add", "changes": "all"}},
        "has no list of changes",
    ),
    "no places": (
        {**document(), "recommendation": {"action": "add", "changes": []}},
        "made without the model",
    ),
    "no object": (
        {**document(), "recommendation": {"action": "add", "changes": [1]}},
        "change 1 is no object",
    ),
    "one place twice": (
        {**document(), "recommendation": {"action": "add", "changes": [CHANGE, CHANGE]}},
        "changes one place twice",
    ),
    "no layer": (document(layer=None), "change 1 names no layer"),
    "an unknown slot": (document(slot="__class__"), "slot '__class__' is not known"),
    "a list for a slot": (document(slot=["rate"]), "is not known"),
    "a kind of another slot": (document(kind="Dropout"), "kind 'Dropout' has no place in kernel"),
    "a layer that is no dropout": (
        document(slot="output", kind="Lambda", to=0.1),
        "kind 'Lambda' has no place in output",
    ),
    "text": (document(to="0.1"), "'to' is '0.1'"),
    "NaN": (document(to=float("nan")), "'to' is 'nan'"),
    "infinity": (document(high=float("inf")), "'high' is 'inf'"),
    "below 0": (document(to=-0.1), "'to' is '-0.1'"),
    "true": (document(to=True), "'to' is 'True'"),
    "a rate of 1": (
        document(slot="output", kind="Dropout", to=1.0),
        "a rate of 0 or more, below 1, is expected",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_one_line(case: str, tmp_path: Path) -> None:
    value, reason = REFUSED[case]
    with pytest.raises(InputError) as refused:
        read_report(written(tmp_path, value))
    message = str(refused.value)
    assert message.startswith("report.json")
    assert reason in message
    assert "\n" not in message
    assert len(message) < 300


def test_a_name_of_the_file_is_only_text(tmp_path: Path) -> None:
    found = read_report(written(tmp_path, document(layer="\x1b[31m'); import os")))
    assert found.strategy.changes[0].layer == "\x1b[31m'); import os"


def test_a_report_without_a_hash_tells_no_model(tmp_path: Path) -> None:
    for inputs in ({}, {"model_sha256": None}, {"model_sha256": 3}, None):
        found = read_report(written(tmp_path, {**document(), "inputs": inputs}))
        assert found.model_sha256 is None
