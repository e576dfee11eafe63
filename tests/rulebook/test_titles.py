import pytest

from advisor.errors import RuleError
from advisor.evidence.measurement import Value
from advisor.rulebook.titles import check_sentence, names_shown, render
from advisor.rulebook.vocabulary import Vocabulary
from tests.rulebook.sample_rules import CATALOG

MODEL = Vocabulary(catalog=CATALOG, scope="model")
VALUES: dict[str, Value] = {
    "rebound.relative": 0.4167,
    "rebound.z": -2.5,
    "history.epochs": 1234.0,
    "optimizer.name": "{rebound.z} [red]<b>",
}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("ends {rebound.relative:.0%} above its best", "ends 42% above its best"),
        ("{rebound.relative:.1%}", "41.7%"),
        ("{rebound.relative:+.1%} and {rebound.z:+.0%}", "+41.7% and -250%"),
        ("{rebound.relative:.2f}", "0.42"),
        ("{rebound.z:.1f}", "-2.5"),
        ("{rebound.relative:.1g}", "0.4"),
        ("{rebound.relative:.2e}", "4.17e-01"),
        ("{history.epochs:,.0f} epochs", "1,234 epochs"),
        ("{history.epochs} epochs", "1234 epochs"),
        ("{rebound.relative}", "0.417"),
        ("no names at all, 5 % of them", "no names at all, 5 % of them"),
        ("{{not.a.name}} {{{history.epochs}}} }}{{", "{not.a.name} {1234} }{"),
        ("trained by {optimizer.name}.", "trained by {rebound.z} [red]<b>."),
    ],
)
def test_sentence_is_rendered(sentence: str, expected: str) -> None:
    check_sentence(sentence, MODEL, "x.toml: title")

    assert render(sentence, VALUES) == expected


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("{rebound.relativ:.0%}", "unknown measurement 'rebound.relativ'; did you mean"),
        ("{}", "unknown measurement ''"),
        ("{0}", "unknown measurement '0'"),
        ("{rebound.z.__class__}", "unknown measurement 'rebound.z.__class__'"),
        ("{rebound.z!r}", "unknown measurement 'rebound.z!r'"),
        ("{rebound.z[0]}", "unknown measurement 'rebound.z[0]'"),
        ("{ rebound.z }", "unknown measurement ' rebound.z '; did you mean 'rebound.z'?"),
        ("{layer.norm}", "measured for each layer"),
        ("{history.has_validation}", "is true or false, which a sentence can't show"),
        ("{optimizer.name:.0%}", "is a text and takes no format"),
        ("{rebound.z:}", "unknown number format ''"),
        ("{rebound.z:d}", "unknown number format 'd'"),
        ("{rebound.z:.99999999f}", "unknown number format '.99999999f'"),
        ("{rebound.z:>99999999.1f}", "unknown number format"),
        ("{rebound.z:{rebound.z}}", "a single brace"),
        ("{rebound.z", "a single brace"),
        ("rebound.z}", "a single brace"),
        ("{{rebound.z}", "a single brace"),
        ("a\x1b[31mb", "one line of printable characters"),
        ("two\nlines", "one line of printable characters"),
        (" ", "one line of printable characters"),
        ("long" * 200, "800 characters, but at most 400 are shown"),
    ],
)
def test_any_other_field_is_refused(sentence: str, complaint: str) -> None:
    with pytest.raises(RuleError) as caught:
        check_sentence(sentence, MODEL, "x.toml: title")

    assert str(caught.value).startswith("x.toml: title: ")
    assert complaint in str(caught.value)


def test_the_fault_is_marked() -> None:
    with pytest.raises(RuleError) as caught:
        check_sentence("ends {rebound.zz:.0%} above", MODEL, "x.toml: title")

    assert str(caught.value).splitlines()[1:] == [
        "    ends {rebound.zz:.0%} above",
        "         ^^^^^^^^^^^^^^^^",
    ]


def test_a_missing_value_reads_as_unknown() -> None:
    assert render("ends {rebound.relative:.0%} above", {}) == "ends unknown above"


def test_names_shown_are_listed_once_in_order() -> None:
    assert names_shown("{rebound.z:.1f} {{x}} {history.epochs} {rebound.z}") == (
        "rebound.z",
        "history.epochs",
    )
