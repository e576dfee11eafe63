"""What a report can do: show itself in each form, and be saved in each."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.errors import InputError, UsageError
from advisor.report.formats.formats import FORMATS
from advisor.report.page import Page
from advisor.report.report import Report
from advisor.settings.report_formats import REPORT_FORMATS
from tests.report.sample_gates import FAILED, gated
from tests.report.sample_probes import PROBED
from tests.report.sample_reports import HOSTILE, SAMPLES, healthy, overfitting

ALL = {**SAMPLES, **PROBED}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("report", ALL.values(), ids=ALL)
def test_the_forms_are_those_of_the_command_line(report: Report) -> None:
    assert report.to_json() == FORMATS["json"]((report,), Page())
    assert report.to_markdown() == FORMATS["markdown"]((report,), Page())
    assert report.to_text() == FORMATS["rich"]((report,), Page(width=100))
    assert report._repr_markdown_() == report.to_markdown()


def test_text_is_as_wide_and_as_colourful_as_asked_for() -> None:
    narrow, colored = overfitting().to_text(width=60), overfitting().to_text(color=True)
    assert max(map(len, narrow.split("\n"))) <= 60
    lines = [line.rstrip() for line in ESCAPE.sub("", colored).split("\n")]
    assert "\n".join(lines) == overfitting().to_text() != colored
    with pytest.raises(UsageError, match="width=0: 1 column or more"):
        overfitting().to_text(width=0)


SAVED: dict[str, str] = {
    "report.json": "json",
    "report.md": "markdown",
    "REPORT.MD": "markdown",
    "report.markdown": "markdown",
    "report.txt": "rich",
    "report.xml": "junit",
}


@pytest.mark.parametrize("name", SAVED)
def test_a_file_has_the_format_of_its_suffix(tmp_path: Path, name: str) -> None:
    gated(FAILED).save(tmp_path / name)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text == FORMATS[SAVED[name]]((gated(FAILED),), Page())


def test_every_suffix_stands_for_one_format() -> None:
    suffixes = [suffix for row in REPORT_FORMATS for suffix in row.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


def test_a_word_overrides_the_suffix(tmp_path: Path) -> None:
    report = gated(FAILED)
    report.save(str(tmp_path / "quality.json"), format="gitlab")
    assert (tmp_path / "quality.json").read_text() == FORMATS["gitlab"]((report,), Page())


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("report.pdf", None, r"report\.pdf: which format\? Name the file \.txt, \.json, .*rich, "),
        ("report", None, "which format"),
        ("report.json", "yaml", "no report format is called 'yaml': rich, json, "),
    ],
)
def test_an_unknown_format_is_refused_in_one_line(
    tmp_path: Path, name: str, given: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        healthy().save(tmp_path / name, given)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")
    broken = replace(healthy(), timing={"seconds": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        broken.save(file)
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]
    assert file.read_text() == "old"
    with pytest.raises(InputError, match="cannot be written"):
        healthy().save(tmp_path / "missing" / "report.json")


def test_what_was_checked_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "history.json").write_text("{}")
    report = replace(healthy(), location="history.json")
    with pytest.raises(UsageError, match="is what was checked"):
        report.save("history.json")
    assert (tmp_path / "history.json").read_text() == "{}"
    report.save("report.json")
    assert json.loads((tmp_path / "report.json").read_text())["location"] == "history.json"


def test_the_repr_is_a_few_lines_with_what_matters_most() -> None:
    assert repr(gated(FAILED, overfitting())).split("\n") == [
        "Report: OVERFITTING (severe)",
        "  Validation loss ends 76% above its best",
        "  Add L2 0.001 and dropout 0.3 to hidden_1 (by the rules alone, confidence medium)",
        "  Gate: FAIL",
    ]
    long = repr(replace(overfitting(HOSTILE), reason="why " * 1000 + HOSTILE)).split("\n")
    assert len(long) == 3
    assert all(line.isprintable() and len(line) <= 120 for line in long)


def test_the_repr_of_a_recommendation_is_one_line() -> None:
    assert repr(overfitting().recommendation) == (
        "Recommendation(add L2 0.001 and dropout 0.3; 2 changes, by rules, confidence medium)"
    )
    assert repr(healthy().recommendation) == (
        "Recommendation(keep; 0 changes, by rules, confidence medium)"
    )
