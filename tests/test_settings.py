"""Settings come from pyproject.toml, then the environment, then flags."""

from pathlib import Path

import pytest

from advisor.errors import SettingsError
from advisor.settings import Settings, load_settings, with_flags


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
        ("format = 'pdf'", "one of rich, json, markdown is expected, not 'pdf'"),
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
