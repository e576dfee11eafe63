"""Settings come from pyproject.toml, then the environment, then flags."""

from datetime import date
from pathlib import Path

import pytest

from advisor.errors import SettingsError
from advisor.settings.gate import Limit, Waiver
from advisor.settings.report_formats import FORMAT_NAMES
from advisor.settings.settings import GateSettings, Settings
from advisor.settings.sources import load_settings, with_flags, with_table


def write_project(folder: Path, table: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[tool.advisor]\n{table}\n", encoding="utf-8")
    return folder


def test_defaults_where_nothing_is_set(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert load_settings(tmp_path, {}) == Settings()


def test_project_file_is_found_above_the_folder(tmp_path: Path) -> None:
    inner = write_project(tmp_path, "val-size = 500") / "a" / "b"
    inner.mkdir(parents=True)
    assert load_settings(inner, {}).val_size == 500


def test_environment_goes_before_the_project_and_flags_before_both(tmp_path: Path) -> None:
    project = write_project(tmp_path, "val-size = 500\ntrain-size = 1000\nformat = 'json'")
    settings = load_settings(project, {"ADVISOR_VAL_SIZE": "600", "ADVISOR_TRAIN_SIZE": "2000"})
    settings = with_flags(settings, {"train_size": 3000, "val_size": None, "select": []})
    assert (settings.val_size, settings.train_size, settings.format) == (600, 3000, "json")


def test_journal_is_kept_unless_a_file_a_variable_or_a_flag_says_no(tmp_path: Path) -> None:
    project = write_project(tmp_path, "journal = false")
    assert Settings().journal
    assert not load_settings(project, {}).journal
    assert load_settings(project, {"ADVISOR_JOURNAL": "yes"}).journal
    assert not with_flags(Settings(), {"journal": False}).journal
    assert with_flags(Settings(), {"journal": None}).journal


def test_rule_folders_are_relative_to_the_project_file(tmp_path: Path) -> None:
    project = write_project(tmp_path, "rules = ['ours']")
    assert load_settings(project, {}).rules == (tmp_path / "ours",)


def test_metric_directions_as_a_table_a_variable_and_flags(tmp_path: Path) -> None:
    project = write_project(tmp_path, "metric = { lift = 'max' }")
    assert load_settings(project, {}).metric == {"lift": "max"}
    assert load_settings(project, {"ADVISOR_METRIC": "lift:min,cost:min"}).metric == {
        "lift": "min",
        "cost": "min",
    }
    flags = with_flags(Settings(), {"metric": ["val:of:x:max"]})
    assert flags.metric == {"val:of:x": "max"}


def test_lists_of_rules_split_at_commas(tmp_path: Path) -> None:
    settings = with_flags(Settings(), {"select": ["a, b", "c"]})
    assert settings.select == ("a", "b", "c")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("val-siz = 3", "[tool.advisor] val-siz: unknown setting; did you mean 'val-size'?"),
        ("val-size = 0", "val-size: a whole number of at least 1 is expected, not 0"),
        ("val-size = true", "a whole number of at least 1 is expected, not True"),
        ("format = 'pdf'", f"one of {', '.join(FORMAT_NAMES)} is expected, not"),
        ("metric = { lift = 'up' }", "lift: the direction is 'max' or 'min', not 'up'"),
        ("select = 3", "a list of names is expected, not 3"),
        ("rules = 7", "a list of folders is expected, not 7"),
    ],
)
def test_wrong_settings_say_where_and_what(tmp_path: Path, table: str, message: str) -> None:
    project = write_project(tmp_path, table)
    with pytest.raises(SettingsError) as caught:
        load_settings(project, {})
    assert message in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_wrong_variable_and_wrong_flag_are_named() -> None:
    with pytest.raises(SettingsError, match="^ADVISOR_VALSIZE: .*; did you mean ADVISOR_VAL_SIZE"):
        load_settings(Path("/"), {"ADVISOR_VALSIZE": "3"})
    with pytest.raises(SettingsError, match="^ADVISOR_VAL_SIZE: .* not 'many'"):
        load_settings(Path("/"), {"ADVISOR_VAL_SIZE": "many"})
    with pytest.raises(SettingsError, match="^--metric: 'lift' has no direction"):
        with_flags(Settings(), {"metric": ["lift"]})


