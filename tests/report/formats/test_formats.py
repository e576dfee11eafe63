"""Each format against golden files; what must hold in all of them for any text from a file."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from advisor.report.formats.formats import FORMATS
from advisor.report.formats.json import render as render_json
from advisor.report.page import Page
from advisor.report.report import Report
from advisor.report.wording.findings import notable_layers
from tests.report.sample_probes import KEEP, NOTES, PROBED, probed
from tests.report.sample_reports import HOSTILE, SAMPLES, healthy, overfitting
from tests.report.schema import SCHEMA

PAGES = {
    "80": Page(width=80),
    "140": Page(width=140),
    "80-color": Page(width=80, has_color=True),
    "80-ascii": Page(width=80, has_unicode=False),
}
ALL = {**SAMPLES, **PROBED}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("page", PAGES)
def test_terminal_report(name: str, page: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}-{page}.txt", FORMATS["rich"]((ALL[name],), PAGES[page]))


@pytest.mark.parametrize("name", ALL)
def test_markdown_report(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.md", FORMATS["markdown"]((ALL[name],), Page()))


@pytest.mark.parametrize("name", ALL)
def test_json_report(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.json", FORMATS["json"]((ALL[name],), Page()))


@pytest.mark.parametrize("report", [*ALL.values(), overfitting(HOSTILE)], ids=[*ALL, "hostile"])
def test_json_obeys_the_schema_and_reads_back(report: Report) -> None:
    document = json.loads(render_json((report,)))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(
        document
    )
    assert document["verdict"] == report.verdict
    changes = [change["from"] for change in document["recommendation"]["changes"]]
    assert changes == [change.before for change in report.recommendation.changes]


def test_schema_refuses_what_is_not_a_report() -> None:
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for key, wrong in (("verdict", "fine"), ("severity", 3), ("schema_version", 2), ("layers", {})):
        document = json.loads(render_json((healthy(),)))
        assert schema.is_valid(document)
        assert not schema.is_valid({**document, key: wrong})


def test_json_of_several_reports_is_an_array() -> None:
    assert [each["verdict"] for each in json.loads(render_json(tuple(SAMPLES.values())))] == [
        "overfitting",
        "healthy",
        "undecided",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_terminal_lines_stay_within_the_width(width: int) -> None:
    text = FORMATS["rich"]((overfitting(), *PROBED.values()), Page(width=width))
    assert max(map(len, text.split("\n"))) <= width


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_hostile_names_neither_act_nor_vanish(page: Page) -> None:
    text = FORMATS["rich"]((overfitting(HOSTILE),), page)
    drawn = ESCAPE.sub("", text)
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    assert "[red]x" in drawn.replace("\n", "")
    if not page.has_color:
        assert "\x1b" not in text


def test_colour_only_colours() -> None:
    plain = FORMATS["rich"]((overfitting(),), PAGES["80"])
    colored = ESCAPE.sub("", FORMATS["rich"]((overfitting(),), PAGES["80-color"]))
    assert [line.rstrip() for line in colored.split("\n")] == plain.split("\n")


def test_hostile_names_make_no_markdown() -> None:
    text = FORMATS["markdown"]((overfitting(HOSTILE),), Page())
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "\n# boo" not in text
    assert "\\<script\\>" in prose
    assert "<script>" not in prose.replace("\\<script\\>", "")
    rows = [line for line in prose.split("\n") if line.startswith("|")]
    unescaped = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    assert unescaped == {5, 6}, "a cell of a table holds an unescaped bar"


def test_a_rule_that_fired_for_most_layers_singles_none_out() -> None:
    base = overfitting()
    names = [f"conv_{number}" for number in range(30)]
    everywhere = [replace(base.findings[0], layer=name, rule="everywhere") for name in names]
    report = replace(
        base,
        findings=(*everywhere, replace(base.findings[0], layer="conv_3")),
        layers=tuple(replace(base.layers[0], path=name) for name in names),
    )
    rows, more = notable_layers(report)
    assert [(layer.path, why) for layer, why in rows] == [("conv_3", "wide-hidden-layer")]
    assert more == 0
    many = tuple(replace(base.recommendation.changes[0], layer=name) for name in names)
    changed = replace(report, recommendation=replace(base.recommendation, changes=many))
    rows, more = notable_layers(changed)
    assert (len(rows), more) == (12, 18)
    assert "and 18 more" in FORMATS["rich"]((changed,), Page())
    assert "and 18 more" in FORMATS["markdown"]((changed,), Page())


@pytest.mark.parametrize("name", PROBED)
@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_the_advice_and_its_worth_come_first(name: str, form: str) -> None:
    text = FORMATS[form]((PROBED[name],), Page(width=80))
    head = text.split(PROBED[name].verdict.upper())[0].replace("\\", "")
    expected = {
        "probes-confirmed": ("Add L2 0.01 (confirmed", "-17% (90% interval -24% to -11%)"),
        "probes-tentative": ("Add dropout 0.3 to hidden_1 (tentative: 86% likely", "-3.5%"),
        "probes-keep": ("no candidate beats it beyond noise", "Closest candidate: L2 0.001, -1.0%"),
        "probes-cut-short": ("not yet confirmed", "No change is announced", "CUT SHORT", "3 tr"),
    }
    for words in expected[name]:
        assert words in head.replace("\n", " ")


def test_ascii_pages_draw_probes_without_unicode() -> None:
    text = FORMATS["rich"](tuple(PROBED.values()), PAGES["80-ascii"])
    assert text.isascii()


@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_hostile_notes_and_metrics_of_probes_do_not_act(form: str) -> None:
    race = replace(KEEP, objective=HOSTILE, notes=(HOSTILE,))
    text = FORMATS[form]((probed(healthy(), race, notes=(HOSTILE, *NOTES)),), Page(width=100))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n# boo" not in text
    assert "<script>" not in text.replace("\\<script\\>", "") or form == "rich"


def test_expected_change_is_spelled_with_in_the_json() -> None:
    document = json.loads(render_json((PROBED["probes-confirmed"],)))
    expected = document["recommendation"]["expected"]
    assert expected == {
        "metric": "val_data_loss",
        "policy": "stopped",
        "baseline": 0.521,
        "with": 0.431,
        "change": -0.09,
        "low": -0.124,
        "high": -0.056,
        "level": 0.9,
        "runs": 4,
        "probability": 0.998,
    }
    assert document["recommendation"]["label"] == "confirmed"
    assert document["timing"] == {"seconds": 9.4, "probe_seconds": 6.1}
    assert len(document["probes"]["trials"]) == 27  # 6+3+2+2+2+2+8+1+1
