"""The command in this process: as fast as a call, and otherwise as users call it."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from advisor.cli.app import main


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command printed, and how it exited."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run `advisor` in an empty folder; keywords are variables of the environment."""
    for name in [*os.environ]:
        if name.startswith("ADVISOR_") or name in ("COLUMNS", "GITHUB_STEP_SUMMARY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", os.environ.get("OPENBLAS_NUM_THREADS", "1"))
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)  # it would outlast the test
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, **variables: str) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["advisor", *map(str, arguments)])
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsys.readouterr()
        return Done(code=int(ended.value.code or 0), out=out, err=err)

    return run