def test_project_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.advisor", encoding="utf-8")
    with pytest.raises(SettingsError, match="pyproject.toml: cannot be read"):
        load_settings(tmp_path, {})


GATE = """
[tool.advisor.gate]
fail-on = "mild"
fail-on-verdict = ["underfitting", "diverged"]
inconclusive = "fail"
baseline = "ci/main.json"
max-rebound = "5%"
max-gap = { acc = 0.05, val_loss = "30%" }
max-regression = { loss = 0.01 }

[[tool.advisor.gate.waivers]]
check = "gap.accuracy"
reason = "few rows until March"
expires = 2030-03-01
model = "models/*.keras"
"""


def test_gate_is_a_table_of_its_own(tmp_path: Path) -> None:
    assert load_settings(write_project(tmp_path, GATE), {}).gate == GateSettings(
        fail_on="mild",
        fail_on_verdict=("underfitting", "diverged"),
        inconclusive="fail",
        baseline=tmp_path / "ci" / "main.json",
        max_rebound={"loss": Limit(amount=0.05, is_relative=True)},
        max_gap={
            "accuracy": Limit(amount=0.05, is_relative=False),
            "loss": Limit(amount=0.3, is_relative=True),
        },
        max_regression={"loss": Limit(amount=0.01, is_relative=False)},
        waivers=(
            Waiver(
                check="gap.accuracy",
                reason="few rows until March",
                expires=date(2030, 3, 1),
                model="models/*.keras",
            ),
        ),
    )


def test_gates_flags_and_variables_stand_among_the_others(tmp_path: Path) -> None:
    variables = {
        "ADVISOR_FAIL_ON": "severe",
        "ADVISOR_FAIL_ON_VERDICT": "diverged, underfitting",
        "ADVISOR_MAX_GAP": "accuracy=0.1",
        "ADVISOR_BASELINE": "other.json",
    }
    gate = load_settings(write_project(tmp_path, GATE), variables).gate
    assert (gate.fail_on, gate.fail_on_verdict) == ("severe", ("diverged", "underfitting"))
    assert gate.baseline == Path("other.json")
    gate = with_flags(Settings(), {"max_rebound": ["0.1", "auc=2%"], "val_size": 10}).gate
    assert gate.max_rebound == {
        "loss": Limit(amount=0.1, is_relative=False),
        "auc": Limit(amount=0.02, is_relative=True),
    }
    assert with_flags(Settings(), {"max_gap": 0.0}).gate.max_gap == {
        "loss": Limit(amount=0.0, is_relative=False)
    }


def test_a_cap_by_flag_leaves_those_of_other_metrics(tmp_path: Path) -> None:
    settings = load_settings(write_project(tmp_path, GATE), {})
    gate = with_flags(settings, {"max_gap": ["loss=10%"]}).gate
    assert gate.max_gap["accuracy"].amount == 0.05
    assert gate.max_gap["loss"].amount == pytest.approx(0.1)


def test_nothing_set_asks_for_no_gate() -> None:
    assert not Settings().gate.is_asked_for
    assert with_flags(Settings(), {"max_gap": 0}).gate.is_asked_for
    assert not with_flags(Settings(), {"inconclusive": "fail"}).gate.is_asked_for


