"""The journal of finished trials: exact, and never in the way."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest

from advisor.probes import journal as journal_module
from advisor.probes.journal import MAX_AGE, Journal, JournalledTrainer
from advisor.probes.outcome import Outcome
from advisor.probes.race import RaceSettings, race
from advisor.probes.trial import Trial, TrialCurve
from advisor.regularization import Change, Strategy
from tests.probes.fake_trainer import FakeTrainer, Task, costs, space

KEY, OTHER_KEY = "a" * 64, "b" * 64
CURVE = TrialCurve(
    val_loss=(0.1 + 0.2, 1e-310, inf),
    val_halves=((0.25, -0.0, inf), (1 / 3, 5e300, inf)),
    objective=(0.9, 0.8, -inf),
    steps=12,
)
ALL = space("l1", "l2", "dropout")


def trial(seed: int = 1, **given: object) -> Trial:
    return Trial(**{"seed": seed, "epochs": 3, **given})  # type: ignore[arg-type]


def strategy(to: float) -> Strategy:
    change = Change(
        layer="näme", slot="kernel_regularizer", kind="l2", before=0.0, to=to, low=0.0, high=1.0
    )
    return Strategy(changes=(change,))


def written(folder: Path, *trials: Trial) -> Path:
    journal = Journal(folder, KEY)
    for each in trials or (trial(),):
        journal.add(each, CURVE)
    return folder / f"{KEY}.journal"


def test_a_curve_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    written(tmp_path)
    found = Journal(tmp_path, KEY).find(trial())
    assert found == CURVE
    assert repr(found) == repr(CURVE)  # -0.0 equals 0.0


@pytest.mark.parametrize(
    "other",
    [
        trial(seed=2),
        trial(split=1),
        trial(epochs=4),
        trial(start="saved"),
        trial(strategy=strategy(0.1)),
    ],
    ids=["seed", "split", "epochs", "start", "strategy"],
)
def test_another_trial_is_not_answered(tmp_path: Path, other: Trial) -> None:
    written(tmp_path)
    assert Journal(tmp_path, KEY).find(other) is None


def test_strengths_differ_in_the_last_digit(tmp_path: Path) -> None:
    written(tmp_path, trial(strategy=strategy(0.3)))
    journal = Journal(tmp_path, KEY)
    assert journal.find(trial(strategy=strategy(0.3))) == CURVE
    assert journal.find(trial(strategy=strategy(0.1 + 0.2))) is None


def torn(text: str) -> str:
    return text[:-9]


def changed_digit(text: str) -> str:
    return text.replace("0.30000000000000004", "0.30000000000000005")


@pytest.mark.parametrize("damage", [torn, changed_digit], ids=["torn", "changed digit"])
def test_a_damaged_line_is_passed_over_and_the_others_are_kept(
    tmp_path: Path, damage: Callable[[str], str]
) -> None:
    path = written(tmp_path, trial(1), trial(2))
    first, second = path.read_text("ascii").strip().split("\n")
    path.write_text(f"\n{first}\n{damage(second)}", "ascii")
    journal = Journal(tmp_path, KEY)
    assert journal.find(trial(1)) == CURVE
    assert journal.find(trial(2)) is None
    journal.add(trial(2), CURVE)
    assert len(Journal(tmp_path, KEY)) == 2


@pytest.mark.parametrize("content", [b"\x80\x04garbage\n", b"[1, 2]\n" * 9, b"{}", b" \n "])
def test_a_foreign_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"{KEY}.journal"
    path.write_bytes(content)
    journal = Journal(tmp_path, KEY)
    assert len(journal) == 0
    journal.add(trial(), CURVE)
    assert content not in path.read_bytes()
    assert Journal(tmp_path, KEY).find(trial()) == CURVE


def test_lines_of_another_key_do_not_count(tmp_path: Path) -> None:
    written(tmp_path).rename(tmp_path / f"{OTHER_KEY}.journal")
    assert Journal(tmp_path, OTHER_KEY).find(trial()) is None


def test_two_processes_at_once_add_to_the_same_journal(tmp_path: Path) -> None:
    first, second = Journal(tmp_path, KEY), Journal(tmp_path, KEY)
    for seed in range(6):
        (first, second)[seed % 2].add(trial(seed), CURVE)
    assert len(Journal(tmp_path, KEY)) == 6


def test_a_journal_stays_within_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_BYTES", 2000)
    path = written(tmp_path, *map(trial, range(50)))
    assert 1500 < path.stat().st_size <= 2000
    assert len(Journal(tmp_path, KEY)) > 2


@pytest.mark.parametrize("kind", ["a file", "no folder possible"])
def test_an_unwritable_folder_is_no_failure(tmp_path: Path, kind: str) -> None:
    (tmp_path / "cache").write_bytes(b"")
    folder = tmp_path / "cache" if kind == "a file" else tmp_path / "cache" / "deeper"
    journal = Journal(folder, KEY)
    journal.add(trial(), CURVE)
    assert journal.find(trial()) == CURVE
    assert Journal(folder, KEY).find(trial()) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{KEY}.journal")
    assert len(Journal(tmp_path, KEY)) == 0


def test_old_journals_go_when_a_new_one_begins_and_nothing_else_does(tmp_path: Path) -> None:
    names = [f"{OTHER_KEY}.journal", f"{'c' * 64}.journal", "notes.journal", f"{OTHER_KEY}.txt"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    long_ago = time.time() - MAX_AGE - 60
    for name in (names[0], *names[2:]):
        os.utime(tmp_path / name, (long_ago, long_ago))
    written(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{KEY}.journal", *names[1:]}


class Killed(Exception):
    """Stands for a kill: nothing of the race goes on after it."""


@pytest.mark.parametrize("end", [Killed, KeyboardInterrupt])
def test_a_race_ended_anywhere_goes_on_to_the_same_outcome(
    tmp_path: Path, end: type[BaseException]
) -> None:
    def raced(folder: Path, lives: float = inf) -> tuple[Outcome, int, int]:
        def before(_: Trial) -> None:
            if len(trainer.trials) >= lives:
                raise end

        trainer = FakeTrainer(Task(), ALL, before=before)
        journalled = JournalledTrainer(trainer, Journal(folder, KEY))
        outcome = race(
            ALL, journalled, costs(trials=26), RaceSettings(n_train=300, n_val=100, onset=10)
        )
        assert journalled.trained == len(trainer.trials)
        return outcome, journalled.recalled, journalled.trained

    whole, recalled, trained = raced(tmp_path / "whole")
    assert (recalled, trained) == (0, len(whole.trials))
    for lives in range(0, trained, 5):
        folder = tmp_path / str(lives)
        with suppress(Killed):
            assert raced(folder, lives)[0].is_cut_short  # Ctrl-C is reported, never kept
        assert raced(folder) == (whole, lives, trained - lives)
    assert raced(tmp_path / "whole") == (whole, trained, 0)
