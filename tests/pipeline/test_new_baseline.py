"""A baseline and the losses beside it: always of one run, whatever happens in between."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from advisor.errors import InputError, UsageError
from advisor.gate.baseline import read_baseline
from advisor.inputs.history import History, history_from
from advisor.inputs.record import Record, RowLosses
from advisor.inputs.row_losses import rows_beside
from advisor.pipeline.new_baseline import NewBaseline, figures, new_baseline
from advisor.settings.settings import Settings
from tests.histories import REBOUNDS, SETTLES, write_history

TODAY = date(2030, 1, 1)
ROWS = 5


def recorded(losses: float, *, saved_epoch: int | None = None, rows: str = "a" * 64) -> History:
    """A history with the losses of five rows, all alike, after its last epoch."""
    epoch = saved_epoch or 40
    return replace(
        history_from(dict(SETTLES)),
        n_val=ROWS,
        record=Record(
            saved_epoch=saved_epoch,
            val_sha256=rows,
            rows=RowLosses(epochs=(epoch,), losses=np.full((1, ROWS), losses, np.float32)),
        ),
    )


def made(file: Path, history: object) -> NewBaseline:
    return new_baseline(None, history, Settings(), file, today=TODAY)


def losses_at(file: Path) -> list[float] | None:
    """What is read back, which raises where report and losses are of different rows."""
    baseline = read_baseline(file)
    assert baseline is not None
    return None if baseline.row_losses is None else [float(x) for x in baseline.row_losses]


def test_report_and_losses_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    made(file, recorded(0.25)).write()
    assert losses_at(file) == [0.25] * ROWS
    baseline = read_baseline(file)
    assert baseline is not None
    assert baseline.val_sha256 == "a" * 64
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.json", "main.rows.npz"]


def test_losses_of_the_epoch_that_was_saved_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    made(file, recorded(0.75, saved_epoch=12)).write()
    assert losses_at(file) == [0.75] * ROWS


def test_losses_of_the_former_baseline_go_where_the_new_one_has_none(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    made(file, recorded(0.25)).write()
    made(file, SETTLES).write()
    assert losses_at(file) is None
    assert not rows_beside(file).exists()


@pytest.mark.parametrize("moment", ["removing the old losses", "the report", "the new losses"])
@pytest.mark.parametrize("cause", [OSError("disk full"), KeyboardInterrupt()], ids=["disk", "^C"])
def test_a_crash_leaves_no_losses_beside_the_report_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, cause: BaseException
) -> None:
    file = tmp_path / "main.json"
    made(file, recorded(0.25, saved_epoch=12)).write()  # its report differs whatever the clock says
    former = file.read_bytes()
    baseline = made(file, recorded(0.5))
    renamed: list[str] = []

    def crash(path: Path, *_: object, **__: object) -> Path:
        renamed.append(path.name)
        if moment == "removing the old losses" or len(renamed) == 1 + (moment != "the report"):
            raise cause
        return rename(path, *_)

    rename = Path.replace
    with monkeypatch.context() as patch:
        if moment == "removing the old losses":
            patch.setattr(Path, "unlink", crash)
        else:
            patch.setattr(Path, "replace", crash)
        with pytest.raises((InputError, OSError, KeyboardInterrupt)):
            baseline.write()
    is_former = file.read_bytes() == former
    assert is_former == (moment != "the new losses")
    assert losses_at(file) == ([0.25] * ROWS if moment == "removing the old losses" else None)


def test_what_changed_is_said(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    first = made(file, recorded(0.25))
    first.write()
    assert list(first.said()) == [f"Wrote {file} and {rows_beside(file)} (5 rows)."]
    second = made(file, {**REBOUNDS, "val_accuracy": [0.5] * 40})
    assert [line for line in second.said() if "->" in line] == [
        "  loss: 0.4998 -> 0.9",  # .5 + .8**39 + .0005 sin(117) = .5 + .00017 - .00035
        "  accuracy: - -> 0.5",
    ]
    other = made(file, recorded(0.25, rows="b" * 64))
    assert any("different validation rows" in line for line in other.said())


def test_figures_are_those_of_the_weights_that_ship() -> None:
    from advisor.evidence.curves.run import Run

    history = history_from({"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.0, 5.0]})
    assert figures(Run(history=history)) == {"loss": 5.0}
    saved = replace(history, record=Record(saved_epoch=2))
    assert figures(Run(history=saved)) == {"loss": 2.0}


def test_damaged_losses_beside_the_former_baseline_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    made(file, recorded(0.25)).write()
    rows_beside(file).write_bytes(b"damaged")
    made(file, recorded(0.5)).write()
    assert losses_at(file) == [0.5] * ROWS


def test_rows_committed_without_their_report_are_not_paired(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    made(file, recorded(0.25)).write()
    former = rows_beside(file).read_bytes()
    made(file, replace(recorded(0.5), sha256="c" * 64)).write()
    assert losses_at(file) == [0.5] * ROWS
    rows_beside(file).write_bytes(former)
    assert losses_at(file) is None


def test_nothing_but_a_baseline_is_replaced(tmp_path: Path) -> None:
    file = write_history(tmp_path / "history.json")
    before = file.read_bytes()
    with pytest.raises(UsageError, match="exists and can't be read as a baseline"):
        made(file, SETTLES)
    assert file.read_bytes() == before


def test_a_run_without_validation_metric_makes_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no validation metric"):
        made(tmp_path / "main.json", {"loss": SETTLES["loss"]})
