"""JUnit XML against its schema, and read back by the library that CI tools read it with."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from junitparser import JUnitXml

from advisor.report.formats.junit import render as render_junit
from tests.report.sample_gates import OUTCOMES, SEVERAL, UNCHECKED, hostile
from tests.report.sample_reports import HOSTILE

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("schemas") / "junit.xsd")
NASTY = [
    "]]>",
    "a\nb",
    "\x00\x0b\x1b[31m",
    "\ufffe\uffff",
    "\ud800",
    "<!--",
    "&amp;&#0;",
    "<script>",
    HOSTILE,
]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_obeys_the_schema(outcome: str) -> None:
    SCHEMA.validate(render_junit(OUTCOMES[outcome]))


@pytest.mark.parametrize("text", NASTY)
def test_no_text_makes_ill_formed_xml(text: str) -> None:
    document = render_junit(hostile(text))
    SCHEMA.validate(document)
    suites = list(JUnitXml.fromstring(document.encode()))
    assert len(suites) == 2
    assert all("\n" not in suite.name for suite in suites)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("failure", "failed"),
        ('tests="6"', 'tests="six"'),
        ('testcase name="severity"', "testcase"),
        ("<testcase", "<testcase time='soon'"),
        ("properties>", "system-err>"),
    ],
)
def test_schema_refuses_what_ci_systems_do(old: str, new: str) -> None:
    good = render_junit(OUTCOMES["gate-fail"])
    assert old in good
    assert not SCHEMA.is_valid(good.replace(old, new))


def test_outcomes_are_counted_as_failures_skipped_and_errors() -> None:
    document = JUnitXml.fromstring(render_junit(SEVERAL).encode())
    counts = {s.name: (s.tests, s.failures, s.skipped, s.errors) for s in document}
    assert counts == {
        "digits": (2, 0, 0, 0),
        "letters-with-a-longer-name": (6, 3, 2, 0),
        "broken": (1, 0, 0, 1),
        "waves": (2, 0, 1, 0),
        "spirals": (2, 0, 1, 0),
        "strict": (2, 1, 0, 0),
        "free": (1, 0, 1, 0),
    }
    # 2+6+1+2+2+2+1 cases, 3+1 failures, 2+1+1+1 skipped
    totals = (document.tests, document.failures, document.skipped, document.errors)
    assert totals == (16, 4, 5, 1)


def test_what_is_skipped_or_wrong_says_why() -> None:
    root = ElementTree.fromstring(render_junit(SEVERAL))
    skipped = {each.get("type"): each.get("message") for each in root.iter("skipped")}
    assert skipped == {
        "waived": "waived until 2031-03-31 (new labels arrive in March, ticket 4711): validation "
        "loss is 42% above training loss, above the limit of 30%",
        "inconclusive": "inconclusive: validation loss may end more than 5% above its best: 200 "
        "rows can't tell",
        "no gate": "no gate was asked for; OVERFITTING (severe): Validation loss ends 76% above "
        "its best",
    }
    (error,) = root.iter("error")
    assert error.get("message") == UNCHECKED.message


def test_a_gate_that_had_nothing_to_compare_with_is_one_skipped_test() -> None:
    (suite,) = JUnitXml.fromstring(render_junit(OUTCOMES["gate-unbegun"]).encode())
    assert (suite.tests, suite.skipped, suite.failures, suite.errors) == (1, 1, 0, 0)
    (case,) = suite
    (skipped,) = case.result
    assert (case.name, skipped.message) == (
        "baseline",
        "nothing was checked: there is no baseline of this run in main.json yet",
    )


def test_versions_and_hashes_are_properties() -> None:
    (suite,) = JUnitXml.fromstring(render_junit(OUTCOMES["gate-fail"]).encode())
    properties = {each.name: each.value for each in suite.properties()}
    assert properties["advisor_version"] == "0.0.0"
    assert properties["model_sha256"] == "0" * 64
    assert properties["history_sha256"] == "1" * 64
    assert "val_sha256" not in properties  # not known, so not said


def test_runs_of_one_name_stay_apart() -> None:
    twice = render_junit((UNCHECKED, UNCHECKED))
    assert len(list(JUnitXml.fromstring(twice.encode()))) == 2
