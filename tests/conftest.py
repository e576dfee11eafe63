"""What all tests share: golden files, and how to write them anew."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.demo import DemoFiles, train_demo

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files anew, then look at them",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a golden file; `--update-golden` writes the file instead."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"differs from tests/golden/{name}"

    return compare


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    """The demo's files, trained once."""
    return train_demo(tmp_path_factory.mktemp("demo"))
