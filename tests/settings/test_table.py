"""What is written of a setting elsewhere is what its row says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

from advisor.cli.app import app
from advisor.settings import keywords
from advisor.settings.table import SETTINGS, WITH_FLAG
from tests.settings import derived

README = Path(__file__).parents[2] / "README.md"
KEYWORDS = Path(keywords.__file__)
Written = Callable[[Path, str, str, str], None]


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Written:
    """Compare what stands in a file between two texts; `--update-golden` writes it instead."""

    def compare(file: Path, start: str, end: str, text: str) -> None:
        content = file.read_text(encoding="utf-8")
        head, mark, rest = content.partition(start)
        old, tail_mark, tail = rest.partition(end) if end else (rest, "", "")
        assert mark and (tail_mark or not end), f"{file}: lacks {start!r} or {end!r}"
        if request.config.getoption("--update-golden"):
            file.write_text(head + mark + text + tail_mark + tail, encoding="utf-8")
            return
        assert old == text, f"{file.name}: run `pytest tests/settings --update-golden`"

    return compare


def test_the_readme_has_each_setting(written: Written) -> None:
    start = "<!-- settings: written by `pytest tests/settings --update-golden` -->\n\n"
    written(README, start, "\n</details>", derived.readme_table())


def test_the_keywords_are_those_of_the_table(written: Written) -> None:
    start = "    # Written from the table of settings by `pytest tests/settings --update-golden`.\n"
    written(KEYWORDS, start, "", derived.keywords())


def test_check_takes_each_setting_that_has_a_flag() -> None:
    check = get_command(app).commands["check"]
    spelled = {flag for each in check.params for flag in each.opts}
    for setting in WITH_FLAG.values():
        flag = setting.flags[0].partition("/")[0]
        assert flag in spelled, f"advisor check has no {flag}"


@pytest.mark.parametrize("name", [n for n, each in SETTINGS.items() if each.default is not None])
def test_a_default_may_be_given_where_it_is_what_holds(name: str) -> None:
    setting = SETTINGS[name]
    read = setting.row.value.read(setting.default, name, None)
    assert read == setting.default
    assert type(read) is type(setting.default)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_says_what_it_does_in_a_sentence(name: str) -> None:
    row = SETTINGS[name].row
    assert row.help.endswith(".")
    assert (row.metavar is None) == (row.value.flag in (bool, None))
    assert not row.short or row.short.startswith("-")