def test_a_table_of_a_manifest_holds_every_setting(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    settings = with_table(
        Settings(seed=3),
        {"val-size": 10, "fail-on": "mild", "max_gap": {"loss": 1}, "baseline": "main.json"},
        file,
        "[[run]] 1",
    )
    assert (settings.seed, settings.val_size, settings.gate.fail_on) == (3, 10, "mild")
    assert settings.gate.baseline == tmp_path / "main.json"
    with pytest.raises(SettingsError, match=r"models.toml: \[\[run\]\] 2 fail-un: unknown .*'fail"):
        with_table(Settings(), {"fail-un": "mild"}, file, "[[run]] 2")


WAIVER = "[[gate.waivers]]\ncheck = 'severity'\nreason = 'r'\nexpires = 2030-01-01\n"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("gate = 3", "[tool.advisor] gate: a table is expected, not 3"),
        ("gate.fail-onn = 'mild'", "[tool.advisor.gate] fail-onn: unknown setting; did you mean"),
        ("fail-on = 'mild'", "fail-on: unknown setting; it belongs in [tool.advisor.gate] as"),
        ("gate.val-size = 3", "val-size: unknown setting; it belongs in [tool.advisor] as 'val"),
        ("gate.fail-on = 'high'", "one of mild, moderate, severe is expected, not 'high'"),
        (
            "gate.fail-on-verdict = ['overfitting']",
            "not 'overfitting'; for overfitting use fail-on",
        ),
        ("gate.inconclusive = 'pass'", "one of warn, fail is expected, not 'pass'"),
        ("gate.max-gap = '-5%'", "max-gap: a number or a share such as 5%, 0 or more, is expected"),
        ("gate.max-gap = { auc = 'x', loss = 1 }", "max-gap: auc: a number or a share such as 5%"),
        ("gate.max-gap = true", "0 or more, is expected, not True"),
        ("gate.max-gap = 'inf'", "0 or more, is expected, not 'inf'"),
        ("gate.max-gap = { acc = 1, accuracy = 2 }", "max-gap: accuracy has two caps; keep one"),
        ("gate.max-gap = ''", "a number or a share such as 5% is expected, not ''"),
        ("gate.max-gap = '=5%'", "max-gap: a metric is expected before the '='"),
        ("gate.max-gap = { '' = 1 }", "max-gap: a metric is expected before the '='"),
        ("gate.baseline = 3", "baseline: the path of a report is expected, not 3"),
        ("gate.baseline = '.'", "baseline: the path of a report is expected, not '.'"),
        ("gate.waivers = [3]", "waivers: tables with check, reason and expires are expected"),
        (WAIVER.replace("'severity'", "'gapp.loss'"), "waivers 1: check: the id of a check"),
        (WAIVER.replace("'r'", "' '"), "waivers 1: reason: say why severity may fail, not ' '"),
        (WAIVER.replace("reason = 'r'\n", ""), "waivers 1: reason: say why severity may fail"),
        (
            WAIVER.replace("2030-01-01", "'2030-01-01'"),
            "expires: a date without quotes is expected",
        ),
        (WAIVER.replace("2030-01-01", "2030-01-01T00:00:00"), "a date without quotes is expected"),
        (
            WAIVER.replace("expires = 2030-01-01\n", ""),
            "expires: a date without quotes is expected",
        ),
        (WAIVER + "until = 3", "waivers 1: 'until' is unknown; it takes check, reason, expires"),
        (WAIVER + "model = ' '", "waivers 1: model: a name, a path or a glob is expected"),
    ],
)
def test_wrong_gates_say_where_and_what(tmp_path: Path, table: str, message: str) -> None:
    project = write_project(tmp_path, table.replace("[[gate", "[[tool.advisor.gate"))
    with pytest.raises(SettingsError) as caught:
        load_settings(project, {})
    assert message in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_waivers_are_too_large_for_a_variable() -> None:
    with pytest.raises(SettingsError, match=r"ADVISOR_WAIVERS: .* \[tool.advisor.gate\] as 'waive"):
        load_settings(Path("/"), {"ADVISOR_WAIVERS": "severity"})
