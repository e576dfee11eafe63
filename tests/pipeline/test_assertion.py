"""`from advisor import assert_not_overfitting`, as a project's own tests call it."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from advisor import AdvisorError, InconclusiveGateWarning, Report, assert_not_overfitting
from tests.histories import REBOUNDS, SETTLES, WOBBLES, write_history


def test_a_network_that_overfits_fails_with_the_report_as_the_message() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_not_overfitting(history=REBOUNDS)
    message = str(caught.value)
    assert message.startswith("OVERFITTING (severe)\n")
    assert "Gate: FAIL" in message
    assert "Recommendation" in message
    assert "\x1b" not in message
    assert max(map(len, message.split("\n"))) <= 100


def test_a_network_within_its_limits_gives_its_report() -> None:
    report = assert_not_overfitting(history=SETTLES)
    assert isinstance(report, Report)
    assert report.gate is not None
    assert report.gate.outcome == "pass"


def test_what_noise_hides_is_a_warning_unless_it_is_to_fail() -> None:
    with pytest.warns(InconclusiveGateWarning) as caught:
        report = assert_not_overfitting(history=WOBBLES)
    assert Path(caught[0].filename) == Path(__file__)
    assert report.gate is not None
    assert report.gate.outcome == "inconclusive"
    with pytest.raises(AssertionError, match="INCONCLUSIVE"):
        assert_not_overfitting(history=WOBBLES, inconclusive="fail")


def test_a_baseline_that_is_not_there_yet_is_a_warning(tmp_path: Path) -> None:
    with pytest.warns(InconclusiveGateWarning, match="There is no baseline of this run in"):
        assert_not_overfitting(history=SETTLES, val_size=500, baseline=tmp_path / "main.json")


def test_other_limits_hold_too() -> None:
    with pytest.raises(AssertionError, match="gap"):
        assert_not_overfitting(history=SETTLES, fail_on=None, max_gap={"loss": 0.01})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconclusiveGateWarning)
        assert_not_overfitting(history=REBOUNDS, fail_on=None, max_rebound="200%")


def test_an_assertion_that_could_not_fail_is_refused() -> None:
    with pytest.raises(AdvisorError, match="there is no limit to check"):
        assert_not_overfitting(history=REBOUNDS, fail_on=None)


def test_a_run_that_cannot_be_checked_is_no_assertion_error() -> None:
    with pytest.raises(AdvisorError, match="validation"):
        assert_not_overfitting(history={"loss": REBOUNDS["loss"]})
    with pytest.raises(AdvisorError, match="No such file"):
        assert_not_overfitting("none.keras")


def test_pytest_shows_the_report_and_not_our_frames(tmp_path: Path) -> None:
    history = write_history(tmp_path / "history.json")
    (tmp_path / "test_ours.py").write_text(
        "from advisor import assert_not_overfitting\n\n\n"
        f"def test_network():\n    assert_not_overfitting(history={str(history)!r})\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    own = {**os.environ, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=own, check=False
    )
    assert done.returncode == 1
    assert "OVERFITTING (severe)" in done.stdout
    assert "test_ours.py:5: AssertionError" in done.stdout
    assert "assertion.py" not in done.stdout
