"""A section is said once, and every format that people read shows it."""

from collections.abc import Iterator
from typing import get_args

import pytest

from advisor.report.formats.markdown import render as render_markdown
from advisor.report.formats.terminal import render as render_terminal
from advisor.report.page import Page
from advisor.report.report import Report
from advisor.report.wording import sections as table
from advisor.report.wording.blocks import (
    Block,
    Check,
    CheckList,
    Code,
    Finding,
    FindingList,
    Line,
    Named,
    Picture,
    Points,
    Table,
)
from advisor.report.wording.sections import SECTIONS, Section, sections
from tests.report.sample_probes import PROBED
from tests.report.sample_reports import SAMPLES, healthy

BLOCKS: dict[type, Block] = {
    Line: Line(text="word1 word2"),
    Points: Points(title="word1", texts=["word2"]),
    Named: Named(rows=[("word1", "word2")]),
    FindingList: FindingList(
        rows=[Finding(severity="severe", text="word1", layers="word2", rule="a-rule")]
    ),
    CheckList: CheckList(
        rows=[Check(outcome="pass", text="word1", id="rebound.loss", details=["word2"])], notes=[]
    ),
    Table: Table(titles=("a", ""), rows=[("word1", "")], bars=[0.5], notes=["word2"]),
    Picture: Picture(title=lambda _: "word1", draw=lambda width, marks: ["word2"]),
    Code: Code(text="word1 = word2"),
}


def test_a_screen_ends_and_a_page_begins_with_the_advice() -> None:
    screen = [section.title for section in sections("screen")]
    page = [section.title for section in sections("page")]
    assert screen[:3] == ["Gate", "Learning curves", "Findings"]
    assert screen[5:7] == ["Probes", "Recommendation"]
    assert page[:4] == ["Gate", "Recommendation", "Probes", "Findings"]
    assert {*screen} - {*page} == {"Learning curves"}


def test_there_is_an_example_of_every_block() -> None:
    assert set(get_args(Block)) == set(BLOCKS)


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
def test_a_new_section_is_shown_by_both_formats(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blocks(_: Report) -> Iterator[Block]:
        yield BLOCKS[kind]

    monkeypatch.setattr(table, "SECTIONS", (*SECTIONS, Section(title="New one", blocks=blocks)))
    for text in (render_terminal([healthy()], Page()), render_markdown([healthy()])):
        before, _, after = text.partition("New one")
        assert before
        assert "word1" in after
        assert "word2" in after


@pytest.mark.parametrize("name", [*SAMPLES, *PROBED])
def test_sections_without_blocks_have_no_title(name: str) -> None:
    report = {**SAMPLES, **PROBED}[name]
    text = render_markdown([report])
    for section in sections("page"):
        titled = f"### {section.title}" in text
        assert titled == any(True for _ in section.blocks(report))
