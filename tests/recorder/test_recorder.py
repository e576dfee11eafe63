import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from advisor import Recorder
from advisor.inputs.dataset import Rows
from advisor.inputs.history import read_history
from advisor.inputs.record import Record
from advisor.inputs.row_hash import rows_sha256
from tests.recorder.trainings import X_VAL, Y_VAL, X, Y, fit, network, part

pytestmark = pytest.mark.tensorflow


def test_importing_advisor_does_not_import_keras() -> None:
    check = "import sys, advisor; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@dataclass(frozen=True)
class Recorded:
    """One training with all that a Recorder does, and the same without one."""

    path: Path
    logged: dict[str, list[float]]
    model: Any
    logged_alone: dict[str, list[float]]
    model_alone: Any

    @property
    def record(self) -> Record:
        found = read_history(self.path).record
        assert found is not None
        return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    path = tmp_path_factory.mktemp("recorded") / "run.json"
    alone, model = (network(l2=0.01, run_eagerly=False) for _ in range(2))
    weights = {0: 5.0, 1: 1.0, 2: 0.2}
    before = fit(alone, class_weight=weights).history
    recorder = Recorder(path, rows=True, evaluate_train=True)
    after = fit(model, recorder, class_weight=weights).history
    return Recorded(path, after, model, before, alone)


def test_training_is_the_same_to_the_last_bit(recorded: Recorded) -> None:
    weights, alone = recorded.model.get_weights(), recorded.model_alone.get_weights()
    for mine, theirs in zip(weights, alone, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert recorded.logged == recorded.logged_alone  # the metrics, too


def test_the_file_is_a_history_like_any_other(recorded: Recorded) -> None:
    history = read_history(recorded.path)
    assert history.epochs == 3
    assert history.validation["loss"].values == tuple(recorded.logged["val_loss"])
    assert history.train["accuracy"].values == tuple(recorded.logged["accuracy"])
    assert (history.n_train, history.n_val, history.batch_size) == (60, 41, 32)
    assert history.steps_per_epoch == 2
    assert history.notes == ()


def test_rows_and_penalty_make_up_the_validation_loss(recorded: Recorded) -> None:
    rows, penalty = recorded.record.rows, recorded.record.penalty
    assert rows is not None
    assert penalty is not None
    assert rows.epochs == (1, 2, 3)
    means = rows.losses.mean(axis=1)
    for place, logged in enumerate(recorded.logged["val_loss"]):
        assert means[place] + penalty[place + 1] == pytest.approx(logged, rel=1e-5)
    kernel = recorded.model.layers[0].kernel.numpy()
    assert penalty[3] == pytest.approx(0.01 * (kernel**2).sum(), rel=1e-5)


def test_the_losses_of_rows_are_those_of_the_end_of_the_epoch(recorded: Recorded) -> None:
    rows, spread = recorded.record.rows, recorded.record.row_loss_std
    assert rows is not None
    assert spread is not None
    # By hand: minus the logarithm of the true class's probability.
    chances = recorded.model.predict(X_VAL, verbose=0)[np.arange(41), Y_VAL]
    np.testing.assert_allclose(rows.losses[-1], -np.log(chances), rtol=1e-4)
    assert spread[3] == pytest.approx(np.std(-np.log(chances), ddof=1), rel=1e-4)


def test_the_training_rows_are_evaluated_without_dropout_penalty_and_weights(
    recorded: Recorded,
) -> None:
    chances = recorded.model.predict(X, verbose=0)
    by_hand = -np.log(chances[np.arange(60), Y]).mean()
    assert recorded.record.clean_train_loss == pytest.approx(by_hand, rel=1e-5)
    accuracy = (chances.argmax(axis=1) == Y).mean()
    assert recorded.record.clean_train_accuracy == pytest.approx(accuracy)


def test_validation_rows_have_the_hash_that_the_same_rows_in_a_file_have(
    recorded: Recorded, tmp_path: Path
) -> None:
    of_a_file = Rows(inputs=(X_VAL.astype("float64"),), targets=(Y_VAL.reshape(-1, 1),))
    assert recorded.record.val_sha256 == rows_sha256(of_a_file)
    fit(network(), Recorder(tmp_path / "run.json", evaluate_validation=False))
    found = part(tmp_path / "run.json")
    assert found["val_sha256"] == rows_sha256(of_a_file)
    assert "row_loss_std" not in found
    assert "not to evaluate" in found["unknown"]["row_loss_std"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, (False, False, False, False)),
        ({"class_weight": {0: 2.0, 1: 1.0, 2: 1.0}}, (True, False, False, False)),
        ({"sample_weight": np.ones(60)}, (False, True, False, False)),
        ({"validation_data": (X_VAL, Y_VAL, np.ones(41))}, (False, False, True, False)),
        ({"validation_split": 0.25}, (False, False, False, True)),
    ],
)
def test_the_call_of_fit_is_seen(
    tmp_path: Path, arguments: dict[str, Any], expected: tuple[bool, ...]
) -> None:
    fit(network(), Recorder(tmp_path / "run.json"), epochs=1, **arguments)
    found = part(tmp_path / "run.json")
    names = ("uses_class_weight", "uses_sample_weight", "weights_validation")
    assert tuple(found[name] for name in (*names, "uses_validation_split")) == expected
    weights = arguments.get("class_weight")
    kept = weights and {str(label): weight for label, weight in weights.items()}
    assert found["class_weight"] == kept
    params = json.loads((tmp_path / "run.json").read_text())["params"]
    sizes = (45, 15) if "validation_split" in arguments else (60, 41)
    assert (params["n_train"], params["n_val"]) == sizes


