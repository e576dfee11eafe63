"""Which validation rows a case is about, and where the loss of each comes from."""

from dataclasses import replace

import numpy as np

from advisor.inputs.dataset import Rows
from advisor.inputs.history import History, history_from
from advisor.inputs.record import Record, RowLosses
from advisor.inputs.row_hash import rows_sha256
from advisor.pipeline.examination import Examination, examine
from advisor.settings.settings import Settings
from tests.histories import SETTLES

X, Y = np.arange(24.0, dtype=np.float32).reshape(8, 3), np.arange(8)
DATA = (X[:4], Y[:4], X[4:], Y[4:])
VALIDATION = rows_sha256(Rows(inputs=(X[4:],), targets=(Y[4:],)))


def examination_of(history: History, data: object = None) -> Examination:
    with examine(None, history, Settings(), data) as examination:
        return examination


def recorded(val_sha256: str) -> History:
    losses = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    record = Record(val_sha256=val_sha256, rows=RowLosses(epochs=(40,), losses=losses))
    return replace(history_from(dict(SETTLES)), record=record)


def test_rows_are_those_that_the_recorder_saw() -> None:
    examination = examination_of(recorded("a" * 64))
    assert examination.inputs.val_sha256 == "a" * 64
    assert examination.row_losses is not None
    assert examination.row_losses.tolist() == np.array([0.1, 0.2, 0.3, 0.4], np.float32).tolist()


def test_rows_at_hand_tell_where_no_recorder_did() -> None:
    examination = examination_of(history_from(dict(SETTLES)), DATA)
    assert (examination.inputs.val_sha256, examination.row_losses) == (VALIDATION, None)


def test_rows_at_hand_tell_how_many_they_are_unless_the_settings_do() -> None:
    examination = examination_of(history_from(dict(SETTLES)), DATA)
    assert (examination.inputs.n_train, examination.inputs.n_val) == (4, 4)
    sizes = examination.evidence.model.values
    assert (sizes["data.train_size"], sizes["data.val_size"]) == (4, 4)
    with examine(None, history_from(dict(SETTLES)), Settings(train_size=7), DATA) as told:
        assert told.evidence.model.values["data.train_size"] == 7


def test_rows_at_hand_that_are_the_recorded_ones_need_no_remark() -> None:
    examination = examination_of(recorded(VALIDATION), DATA)
    assert examination.inputs.val_sha256 == VALIDATION
    assert not [note for note in examination.notes if "recorded training" in note]


def test_rows_at_hand_that_are_others_are_remarked() -> None:
    examination = examination_of(recorded("a" * 64), DATA)
    assert examination.inputs.val_sha256 == "a" * 64
    assert (
        "The validation rows in the data are not those of the recorded training."
        in examination.notes
    )
    assert examination.row_losses is not None


def test_nothing_is_known_of_the_rows_of_a_plain_history() -> None:
    examination = examination_of(history_from(dict(SETTLES)))
    assert (examination.inputs.val_sha256, examination.row_losses) == (None, None)


def test_sizes_are_the_flags_then_the_rows_then_the_history() -> None:
    history = replace(history_from(dict(SETTLES)), n_train=70, n_val=30, batch_size=5)
    sizes = []
    for settings, data in (
        (Settings(), None),
        (Settings(), DATA),
        (Settings(train_size=9, val_size=8, batch_size=7), DATA),
    ):
        with examine(None, history, settings, data) as examination:
            sizes.append(
                (
                    examination.inputs.n_train,
                    examination.inputs.n_val,
                    examination.inputs.batch_size,
                )
            )
    assert sizes == [(70, 30, 5), (4, 4, 5), (9, 8, 7)]
