"""Histories that Keras itself wrote: History, CSVLogger and TensorBoard of the same real runs."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError, MissingExtraError
from advisor.inputs.history import History, history_from, read_history

pytestmark = pytest.mark.tensorflow

EPOCHS = 6
RESUMED_AT = 4  # counted from 0, as initial_epoch is


@dataclass(frozen=True, kw_only=True)
class Runs:
    """A model of two outputs trained for 6 epochs, then resumed at epoch index 4 for 4 more."""

    folder: Path
    first: Any  # keras.callbacks.History
    resumed: Any


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    import keras
    import numpy as np

    keras.utils.clear_session()  # unnamed metrics are numbered anew
    folder = tmp_path_factory.mktemp("keras")
    keras.utils.set_random_seed(3)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation="relu")(inputs)
    outputs = [
        keras.layers.Dense(1, activation="sigmoid", name="out")(hidden),
        keras.layers.Dense(1, name="aux")(hidden),
    ]
    model = keras.Model(inputs, outputs)
    model.compile(
        "adam",
        ["binary_crossentropy", "mse"],
        metrics=[["acc", keras.metrics.AUC()], ["mae", keras.metrics.TruePositives()]],
    )
    rng = np.random.default_rng(3)
    x = rng.random((32, 3), dtype="float32")
    y = (x.sum(axis=1) > 1.5).astype("float32")

    def fit(**arguments: Any) -> Any:
        return model.fit(
            x,
            [y, y],
            validation_data=(x[:8], [y[:8], y[:8]]),
            validation_freq=2,
            batch_size=8,
            verbose=0,
            **arguments,
        )

    callbacks = keras.callbacks
    first = fit(
        epochs=EPOCHS,
        callbacks=[
            callbacks.CSVLogger(folder / "log.csv"),
            callbacks.ReduceLROnPlateau(monitor="loss"),
            callbacks.TensorBoard(folder / "logs", histogram_freq=1),
        ],
    )
    json_text = json.dumps({"history": first.history, "epoch": first.epoch, "params": first.params})
    (folder / "history.json").write_text(json_text)
    resumed = fit(
        initial_epoch=RESUMED_AT,
        epochs=8,
        callbacks=[
            callbacks.CSVLogger(folder / "log.csv", append=True),
            callbacks.TensorBoard(folder / "logs", write_graph=False),
        ],
    )
    yield Runs(folder=folder, first=first, resumed=resumed)
    keras.utils.clear_session()


def values(history: History, split: str, metric: str) -> tuple[float, ...]:
    curves = history.train if split == "train" else history.validation
    return curves[metric].values


def test_live_history(runs: Runs) -> None:
    history = history_from(runs.first)
    assert history.epochs == EPOCHS
    assert values(history, "train", "loss") == tuple(runs.first.history["loss"])
    assert values(history, "train", "out_accuracy") == tuple(runs.first.history["out_acc"])
    assert history.validation["aux_mae"].epochs == (2, 4, 6)
    assert values(history, "validation", "aux_mae") == tuple(runs.first.history["val_aux_mae"])
    assert history.directions["out_auc"] == "max"
    assert history.directions["aux_loss"] == "min"
    assert history.undirected == ("aux_true_positives",)
    assert history.learning_rate is not None
    assert len(history.learning_rate) == EPOCHS
    assert history.steps_per_epoch == 4  # 32 rows in batches of 8


def test_dumped_history_equals_the_live_one(runs: Runs) -> None:
    live, dumped = history_from(runs.first), read_history(runs.folder / "history.json")
    assert (dumped.train, dumped.validation) == (live.train, live.validation)
    assert (dumped.directions, dumped.notes) == (live.directions, live.notes)


def test_resumed_live_history_starts_at_its_epoch(runs: Runs) -> None:
    history = history_from(runs.resumed)
    assert history.train["loss"].epochs == (5, 6, 7, 8)
    assert history.validation["loss"].epochs == (6, 8)


def expected_loss(runs: Runs, metric: str) -> list[float]:
    """The first run up to the epoch where the second one took over, then the second."""
    every = 2 if metric.startswith("val_") else 1
    first = runs.first.history[metric][: RESUMED_AT // every]
    return [*first, *runs.resumed.history[metric]]


def test_appended_csv_log_keeps_the_resumed_epochs(runs: Runs) -> None:
    history = read_history(runs.folder / "log.csv")
    assert history.epochs == 8
    assert values(history, "train", "loss") == pytest.approx(expected_loss(runs, "loss"))
    assert history.validation["loss"].epochs == (2, 4, 6, 8)
    expected = pytest.approx(expected_loss(runs, "val_loss"))
    assert values(history, "validation", "loss") == expected
    assert ["goes back from 5 to 4" in note for note in history.notes] == [True]


def test_csv_log_without_validation_has_none(tmp_path: Path) -> None:
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    log = tmp_path / "log.csv"
    x = np.ones((4, 2), "float32")
    fitted = model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[keras.callbacks.CSVLogger(log)])
    assert "val_loss" in log.read_text()  # Keras writes the column, filled with NA
    history = read_history(log)
    assert history.validation == {}
    assert history.train["loss"].values == pytest.approx(fitted.history["loss"])


def test_tensorboard_folder(runs: Runs) -> None:
    history = read_history(runs.folder / "logs")
    assert history.epochs == 8
    # TensorBoard keeps float32
    assert values(history, "train", "loss") == pytest.approx(expected_loss(runs, "loss"), rel=1e-6)
    assert history.validation["loss"].epochs == (2, 4, 6, 8)
    expected = pytest.approx(expected_loss(runs, "val_loss"), rel=1e-6)
    assert values(history, "validation", "loss") == expected
    assert set(history.train) == set(history_from(runs.first).train)
    assert any("logged for each batch" in note for note in history.notes)
    assert history.sha256 == read_history(runs.folder / "logs").sha256


def event_file(runs: Runs) -> Path:
    return sorted((runs.folder / "logs" / "train").glob("*.v2"))[0]


def test_single_event_file_is_read_by_its_content(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "anything.json"
    path.write_bytes(event_file(runs).read_bytes())
    history = read_history(path)
    assert values(history, "train", "loss") == pytest.approx(runs.first.history["loss"], rel=1e-6)


def test_tensorboard_folder_of_several_runs_is_refused(runs: Runs, tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        path = tmp_path / name / "train" / event_file(runs).name
        path.parent.mkdir(parents=True)
        path.write_bytes(event_file(runs).read_bytes())
    with pytest.raises(InputError, match=r"holds 2 runs \('monday', 'tuesday'\); give one"):
        read_history(tmp_path)


def test_events_cut_short_keep_what_is_whole(runs: Runs, tmp_path: Path) -> None:
    content = event_file(runs).read_bytes()
    path = tmp_path / "events.out.tfevents.1.x.v2"
    path.write_bytes(content[:-10])
    history = read_history(path)
    assert history.notes[0] == f"{path.name} was cut short: its last record is left out"
    assert len(history.train["loss"]) == EPOCHS


def test_mutated_events_give_a_history_or_an_input_error(runs: Runs, tmp_path: Path) -> None:
    import random

    rng = random.Random(5)
    content = event_file(runs).read_bytes()
    path = tmp_path / "events"
    outcomes = {"read": 0, "refused": 0}
    for _ in range(200):
        damaged = bytearray(content)
        for at in rng.sample(range(len(damaged)), 20):
            damaged[at] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            assert isinstance(read_history(path), History)
            outcomes["read"] += 1
        except InputError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 5


def test_events_without_the_extra_name_the_command(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tensorboard", "tensorboard.compat.proto.event_pb2"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r'pip install "regularization-advisor\[tensorb'):
        read_history(runs.folder / "logs")


def test_reading_events_imports_no_tensorflow(runs: Runs) -> None:
    import subprocess

    code = (
        "import sys; from pathlib import Path; from advisor.inputs.history import read_history;"
        "read_history(Path(sys.argv[1]));"
        "print([name for name in ('tensorflow', 'keras', 'h5py') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(runs.folder / "logs")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
