"""GitLab's Code Quality report against its schema; fingerprints that outlive the figures."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from advisor.gate.result import GateResult
from advisor.report.formats.gitlab import render as render_gitlab
from tests.report.sample_gates import GAP_TOO_WIDE, OUTCOMES, SEVERAL, UNCHECKED, gated, hostile
from tests.report.sample_reports import HOSTILE

SCHEMA = Path(__file__).with_name("schemas") / "gitlab-code-quality.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def entries(*results: Any) -> list[dict[str, Any]]:
    document = json.loads(render_gitlab(results))
    VALIDATOR.validate(document)
    return document


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_obeys_the_schema(outcome: str) -> None:
    assert isinstance(entries(*OUTCOMES[outcome]), list)


@pytest.mark.parametrize("text", ["]]>", "a\nb", "/etc/passwd", "../../x", "\ud800", HOSTILE])
def test_no_text_makes_a_path_or_a_fingerprint_that_gitlab_refuses(text: str) -> None:
    assert len(entries(*hostile(text))) == 3


def test_schema_refuses_absolute_paths_and_other_severities() -> None:
    (entry,) = entries(UNCHECKED)
    assert VALIDATOR.is_valid([entry])
    assert not VALIDATOR.is_valid([{**entry, "severity": "fatal"}])
    for path in ("/runs/history.json", "../history.json", "./history.json"):
        location = {**entry["location"], "path": path}
        assert not VALIDATOR.is_valid([{**entry, "location": location}])


def test_what_failed_or_could_not_be_told_goes_in_and_what_passed_or_was_waived_does_not() -> None:
    assert [
        (each["location"]["path"], each["check_name"], each["severity"])
        for each in entries(*SEVERAL)
    ] == [
        ("runs/letters-with-a-longer-name/history.json", "advisor/severity", "critical"),
        ("runs/letters-with-a-longer-name/history.json", "advisor/rebound.loss", "minor"),
        ("runs/letters-with-a-longer-name/history.json", "advisor/gap.accuracy", "critical"),
        ("runs/letters-with-a-longer-name/history.json", "advisor/waiver.gap.accuracy", "critical"),
        ("runs/broken/history.json", "advisor/unchecked", "blocker"),
        ("runs/waves/history.json", "advisor/rebound.loss", "minor"),
        ("runs/strict/history.json", "advisor/rebound.loss", "major"),
    ]
    assert entries(*OUTCOMES["gate-pass"], *OUTCOMES["gate-waived"], *OUTCOMES["no-gate"]) == []


def fingerprint(check: Any, name: str = "a") -> str:
    gate = GateResult(outcome="fail", is_failed=True, checks=(check,))
    (entry,) = entries(gated(gate, name=name))
    return str(entry["fingerprint"])


def test_figures_follow_the_sentence_without_its_period() -> None:
    check = replace(GAP_TOO_WIDE, message="It is too wide.")
    (entry,) = entries(gated(GateResult(outcome="fail", is_failed=True, checks=(check,))))
    assert ": It is too wide; measured " in entry["description"]


def test_fingerprints_change_with_the_run_and_the_check_alone() -> None:
    base = fingerprint(GAP_TOO_WIDE)
    moved = replace(
        GAP_TOO_WIDE, measured=0.2, low=0.1, high=0.3, limit=0.01, message="20% too wide"
    )
    assert fingerprint(moved) == base
    assert fingerprint(replace(GAP_TOO_WIDE, outcome="inconclusive")) == base
    assert fingerprint(replace(GAP_TOO_WIDE, id="gap.loss")) != base
    assert fingerprint(GAP_TOO_WIDE, name="b") != base


def test_fingerprints_are_unlike_within_a_report() -> None:
    found = [each["fingerprint"] for each in entries(*SEVERAL)]
    assert len(set(found)) == len(found)
