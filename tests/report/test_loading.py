"""A saved report is read back as it was, and anything else is refused in one line."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.pipeline.diagnosis import diagnose
from advisor.report.formats.json_reader import report_from
from advisor.report.report import Report
from tests.report.sample_gates import OUTCOMES, SEVERAL, UNCHECKED, hostile
from tests.report.sample_probes import PROBED
from tests.report.sample_reports import HOSTILE, SAMPLES, healthy, overfitting

GATED = {
    f"{name} {number}": result
    for name, results in OUTCOMES.items()
    for number, result in enumerate(results)
    if isinstance(result, Report)
}
ALL: dict[str, Report] = {**SAMPLES, **PROBED, **GATED, "hostile": overfitting(HOSTILE)}
GOLDEN = sorted((Path(__file__).parent.parent / "golden").glob("*.json"))
REPORTS = [path for path in GOLDEN if b'"recommendation"' in path.read_bytes()]
VALUES = [None, True, -1, 0, 1 << 62, 1 << 1200, 1e308, -1e308, 5e-324, "x", HOSTILE, [], {}, [1]]


def loaded(folder: Path, document: object) -> Report:
    path = folder / "report.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return Report.load(path)


@pytest.mark.parametrize("report", ALL.values(), ids=ALL)
def test_a_report_is_read_back_as_it_was(tmp_path: Path, report: Report) -> None:
    report.save(tmp_path / "report.json")
    again = Report.load(tmp_path / "report.json")
    assert again == report
    assert again.to_json() == (tmp_path / "report.json").read_text(encoding="utf-8")
    assert again.to_markdown() == report.to_markdown()
    assert again.to_text() == report.to_text()


@pytest.mark.parametrize("path", REPORTS, ids=[path.name for path in REPORTS])
def test_a_golden_file_is_written_again_to_the_byte(path: Path) -> None:
    assert Report.load(str(path)).to_json() == path.read_text(encoding="utf-8")


def test_the_golden_files_hold_reports_of_every_kind() -> None:
    assert len(REPORTS) >= 8


def test_what_diagnose_gives_is_read_back(tmp_path: Path) -> None:
    losses = [1 / epoch for epoch in range(1, 41)]
    rebounds = [*losses[:10], *(0.1 + 0.02 * epoch for epoch in range(30))]
    accuracy = [1 - loss / 2 for loss in losses]
    history = {"loss": losses, "val_loss": [*rebounds[:-1], float("nan")], "accuracy": accuracy}
    history |= {"val_accuracy": [0.9 * value for value in accuracy]}
    report = diagnose(history=history, fail_on="mild", max_gap={"accuracy": 0.05}, val_size=500)
    report.save(tmp_path / "report.json")
    again = Report.load(tmp_path / "report.json")
    assert again == report
    assert again.to_text() == report.to_text()


def changed(*path: str | int, value: object) -> dict[str, Any]:
    document = json.loads(overfitting().to_json())
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


def lacking(*path: str | int) -> dict[str, Any]:
    document = changed(*path, value=None)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return document


UNDECIDED = json.loads(SAMPLES["undecided"].to_json())["undecided"][0]
REFUSED: dict[str, tuple[object, str]] = {
    "empty": ("", "is empty"),
    "cut short": (overfitting().to_json()[:-100], "is not valid JSON"),
    "a history": ({"loss": [1.0]}, "is not an advisor report"),
    "a later version": (changed("schema_version", value=2), "is a report of version 2"),
    "several": ([json.loads(healthy().to_json())] * 3, "holds 3 reports"),
    "not checked": (
        {"schema_version": 1, "name": "a", "error": UNCHECKED.message},
        "is of a run that could not be checked",
    ),
    "a version and nothing else": ({"schema_version": 1}, "has no 'advisor_version'"),
    "no verdict": (lacking("verdict"), "has no 'verdict'; make the report again"),
    "an unknown verdict": (
        changed("verdict", value="fine"),
        "verdict: one of diverged, over-regularized, overfitting, underfitting, healthy, "
        "undecided is expected, not 'fine'",
    ),
    "an unknown key": (changed("__class__", value="os"), "'__class__' is no key of a report's"),
    "a number for text": (changed("reason", value=3), "reason: text is expected, not 3"),
    "a truth for a number": (
        changed("layers", 0, "parameters", value=True),
        "layers 1: parameters: a whole number is expected, not True",
    ),
    "NaN": (changed("timing", value={"seconds": float("nan")}), "a number is expected, not nan"),
    "infinity": (
        changed("evidence", "best.epoch", "value", value=float("inf")),
        "evidence: 'best.epoch': value: a number or true or false or text is expected, not inf",
    ),
    "text for a measured number": (
        changed("evidence", "best.epoch", "value", value="six"),
        "evidence: 'best.epoch': value: a number is expected, not 'six'",
    ),
    "an unknown input": (
        changed("undecided", value=[{**UNDECIDED, "needs": ["money"]}]),
        "undecided 1: needs 1: one of model, history, validation, data, ",
    ),
    "a list for an object": (changed("inputs", value=[]), "inputs: an object is expected, not a l"),
    "an object for a list": (changed("caveats", value={}), "caveats: a list is expected, not an o"),
    "a point of three": (
        changed("curves", 0, "train", 1, value=[1, 2.0, 3.0]),
        "curves 1: train 2: a list of 2 is expected, not a list",
    ),
    "nothing where something is needed": (
        changed("recommendation", value=None),
        "recommendation: an object is expected, not null",
    ),
    "a strength that is lacking": (
        lacking("recommendation", "l2"),
        "recommendation: has no 'l2'",
    ),
    "a kind of another slot": (
        changed("recommendation", "changes", 0, "kind", value="Lambda"),
        "kind 'Lambda' has no place",
    ),
    "a negative strength": (
        changed("recommendation", "alternatives", 0, "changes", 0, "to", value=-1.0),
        "recommendation: alternatives 1: changes 1: 'to' is '-1.0'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_one_line(tmp_path: Path, case: str) -> None:
    document, reason = REFUSED[case]
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, document)
    message = str(refused.value)
    assert message.startswith("report.json: ")
    assert reason in message
    assert message.isprintable()
    assert len(message) < 300


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "report.json").open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(InputError, match="too many for a report"):
        Report.load(tmp_path / "report.json")
    with pytest.raises(InputError, match="cannot be read"):
        Report.load(tmp_path / "missing.json")


def test_keys_that_came_later_may_be_lacking(tmp_path: Path) -> None:
    old = json.loads(healthy().to_json())
    for key in ("name", "location", "gate", "probes"):
        del old[key]
    assert loaded(tmp_path, old) == healthy()


def test_hostile_text_is_only_text() -> None:
    for result in hostile(HOSTILE):
        if isinstance(result, Report):
            again = report_from(json.loads(result.to_json()), "report.json", Report)
            assert again.to_text() == result.to_text()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a document, with each of its keys or indices."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from places(value[key])


MUTATED = [
    ALL["overfitting"],
    PROBED["probes-tentative"],
    *(r for r in SEVERAL if isinstance(r, Report)),
]


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_report_is_refused_or_can_be_shown(seed: int) -> None:
    random = Random(seed)
    documents = [json.loads(report.to_json()) for report in MUTATED]
    refused = 0
    for _ in range(60):
        document = deepcopy(random.choice(documents))
        place, key = random.choice(list(places(document)))
        if random.random() < 0.1:
            del place[key]
        else:
            place[key] = random.choice(VALUES)
        try:
            report = report_from(document, "report.json", Report)
        except InputError as error:
            assert str(error).isprintable()
            refused += 1
            continue
        for text in (report.to_json(), report.to_markdown(), report.to_text(), repr(report)):
            assert text
    assert 20 < refused < 60
