"""Each format against golden files; what must hold in all of them for any text from a file."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from advisor.report.formats import FORMATS
from advisor.report.json import SCHEMA, render_json
from advisor.report.outline import notable_layers
from advisor.report.page import Page
from advisor.report.report import Report
from tests.report.sample_reports import HOSTILE, SAMPLES, healthy, overfitting

PAGES = {
    "80": Page(width=80),
    "140": Page(width=140),
    "80-color": Page(width=80, has_color=True),
    "80-ascii": Page(width=80, has_unicode=False),
}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("page", PAGES)
def test_terminal_report(name: str, page: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}-{page}.txt", FORMATS["rich"]((SAMPLES[name],), PAGES[page]))


@pytest.mark.parametrize("name", SAMPLES)
def test_markdown_report(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.md", FORMATS["markdown"]((SAMPLES[name],), Page()))


@pytest.mark.parametrize("name", SAMPLES)
def test_json_report(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.json", FORMATS["json"]((SAMPLES[name],), Page()))


@pytest.mark.parametrize(
    "report", [*SAMPLES.values(), overfitting(HOSTILE)], ids=[*SAMPLES, "hostile"]
)
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
    text = FORMATS["rich"]((overfitting(),), Page(width=width))
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
