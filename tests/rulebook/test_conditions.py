import warnings

import pytest

from advisor.errors import RuleError
from advisor.evidence.measurement import Missing, Readings
from advisor.rulebook.conditions import MAX_DEPTH, MAX_LENGTH, Condition, parse_condition
from advisor.rulebook.judgement import Undecided
from advisor.rulebook.vocabulary import Vocabulary
from tests.rulebook.sample_rules import CATALOG, readings

MODEL = Vocabulary(catalog=CATALOG, scope="model")
LAYER = Vocabulary(catalog=CATALOG, scope="layer")


def parse(clause: str, vocabulary: Vocabulary = MODEL) -> Condition:
    return parse_condition(clause, vocabulary, "rules/x.toml: when[2]")


def refusal(clause: str, vocabulary: Vocabulary = MODEL) -> str:
    with pytest.raises(RuleError) as caught:
        parse(clause, vocabulary)
    return str(caught.value)


MEASURED = readings(
    {
        "history.epochs": 40.0,
        "rebound.relative": 0.25,
        "rebound.z": 3.0,
        "history.has_validation": True,
        "regularization.has_l2": False,
        "optimizer.name": "adam",
    }
)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("history.epochs >= 40", True),
        ("history.epochs > 40", False),
        ("history.epochs <= 40", True),
        ("history.epochs < 40", False),
        ("history.epochs == 40", True),
        ("history.epochs != 40", False),
        ("40 <= history.epochs", True),
        ("0.1 < rebound.relative < 0.3", True),
        ("0.1 < rebound.relative < 0.2", False),
        ("0.3 < rebound.relative < 0.4", False),
        ("10 < history.epochs != 40", False),
        ("history.has_validation", True),
        ("not history.has_validation", False),
        ("not not history.has_validation", True),
        ("history.has_validation == regularization.has_l2", False),
        ("history.has_validation != regularization.has_l2", True),
        ("optimizer.name == 'adam'", True),
        ('optimizer.name != "adam"', False),
        ("optimizer.name == 'sgd' or optimizer.name == 'adam'", True),
        ("optimizer.name == 'sgd' and rebound.z > 1", False),
        ("rebound.relative * 4 == 1", True),  # 0.25 * 4 = 1
        ("history.epochs / 8 - 5 == 0", True),  # 40 / 8 - 5 = 0
        ("rebound.z + 2 * rebound.relative == 3.5", True),  # 3 + 0.5
        ("(rebound.z + 2) * rebound.relative == 1.25", True),  # 5 * 0.25
        ("-rebound.z == -3", True),
        ("+rebound.z == 3", True),
        ("- - rebound.z == 3", True),
        ("rebound.z > 1e-3", True),
        ("rebound.z > 1_000", False),
        ("  rebound.z > 1  ", True),
        ("(((rebound.z > 1)))", True),
        ("rebound.z > 5 or not (rebound.z > 4 and history.has_validation)", True),
    ],
)
def test_accepted_clause_is_judged(clause: str, expected: bool) -> None:
    assert parse(clause).judge(MEASURED) is expected


OUTSIDE = "clauses can't contain this"


