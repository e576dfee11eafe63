"""The manifest of several runs: whose setting wins, and what has no place in it."""

from pathlib import Path

import pytest

from advisor.cli.manifest import read_manifest
from advisor.errors import AdvisorError, InputError, SettingsError
from advisor.settings.gate import Limit
from advisor.settings.settings import Settings
from advisor.settings.sources import with_flags


def manifest(folder: Path, text: str) -> Path:
    file = folder / "models.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_runs_have_files_beside_the_manifest_and_settings_of_their_own(tmp_path: Path) -> None:
    file = manifest(
        tmp_path,
        """
        [[run]]
        name = "digits"
        model = "digits/model.keras"
        history = "digits/history.json"
        val-size = 500
        max-gap = { accuracy = 0.05 }
        baseline = "digits/main.json"
        data = "digits/rows.npz"

        [[run]]
        history = "other.csv"
        fail-on = "severe"
        """,
    )
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "rows.npz").touch()
    project = with_flags(Settings(), {"val_size": 7, "fail_on": "mild"})
    digits, other = read_manifest(file, project)
    assert (digits.name, other.name) == ("digits", "other.csv")
    assert digits.model == tmp_path / "digits" / "model.keras"
    assert digits.history == tmp_path / "digits" / "history.json"
    assert (other.model, other.history) == (None, tmp_path / "other.csv")
    assert (digits.settings.val_size, other.settings.val_size) == (500, 7)
    assert (digits.settings.gate.fail_on, other.settings.gate.fail_on) == ("mild", "severe")
    assert digits.settings.gate.max_gap == {"accuracy": Limit(amount=0.05, is_relative=False)}
    assert digits.settings.gate.baseline == tmp_path / "digits" / "main.json"
    assert digits.settings.data == str(tmp_path / "digits" / "rows.npz")


def test_waivers_may_stand_in_a_run(tmp_path: Path) -> None:
    file = manifest(
        tmp_path,
        '[[run]]\nhistory = "h.json"\n[[run.waivers]]\ncheck = "severity"\n'
        'reason = "known"\nexpires = 2030-01-31\n',
    )
    (run,) = read_manifest(file, Settings())
    assert run.settings.gate.waivers[0].reason == "known"


RUN = '[[run]]\nhistory = "h.json"\n'


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", SettingsError, "holds no [[run]] table; write one for each run"),
        ("run = 3", SettingsError, "holds no [[run]] table"),
        ('[[runs]]\nhistory = "h"', SettingsError, "runs: unknown key; did you mean 'run'?"),
        ("[[run]]\n", SettingsError, "run 1: names neither a model nor a history"),
        (RUN + "val-siz = 3", SettingsError, "run 1 val-siz: unknown setting; did you mean 'val-"),
        (RUN + 'modle = "m"', SettingsError, "run 1 modle: unknown key; did you mean 'model'?"),
        (RUN + RUN + "val-size = 0", SettingsError, "run 2 val-size: a whole number of at least 1"),
        (RUN + 'format = "json"', SettingsError, "run 1 format: is one for all runs; give it as"),
        ("[[run]]\nhistory = 3", SettingsError, "run 1 history: a text is expected, not 3"),
        (RUN + 'fail-on = "mildly"', SettingsError, "run 1 fail-on: one of mild, moderate, severe"),
        ("[[run]\n", InputError, "is no TOML: "),
    ],
)
def test_what_has_no_place_is_named_with_its_place(
    tmp_path: Path, text: str, kind: type[AdvisorError], message: str
) -> None:
    file = manifest(tmp_path, text)
    with pytest.raises(kind) as caught:
        read_manifest(file, Settings())
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)


def test_a_manifest_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_manifest(tmp_path / "none.toml", Settings())
