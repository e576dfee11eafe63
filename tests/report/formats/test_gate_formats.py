"""Every format against every outcome of the gate, and what people must be able to see in it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from advisor.report.formats.formats import FORMATS
from advisor.report.page import Page
from advisor.report.unchecked import Unchecked
from advisor.report.wording.gate import check_details, gate_word, is_failure
from advisor.report.wording.runs import (
    counts_line,
    location_of,
    run_label,
    summary_rows,
    worst_first,
)
from advisor.settings.report_formats import FORMAT_NAMES
from tests.report.sample_gates import (
    FAILED,
    GAP_TOO_WIDE,
    INCONCLUSIVE,
    OUTCOMES,
    PASSED,
    REBOUND_IN_NOISE,
    SEVERAL,
    SEVERE,
    STRICT,
    UNCHECKED,
    gated,
    hostile,
)
from tests.report.sample_reports import HOSTILE, healthy, overfitting
from tests.report.schema import SCHEMA

FILES = {
    "rich": "{}-80.txt",
    "markdown": "{}.md",
    "junit": "{}.junit.xml",
    "gitlab": "{}.gitlab.json",
    "github": "{}.github.txt",
}
NASTY = [
    "]]>",
    "a\nb\r\nc",
    "::error::owned",
    "a|b",
    "<script>alert(1)</script>",
    "\x00\x1b[31m\x07",
]
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("form", FILES)
def test_each_format_shows_each_outcome(
    form: str, outcome: str, golden: Callable[[str, str], None]
) -> None:
    text = FORMATS[form](OUTCOMES[outcome], Page(width=80))
    golden(FILES[form].format(outcome), text)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("140", Page(width=140)),
        ("80-ascii", Page(width=80, has_unicode=False)),
        ("80-color", Page(width=80, has_color=True)),
    ],
)
def test_several_runs_on_other_pages(
    name: str, page: Page, golden: Callable[[str, str], None]
) -> None:
    text = FORMATS["rich"](SEVERAL, page)
    golden(f"several-{name}.txt", text)
    if not page.has_unicode:
        assert text.isascii()


@pytest.mark.parametrize("outcome", ["gate-fail", "unchecked"])
def test_json_of_a_gate(outcome: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{outcome}.json", FORMATS["json"](OUTCOMES[outcome], Page()))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_json_of_each_outcome_obeys_the_schema(outcome: str) -> None:
    document = json.loads(FORMATS["json"](OUTCOMES[outcome], Page()))
    VALIDATOR.validate(document)
    assert isinstance(document, list) == (len(OUTCOMES[outcome]) > 1)


def test_json_tells_a_run_that_was_not_checked_by_its_error() -> None:
    documents = json.loads(FORMATS["json"](SEVERAL, Page()))
    unchecked = [each for each in documents if "error" in each]
    assert unchecked == [
        {"schema_version": 1, "name": "broken", "error": UNCHECKED.message},
    ]
    assert [each["name"] for each in documents if "verdict" in each] == [
        "digits",
        "letters-with-a-longer-name",
        "waves",
        "spirals",
        "strict",
        "free",
    ]


def test_schema_refuses_what_is_not_a_gate() -> None:
    document = json.loads(FORMATS["json"](OUTCOMES["gate-fail"], Page()))
    for key, wrong in (("outcome", "waived"), ("is_failed", "yes"), ("checks", {}), ("extra", 1)):
        assert not VALIDATOR.is_valid({**document, "gate": {**document["gate"], key: wrong}})
    check = document["gate"]["checks"][0]
    for key, wrong in (("kind", "size"), ("measured", "5%"), ("waived", {"reason": "none"})):
        checks = [{**check, key: wrong}]
        assert not VALIDATOR.is_valid({**document, "gate": {**document["gate"], "checks": checks}})
    assert not VALIDATOR.is_valid({"schema_version": 1, "name": "a"})


def test_schema_accepts_a_report_from_before_there_were_names() -> None:
    document = json.loads(FORMATS["json"]((healthy(),), Page()))
    del document["name"], document["location"], document["inputs"]["val_sha256"]
    VALIDATOR.validate(document)


@pytest.mark.parametrize("form", ["rich", "markdown"])
@pytest.mark.parametrize(
    ("gate", "word"), [(FAILED, "FAIL"), (INCONCLUSIVE, "INCONCLUSIVE"), (PASSED, "PASS")]
)
def test_the_gate_stands_before_every_other_section(form: str, gate: object, word: str) -> None:
    text = FORMATS[form]((gated(gate, overfitting()),), Page(width=80))  # type: ignore[index,arg-type]
    assert gate_word(gate) == word  # type: ignore[arg-type]
    place = text.index(f"Gate: {word}")
    assert text.index("OVERFITTING (severe)") < place
    assert place < min(text.index(each) for each in ("Findings", "Recommendation", "Evidence"))


@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_all_that_a_check_rests_on_is_said(form: str) -> None:
    text = FORMATS[form]((gated(FAILED, overfitting()),), Page(width=300))
    said = text.replace("\\", "")
    for words in (
        "measured 76.3% of the best, at least 71.0%, at most 81.6% (95% bounds), limit 10.0%",
        "measured 0.1234, at least 0.0812, at most 0.1655 (95% bounds), limit 0.05",
        "measured 42.0% of the training value",
        "the least these rows can show is 9.3%",
        "rests on: rows' losses spread as cross-entropy",
        "waived until 2031-03-31: new labels arrive in March, ticket 4711",
        "the waiver of gap.accuracy expired on 2025-01-31",
        "baseline: baseline.json",
    ):
        assert words in said
    warned = FORMATS[form]((gated(INCONCLUSIVE),), Page(width=300))
    assert "warning: baseline.json: there is no baseline yet" in warned.replace("\\", "")


@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_an_inconclusive_gate_that_fails_says_why(form: str) -> None:
    text = FORMATS[form]((gated(STRICT),), Page(width=300))
    assert "Gate: FAIL" in text
    assert "--inconclusive fail was asked for" in text.replace("\\", "")


def test_an_inconclusive_check_fails_only_where_it_decides() -> None:
    assert is_failure(REBOUND_IN_NOISE, STRICT)
    assert not is_failure(REBOUND_IN_NOISE, INCONCLUSIVE)
    assert not is_failure(REBOUND_IN_NOISE, FAILED)  # what failed is another check
    assert is_failure(SEVERE, FAILED)


def test_figures_that_are_not_known_are_left_out() -> None:
    bare = replace(GAP_TOO_WIDE, measured=None, low=None, high=None)
    assert list(check_details(bare)) == ["limit 0.05"]
    one_sided = replace(GAP_TOO_WIDE, high=None, limit=None)
    assert list(check_details(one_sided)) == ["measured 0.1234, at least 0.0812 (95% bounds)"]


@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_several_runs_end_with_one_table_and_one_count(form: str) -> None:
    text = FORMATS[form](SEVERAL, Page(width=200))
    end = text[text.rindex("Summary") :].replace("\\", "")
    for name in ("digits", "letters-with-a-longer-name", "broken", "waves", "spirals", "strict"):
        assert f"\n{name} " in end or f"\n| {name} " in end
    assert end.rstrip().endswith(
        "7 runs: 1 could not be checked, 2 failed, 1 inconclusive, 1 without a gate, 2 passed"
    )
    assert "Summary" not in FORMATS[form](SEVERAL[:1], Page())


def test_the_worst_check_of_a_run_stands_in_the_table() -> None:
    rows = {row.run: (row.gate, row.worst) for row in summary_rows(SEVERAL)}
    assert rows == {
        "digits": ("PASS", "-"),
        "letters-with-a-longer-name": ("FAIL", "severity 76.3%, limit 10.0%"),
        "broken": ("NOT CHECKED", UNCHECKED.message),
        "waves": ("INCONCLUSIVE", "rebound.loss 3.1%, limit 5.0%"),
        "spirals": ("PASS", "gap.loss, waived until 2031-03-31"),
        "strict": ("FAIL", "rebound.loss 3.1%, limit 5.0%"),
        "free": ("-", "-"),
    }
    assert [run_label(run) for run in worst_first(SEVERAL)][:4] == [
        "broken",
        "letters-with-a-longer-name",
        "strict",
        "waves",
    ]
    assert counts_line(SEVERAL[:1]) == "1 run: 1 passed"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_terminal_lines_stay_within_the_width(width: int) -> None:
    text = FORMATS["rich"]((*SEVERAL, *hostile(HOSTILE)), Page(width=width))
    assert max(map(len, text.split("\n"))) <= width


@pytest.mark.parametrize("text", [*NASTY, HOSTILE])
@pytest.mark.parametrize("form", FORMAT_NAMES)
def test_nothing_that_a_file_says_moves_the_cursor(form: str, text: str) -> None:
    shown = FORMATS[form](hostile(text), Page(width=100))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)
    assert shown.count("\x1b") == 0


@pytest.mark.parametrize("text", NASTY)
def test_nothing_that_a_file_says_becomes_markdown(text: str) -> None:
    shown = FORMATS["markdown"](hostile(text), Page())
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", shown, flags=re.DOTALL)  # code is shown as it is
    assert "<script>" not in prose.replace("\\<script\\>", "")
    summary = prose[prose.rindex("# Summary") :]
    rows = [line for line in summary.split("\n") if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("runs/a/history.json", "runs/a/history.json"),
        ("./runs//a/history.json", "runs/a/history.json"),
        ("runs\\a\\history.json", "runs/a/history.json"),
        ("/home/someone/history.json", "history.json"),
        ("../elsewhere/history.json", "history.json"),
        ("C:\\work\\history.json", "history.json"),
        ("/", "."),
    ],
)
def test_files_are_named_from_the_working_directory(given: str, shown: str) -> None:
    assert location_of(Unchecked(name="a", message="b", location=given)) == shown


def test_a_run_without_a_known_place_is_found_by_its_file_or_name() -> None:
    assert location_of(replace(overfitting(), name="free")) == "history.json"
    assert location_of(Unchecked(name="runs/b", message="")) == "runs/b"