@pytest.mark.parametrize(
    ("clause", "complaint"),
    [
        ("", "the clause is empty"),
        ("   ", "the clause is empty"),
        ("rebound.z >", "not a clause"),
        ("rebound.z > 1; rebound.z > 2", "not a clause"),
        ("rebound.z = 1", "not a clause"),
        ("(rebound.z > 1", "not a clause"),
        ("rebound.z > 1if 1 else 2", "not a clause"),
        ("rebound.z > 1\n and rebound.z < 2", "one line of printable characters"),
        ("rebound.z > 1 \x1b[31m", "one line of printable characters"),
        ("rebound.z > 1 or '\\d' == optimizer.name", "not a clause"),
        ("__import__('os').system('true')", OUTSIDE),
        ("open('/etc/passwd') == optimizer.name", OUTSIDE),
        ("().__class__.__bases__", "only a measurement's name may contain a dot"),
        ("'a'.join == optimizer.name", "only a measurement's name may contain a dot"),
        ("rebound.z.__class__ == 1", "unknown measurement 'rebound.z.__class__'"),
        ("(rebound.z > 1).real", "only a measurement's name may contain a dot"),
        ("(lambda: 1) == 1", OUTSIDE),
        ("[rebound.z] == [1]", OUTSIDE),
        ("[x for x in optimizer.name]", OUTSIDE),
        ("{1: 2} == 1", OUTSIDE),
        ("{rebound.z} == 1", OUTSIDE),
        ("any(x for x in optimizer.name)", OUTSIDE),
        ("(x := rebound.z) > 1", OUTSIDE),
        ("f'{rebound.z}' == optimizer.name", OUTSIDE),
        ("f'plain' == optimizer.name", OUTSIDE),
        ("b'adam' == optimizer.name", OUTSIDE),
        ("optimizer.name[0] == 'a'", OUTSIDE),
        ("rebound.z if history.has_validation else 1", OUTSIDE),
        ("rebound.z > 9 ** 9 ** 9", OUTSIDE),
        ("rebound.z % 2 == 1", OUTSIDE),
        ("rebound.z // 2 == 1", OUTSIDE),
        ("rebound.z > 1 << 1000000", OUTSIDE),
        ("rebound.z @ rebound.z > 1", OUTSIDE),
        ("~rebound.z > 1", OUTSIDE),
        ("rebound.z == None", OUTSIDE),
        ("rebound.z == ...", OUTSIDE),
        ("rebound.z == 1j", OUTSIDE),
        ("(await rebound.z) > 1", OUTSIDE),
        ("(yield) == 1", OUTSIDE),
        ("*rebound.z", "not a clause"),
        ("rebound.z > 1, rebound.z > 2", OUTSIDE),
        ("optimizer.name in 'adam'", "'in' and 'is' are not part of the language"),
        ("optimizer.name is 'adam'", "'in' and 'is' are not part of the language"),
        ("history.has_validation == True", "write a truth's name alone"),
        ("rebound.z > 1e999", "the number is too large"),
        ("rebound.z > " + "9" * 400, "the number is too large"),
        ("1 < 2", "a clause must name a measurement"),
        ("'a' == 'a'", "a clause must name a measurement"),
        ("rebound.z", "a clause must be true or false, but this is a number"),
        ("optimizer.name", "a clause must be true or false, but this is a text"),
        ("rebound.z + 1", "a clause must be true or false, but this is a number"),
        ("not rebound.z", "a true/false value is needed here, but this is a number"),
        ("rebound.z and rebound.z > 1", "is needed here, but this is a number"),
        (
            "history.has_validation + 1 > 1",
            "a number is needed here, but this is a true/false value",
        ),
        ("optimizer.name * 2 == 'aa'", "a number is needed here, but this is a text"),
        ("-optimizer.name == 'a'", "a number is needed here, but this is a text"),
        ("optimizer.name == 1", "cannot compare a text with a number"),
        ("history.has_validation == 1", "cannot compare a true/false value with a number"),
        ("optimizer.name < 'b'", "a text has no order; use == or !="),
        ("history.has_validation > regularization.has_l2", "has no order"),
        ("epochs > 1", "unknown measurement 'epochs'"),
        ("layer.norm > 1", "'layer.norm' is measured for each layer; say scope = \"layer\""),
    ],
)
def test_anything_else_is_refused_with_its_place(clause: str, complaint: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(clause)

    assert message.startswith("rules/x.toml: when[2]: ")
    assert complaint in message


@pytest.mark.parametrize(
    "clause",
    [
        "(" * 220 + "rebound.z > 1" + ")" * 220,
        "not " * 110 + "history.has_validation",
        "-" * 480 + "rebound.z > 1",
        "rebound.z" + " + 1" * 100 + " > 1",
        "rebound.z > " + "(1 + " * 80 + "1" + ")" * 80,
        "rebound" + ".z" * 240 + " > 1",
        "rebound.z > 1" + " " * MAX_LENGTH + "or rebound.z > 2",
        "rebound.z > 1 or " * 100_000 + "rebound.z > 1",
        "9**" * 160 + "9 > rebound.z",
    ],
    ids=lambda clause: clause[:24],
)
def test_deep_and_long_clauses_are_refused(clause: str) -> None:
    assert refusal(clause).startswith("rules/x.toml: when[2]: ")


def test_a_clause_may_be_as_long_and_as_deep_as_the_bounds_and_no_more() -> None:
    longest = f"rebound.z > {'1' * 300}.{'0' * (MAX_LENGTH - 313)}"
    deepest = "not " * MAX_DEPTH + "history.has_validation"

    assert len(longest) == MAX_LENGTH
    assert parse(longest).judge(MEASURED) is False  # 3 > 1e299
    assert "501 characters" in refusal(f"{longest}0")
    assert parse(deepest).judge(MEASURED) is True  # an even number of nots
    assert "nested more than 20 deep" in refusal(f"not {deepest}")
    assert "nested more than 20 deep" in refusal("not " * (MAX_DEPTH - 1) + "- - rebound.z > 1")


@pytest.mark.parametrize(
    ("clause", "marks"),
    [
        ("rebound.z > 1 > optimizer.name", "                ^^^^^^^^^^^^^^"),
        ("rebound.z >> 2 > 1", "^^^^^^^^^^^^^^"),
        ("history.has_validation and rebound.z", "                           ^^^^^^^^^"),
        ("rebound.z > 1 1", "              ^"),
        ("rebound.z >", "           ^"),
    ],
)
def test_the_fault_is_marked(clause: str, marks: str) -> None:
    _, shown, carets = refusal(clause).splitlines()

    assert shown.removeprefix("    ") == clause
    assert carets.removeprefix("    ") == marks


def test_an_unknown_name_is_marked_and_the_nearest_is_offered() -> None:
    assert refusal("history.epochs > 8 and rebound.relativ > 0.05") == (
        "rules/x.toml: when[2]: unknown measurement 'rebound.relativ'; "
        "did you mean 'rebound.relative'?\n"
        "    history.epochs > 8 and rebound.relativ > 0.05\n"
        "                           ^^^^^^^^^^^^^^^"
    )


def test_the_mark_counts_characters_where_text_is_not_ascii() -> None:
    lines = refusal("optimizer.name == 'größer' and rebound.q > 1").splitlines()

    assert lines[2].index("^") == lines[1].index("rebound.q")
    assert lines[2].count("^") == len("rebound.q")


def test_layer_rules_may_use_names_of_layers_and_of_the_model() -> None:
    condition = parse("layer.norm > 1 and history.epochs > 8 and layer.norm < 9", LAYER)

    assert condition.names == ("layer.norm", "history.epochs")


HAS = "history.has_validation"
L2 = "regularization.has_l2"
ABSENT = Missing(reason="no validation loss was logged", needs="validation")


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (False, True, False, True),
        (False, False, False, False),
        (None, False, False, None),
        (False, None, False, None),
        (None, True, None, True),
        (True, None, None, True),
        (None, None, None, None),
    ],
)
def test_three_valued_and_or(
    a: bool | None, b: bool | None, both: bool | None, either: bool | None
) -> None:
    values = {n: t for n, t in ((HAS, a), (L2, b)) if t is not None}
    absent = {n: ABSENT for n, t in ((HAS, a), (L2, b)) if t is None}
    found = Readings(values=values, missing=absent)

    for operator, expected in (("and", both), ("or", either)):
        judgement = parse(f"{HAS} {operator} {L2}").judge(found)
        if expected is None:
            assert judgement == Undecided(missing=absent)
        else:
            assert judgement is expected


