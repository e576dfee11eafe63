import os
from pathlib import Path

import pytest

from advisor.errors import RuleError, UsageError
from advisor.regularization import FAMILIES
from advisor.rulebook import rulebook
from advisor.rulebook.rule import StrengthRange, Suggestion
from advisor.rulebook.rule_file import MAX_BYTES, read_rule
from advisor.rulebook.rulebook import load_rules, select_rules, shipped_rules
from tests.rulebook.sample_rules import CATALOG, LARGE_LAYER, REBOUND, write_rule

KNOWN = ", ".join(FAMILIES)


def refusal(folder: Path, *changes: tuple[str, str], text: str = REBOUND) -> str:
    file = write_rule(folder, text, *changes)
    with pytest.raises(RuleError) as caught:
        read_rule(file, CATALOG)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    return message.removeprefix(f"{file}: ")


def test_a_rule_is_read_with_every_field(tmp_path: Path) -> None:
    added = (
        'cite = ["P',
        'caveat = """\nNoise of\n{rebound.z:.1f}."""\nscope = "model"\ncite = ["P',
    )
    rule = read_rule(write_rule(tmp_path, REBOUND, added), CATALOG)

    assert rule.id == "loss-rebounds"
    assert rule.title == "Validation loss ends {rebound.relative:.0%} above its best"
    assert rule.rationale == "Training went on after the best epoch."
    assert rule.cite == ("Prechelt (1998), Early Stopping - But When?",)
    assert rule.when == ("history.epochs >= 8", "rebound.relative > 0.05")
    assert [condition.names for condition in rule.conditions] == [
        ("history.epochs",),
        ("rebound.relative",),
    ]
    assert (rule.scope, rule.verdict, rule.severity) == ("model", "overfitting", "moderate")
    assert rule.caveat == "Noise of {rebound.z:.1f}."
    assert rule.suggest == Suggestion(
        weights={"dropout": 1.0, "l2": 0.6},
        strengths={"dropout": StrengthRange(start=0.3, low=0.1, high=0.5)},
        where="hidden",
        reduce=(),
        forbid=("l1",),
    )
    assert rule.example == {"history.epochs": 40.0, "rebound.relative": 0.4}
    assert rule.counterexamples == {
        "too short to tell": {"history.epochs": 5.0},
        "a wobble": {"rebound.relative": 0.03},
    }
    assert rule.source == str(tmp_path / "loss-rebounds.toml")


def test_paragraphs_of_a_rationale_become_lines(tmp_path: Path) -> None:
    text = ('"Training went on after the best epoch."', '"""\nOne\n  and two.\n\n\n\nThree.\n"""')

    assert read_rule(write_rule(tmp_path, REBOUND, text), CATALOG).rationale == (
        "One and two.\n\nThree."
    )


def test_a_suggestion_may_be_a_strength_alone(tmp_path: Path) -> None:
    table = ('forbid = ["l1"]', "strength_without_data = { l2 = 0.01, dropout = 0.2 }")
    suggest = read_rule(write_rule(tmp_path, REBOUND, table), CATALOG).suggest

    assert suggest is not None
    assert suggest.strength_without_data == {"l2": 0.01, "dropout": 0.2}


def test_a_suggestion_may_be_a_veto_alone(tmp_path: Path) -> None:
    before, after = REBOUND.index("weights ="), REBOUND.index("forbid =")
    file = write_rule(tmp_path, REBOUND[:before] + REBOUND[after:])

    assert read_rule(file, CATALOG).suggest == Suggestion(forbid=("l1",))


def test_bounds_of_weights_and_strengths_are_allowed(tmp_path: Path) -> None:
    single = ("{ start = 0.3, low = 0.1, high = 0.5 }", "{ start = 0, low = 0, high = 0 }")
    weight = ("l2 = 0.6", "l2 = 0")

    suggest = read_rule(write_rule(tmp_path, REBOUND, single, weight), CATALOG).suggest

    assert suggest is not None
    assert suggest.weights == {"dropout": 1.0, "l2": 0.0}
    assert suggest.strengths == {"dropout": StrengthRange(start=0, low=0, high=0)}