def test_weighted_validation_rows_still_make_up_the_logged_loss(tmp_path: Path) -> None:
    weights = np.linspace(0.1, 3.0, 41)
    recorder = Recorder(tmp_path / "run.json", rows=True)
    kept = fit(network(), recorder, validation_data=(X_VAL, Y_VAL, weights)).history
    rows = read_history(tmp_path / "run.json").record
    assert rows is not None
    assert rows.rows is not None
    np.testing.assert_allclose(rows.rows.losses.mean(axis=1), kept["val_loss"], rtol=1e-5)


def test_the_learning_rate_of_a_schedule_is_written(tmp_path: Path) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5)
    fit(network(optimizer=keras.optimizers.SGD(schedule)), Recorder(tmp_path / "run.json"))
    rates = read_history(tmp_path / "run.json").learning_rate
    assert rates is not None
    assert rates.values == pytest.approx((0.05, 0.025, 0.0125))  # two steps an epoch, halved


def test_a_rate_that_a_callback_logs_is_kept_as_logged(tmp_path: Path) -> None:
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, _: 0.1 * 0.5**epoch)
    fit(network(), Recorder(tmp_path / "run.json"), halved)
    rates = read_history(tmp_path / "run.json").learning_rate
    assert rates is not None
    assert rates.values == pytest.approx((0.1, 0.05, 0.025))


def test_validation_in_every_second_epoch_leaves_the_others_empty(tmp_path: Path) -> None:
    fit(network(), Recorder(tmp_path / "run.json", rows=True), epochs=4, validation_freq=2)
    history = read_history(tmp_path / "run.json")
    assert history.validation["loss"].epochs == (2, 4)
    assert history.record is not None
    assert history.record.rows is not None
    assert history.record.rows.epochs == (2, 4)
    assert history.record.row_loss_std is not None
    assert tuple(history.record.row_loss_std) == (2, 4)


def test_two_outputs_are_summed_as_the_model_weights_them(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5,))
    hidden = keras.layers.Dense(8, "relu")(inputs)
    outputs = {
        "kind": keras.layers.Dense(3, "softmax", name="kind")(hidden),
        "size": keras.layers.Dense(1, name="size")(hidden),
    }
    model = keras.Model(inputs, outputs)
    losses = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    weights = {"kind": 1.0, "size": 0.25}
    model.compile("adam", losses, loss_weights=weights, run_eagerly=True)
    targets = {"kind": Y, "size": X[:, :1]}
    validation = (X_VAL, {"kind": Y_VAL, "size": X_VAL[:, :1]})
    recorder = Recorder(tmp_path / "run.json", rows=True)
    kept = fit(model, recorder, y=targets, validation_data=validation).history
    record = read_history(tmp_path / "run.json").record
    assert record is not None
    assert record.rows is not None
    np.testing.assert_allclose(record.rows.losses.mean(axis=1), kept["val_loss"], rtol=1e-5)


def test_a_loss_that_rows_do_not_make_up_is_not_measured(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(3, activity_regularizer=keras.regularizers.L2(1.0))]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, run_eagerly=True)
    fit(model, Recorder(tmp_path / "run.json", rows=True))
    found = part(tmp_path / "run.json")
    assert "row_loss_std" not in found
    assert "do not make up" in found["unknown"]["row_loss_std"]
    assert not (tmp_path / "run.rows.npz").exists()


class Shuffled(keras.utils.PyDataset):  # type: ignore[misc]
    """Rows in another order after every pass."""

    def __init__(self) -> None:
        super().__init__()
        self._order = np.arange(40)

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        own = self._order[20 * index : 20 * index + 20]
        return X_VAL[own], Y_VAL[own]

    def on_epoch_end(self) -> None:
        np.random.shuffle(self._order)


def test_rows_whose_order_changes_are_not_taken_for_the_same(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.json", rows=True)
    fit(network(), recorder, validation_data=Shuffled())
    record = read_history(tmp_path / "run.json").record
    assert record is not None
    assert "another order" in record.unknown["row_loss_std"]
    assert record.val_sha256 is None
    assert record.rows is None or record.rows.epochs == (1,)


def test_masked_steps_are_not_taken_for_rows_losses(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    dense = keras.layers.Dense(3, "softmax")
    model = keras.Sequential([keras.Input((5, 1)), keras.layers.Masking(), dense])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    x, y = np.ones((8, 5, 1), "float32"), np.zeros((8, 5), int)
    x[:, 3:] = 0.0
    recorder = Recorder(tmp_path / "run.json", rows=True, evaluate_train=True)
    fit(model, recorder, x=x, y=y, validation_data=(x, y), epochs=1)
    found = part(tmp_path / "run.json")
    assert "clean_train_loss" not in found
    assert "row_loss_std" not in found
    assert "masked" in found["unknown"]["row_loss_std"]


def test_equal_trainings_leave_equal_bytes(recorded: Recorded, tmp_path: Path) -> None:
    model = network(l2=0.01, run_eagerly=False)
    recorder = Recorder(tmp_path / "run.json", rows=True, evaluate_train=True)
    fit(model, recorder, class_weight={0: 5.0, 1: 1.0, 2: 0.2})
    for end in (".json", ".rows.npz"):
        mine, theirs = (path.with_name(f"run{end}") for path in (tmp_path / "run", recorded.path))
        assert mine.read_bytes() == theirs.read_bytes()