def test_not_of_undecided_is_undecided() -> None:
    found = Readings(missing={HAS: ABSENT})

    assert parse(f"not {HAS}").judge(found) == Undecided(missing={HAS: ABSENT})


def test_a_chain_is_false_as_soon_as_one_pair_is() -> None:
    found = readings({"rebound.z": 1.0}, rebound__relative=ABSENT)

    assert parse("5 < rebound.z < rebound.relative").judge(found) is False
    assert parse("0 < rebound.z < rebound.relative").judge(found) == Undecided(
        missing={"rebound.relative": ABSENT}
    )


def test_arithmetic_lacks_what_both_sides_lack() -> None:
    found = readings(rebound__relative=ABSENT, rebound__z=ABSENT)

    assert parse("rebound.relative + 2 * rebound.z > 1").judge(found) == Undecided(
        missing={"rebound.relative": ABSENT, "rebound.z": ABSENT}
    )


def test_a_name_that_nobody_measured_is_missing() -> None:
    assert parse("rebound.z > 1").judge(Readings()) == Undecided(
        missing={"rebound.z": Missing(reason="not measured")}
    )


def test_division_by_zero_is_undecided_and_says_where() -> None:
    found = readings({"rebound.relative": 1.0, "rebound.z": 0.0, "history.epochs": 9})

    clause = parse("history.epochs + rebound.relative / rebound.z > 1")

    assert clause.judge(found) == Undecided(
        missing={"rebound.relative / rebound.z": Missing(reason="division by zero")}
    )


def test_overflow_is_undecided() -> None:
    found = readings({"rebound.z": 1e300})

    assert parse("rebound.z * rebound.z > 1").judge(found) == Undecided(
        missing={"rebound.z * rebound.z": Missing(reason="not a finite number")}
    )


def test_a_false_and_a_zero_are_values_not_missing() -> None:
    found = readings({"rebound.z": 0.0, HAS: False, "optimizer.name": ""})

    assert parse("rebound.z == 0").judge(found) is True
    assert parse(f"not {HAS}").judge(found) is True
    assert parse("optimizer.name == ''").judge(found) is True