def test_names_of_an_example_may_be_quoted_or_nested_tables(tmp_path: Path) -> None:
    change = ("history.epochs = 40", '"history.epochs" = 40\noptimizer = { name = "adam" }')

    assert read_rule(write_rule(tmp_path, REBOUND, change), CATALOG).example == {
        "history.epochs": 40.0,
        "optimizer.name": "adam",
        "rebound.relative": 0.4,
    }


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("severity =", "severty =", "severty: unknown key; did you mean 'severity'?"),
        ("severity =", "zzz = 1\nseverity =", "zzz: unknown key; the keys are id, title,"),
        ("forbid =", "forbids =", "suggest.forbids: unknown key; did you mean 'forbid'?"),
        ("low = 0.1", "lower = 0.1", "suggest.strengths.dropout.lower: unknown key; did you"),
        ("l2 = 0.6", "l3 = 0.6", f"suggest.weights.l3: unknown key; the keys are {KNOWN}"),
        ("cite =", "caveat = []\ncite =", "caveat: a text is expected, not an empty list"),
        ('cite = ["Prechelt (1998), Early Stopping - But When?"]', "", "cite: this key is missing"),
        (
            'cite = ["Prechelt (1998), Early Stopping - But When?"]',
            "cite = []",
            "not an empty list",
        ),
        ('cite = ["Prechelt (1998), Early Stopping - But When?"]', 'cite = "x"', "a list of texts"),
        ("Prechelt (1998), Early Stopping - But When?", " ", "cite: a line of printable text"),
        ('"overfitting"', '"overfiting"', "not 'overfiting'; did you mean 'overfitting'?"),
        ('"overfitting"', '"undecided"', "verdict: one of diverged, over-regularized,"),
        ('"overfitting"', "3", "verdict: one of diverged"),
        (
            '"overfitting"',
            '"healthy"',
            "severity: a healthy model has none, but this is 'moderate'",
        ),
        ('"moderate"', '"none"', "severity: 'overfitting' needs mild, moderate or severe"),
        ('"moderate"', '"bad"', "severity: one of none, mild, moderate, severe is expected"),
        ('"Training went on after the best epoch."', '""', "rationale: a text is expected"),
        ('"Training went', '"\\u001b[31mTraining went', "rationale: a line of printable text"),
        ("l2 = 0.6", "l2 = 2.6", "suggest.weights.l2: 2.6 is not between 0 and 2"),
        ("l2 = 0.6", "l2 = true", "suggest.weights.l2: a number is expected, not true"),
        ("l2 = 0.6", "l2 = nan", "suggest.weights.l2: a finite number is expected"),
        ("low = 0.1", "low = 0.4", "start: low <= start <= high is needed: 0.4, 0.3, 0.5"),
        ("high = 0.5", "high = 0.2", "start: low <= start <= high is needed: 0.1, 0.3, 0.2"),
        ("high = 0.5", "high = 1.0", "dropout.high: a dropout rate must be below 1, but it is 1"),
        ("low = 0.1", "low = -0.1", "dropout.low: -0.1 is not between 0 and inf"),
        ("low = 0.1, ", "", "suggest.strengths.dropout.low: this key is missing"),
        (
            'forbid = ["l1"]',
            'forbid = ["l4"]',
            f"suggest.forbid: one of {KNOWN} is expected",
        ),
        ('forbid = ["l1"]', 'forbid = "l1"', f"suggest.forbid: a list of {KNOWN}"),
        (
            'forbid = ["l1"]',
            "strength_without_data = { l2 = 0 }",
            "suggest.strength_without_data.l2: it must be above 0",
        ),
        (
            'forbid = ["l1"]',
            "strength_without_data = { dropout = 1.0 }",
            "suggest.strength_without_data.dropout: it must be above 0",
        ),
        (
            'forbid = ["l1"]',
            "strength_without_data = { l3 = 0.1 }",
            "suggest.strength_without_data.l3: unknown key",
        ),
        ('forbid = ["l1"]', 'where = "everywhere"', "suggest.where: one of hidden, first,"),
        ('forbid = ["l1"]', 'where = "layer"', "suggest.where: 'layer' needs a rule with scope"),
        ("weights = { dropout = 1.0, l2 = 0.6 }", "weights = 3", "weights: a table is expected"),
        ("[suggest]", "[[suggest]]", "suggest: a table is expected, not a list"),
        ("epochs = 40", 'epochs = "40"', "example.history.epochs: a number is expected, not '40'"),
        ("epochs = 40", "epochs = true", "example.history.epochs: a number is expected, not true"),
        ("epochs = 40", "epochs = inf", "example.history.epochs: a finite number is expected"),
        ("epochs = 40", "epochs = 2020-01-01", "a number is expected, not 2020-01-01"),
        ("epochs = 40", 'epochs = "missing"', "a number is expected, not 'missing'"),
        ("epochs = 40", "epoch = 40", "example: unknown measurement 'history.epoch'; did you"),
        ("epochs = 40", "has_validation = 1", "example.history.has_validation: a true/false value"),
        ("epochs = 40", f"epochs{'.a' * 20} = 1", "example: the name 'history.epochs.a.a"),
        ("epochs = 40", "epochs = 40\nlayer.norm = 3", "'layer.norm' is measured for each layer"),
        (
            "{ history.epochs = 5 }",
            "{ history.epoc = 5 }",
            "counterexamples.too short to tell: unk",
        ),
        ("{ history.epochs = 5 }", "5", "counterexamples.too short to tell: a table is expected"),
        ("{rebound.relative:.0%}", "{rebound.q}", "title: unknown measurement 'rebound.q'"),
        ('"history.epochs >= 8"', '"history.epochs"', "when[0]: a clause must be true or false"),
        ('"history.epochs >= 8"', "8", "when: a list of texts is expected, not a list"),
        ('"history.epochs >= 8"', '"layer.norm > 3"', "when[0]: 'layer.norm' is measured for each"),
        ('"history.epochs >= 8",', '"rebound.z > 1",' * 31, "when: 32 clauses, but at most 30"),
        ("[suggest]", "[suggest", "not TOML: "),
        ("[suggest]", "[example]", "not TOML: "),
        ("[suggest]", f"x = {'9' * 5000}\n[suggest]", "not TOML: "),
        ("[suggest]", f"x = {'[' * 5000}\n[suggest]", "too deeply nested"),
        ("[suggest]", f"x{'.x' * 300} = 1\n[suggest]", "a line has more than 200 dots"),
        ("[suggest]", f"# {'x' * MAX_BYTES}\n[suggest]", "larger than 65536 bytes"),
        ('id = "loss-rebounds"', 'id = "Loss-Rebounds"', "id: 'Loss-Rebounds' is not lower-case"),
        ('id = "loss-rebounds"', 'id = "loss_rebounds"', "is not lower-case-words-with-dashes"),
        ('id = "loss-rebounds"', 'id = "loss--rebounds"', "is not lower-case-words-with-dashes"),
        ('id = "loss-rebounds"', 'id = 3\n# id = "three"', "id: a text is expected, not 3"),
    ],
)
def test_what_is_not_a_rule_is_refused_by_file_and_key(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert complaint in refusal(tmp_path, (old, new))


def test_a_file_called_otherwise_than_its_id_is_refused(tmp_path: Path) -> None:
    file = write_rule(tmp_path).rename(tmp_path / "other.toml")

    with pytest.raises(RuleError, match=r"id: 'loss-rebounds' is not the file's name; call the"):
        read_rule(file, CATALOG)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "loss-rebounds.toml"
    file.write_bytes(b'id = "\xff"')

    with pytest.raises(RuleError, match="not UTF-8 text"):
        read_rule(file, CATALOG)


def test_rules_of_all_folders_are_sorted_by_id(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    write_rule(one, REBOUND)
    write_rule(two, LARGE_LAYER)
    (two / "README.md").write_text("not a rule")

    assert [rule.id for rule in load_rules([one, two], CATALOG)] == [
        "layer-is-large",
        "loss-rebounds",
    ]


def test_a_later_folder_replaces_a_rule(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    write_rule(one, REBOUND)
    write_rule(one, LARGE_LAYER)
    write_rule(two, REBOUND, ('"moderate"', '"severe"'))

    kept, replaced = load_rules([one, two], CATALOG)

    assert (kept.id, kept.source) == ("layer-is-large", str(one / "layer-is-large.toml"))
    assert (replaced.severity, replaced.source) == ("severe", str(two / "loss-rebounds.toml"))


def test_a_folder_given_twice_is_refused(tmp_path: Path) -> None:
    write_rule(tmp_path)

    with pytest.raises(RuleError, match="is given twice"):
        load_rules([tmp_path, tmp_path / "." / ".." / tmp_path.name], CATALOG)


def test_folders_without_rules_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="contains no rules"):
        load_rules([tmp_path], CATALOG)
    with pytest.raises(RuleError, match="not a folder of rules"):
        load_rules([tmp_path / "absent"], CATALOG)
    with pytest.raises(RuleError, match="not a folder of rules"):
        load_rules([write_rule(tmp_path)], CATALOG)


def test_a_pipe_called_as_a_rule_is_refused_without_reading(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")

    with pytest.raises(RuleError, match=r"'pipe.toml' is not an ordinary file"):
        load_rules([tmp_path], CATALOG)


def test_rules_are_selected_and_ignored_by_id(tmp_path: Path) -> None:
    write_rule(tmp_path, REBOUND)
    write_rule(tmp_path, LARGE_LAYER)
    rules = load_rules([tmp_path], CATALOG)

    assert select_rules(rules) == rules
    assert [r.id for r in select_rules(rules, select=["loss-rebounds"])] == ["loss-rebounds"]
    assert [r.id for r in select_rules(rules, ignore=["loss-rebounds"])] == ["layer-is-large"]
    assert select_rules(rules, select=["loss-rebounds"], ignore=["loss-rebounds"]) == ()
    with pytest.raises(UsageError, match="unknown rule 'loss-rebound'; did you mean 'loss-reb"):
        select_rules(rules, select=["loss-rebound"])
    with pytest.raises(UsageError, match="unknown rule 'zzz'; `advisor rules` lists them"):
        select_rules(rules, ignore=["zzz"])


def test_the_shipped_rules_are_a_folder_of_toml_files() -> None:
    assert any(shipped_rules().glob("*.toml"))


def test_shipped_rules_are_in_the_package_or_else_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "advisor" / "rulebook" / "rulebook.py"
    monkeypatch.setattr(rulebook, "__file__", str(module))

    assert shipped_rules() == tmp_path / "rules"
    (tmp_path / "advisor" / "rules").mkdir(parents=True)
    assert shipped_rules() == tmp_path / "advisor" / "rules"
