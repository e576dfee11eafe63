"""Records a training on the backend of KERAS_BACKEND and prints what came of it as JSON."""

import json
import random
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from advisor import Recorder
from advisor.inputs.history import read_history
from tests.recorder.trainings import X_VAL, Y_VAL, X, Y, fit, network, part


def main(folder: Path) -> dict[str, Any]:
    """What differs with a Recorder (nothing should), and what it wrote."""
    alone = network(l2=0.01, run_eagerly=False, optimizer=keras.optimizers.Adam(0.1))
    model = network(l2=0.01, run_eagerly=False, optimizer=keras.optimizers.Adam(0.1))
    stop = {"monitor": "val_loss", "restore_best_weights": True, "patience": 50}
    fit(alone, keras.callbacks.EarlyStopping(**stop), epochs=4)
    drawn = (random.random(), np.random.random())
    recorder = Recorder(folder / "run.json", rows=True, evaluate_train=True)
    logged = fit(model, recorder, keras.callbacks.EarlyStopping(**stop), epochs=4).history
    again = (random.random(), np.random.random())
    weights = zip(alone.get_weights(), model.get_weights(), strict=True)
    first = read_history(folder / "run.json").record
    assert first is not None
    assert first.rows is not None
    assert first.penalty is not None
    sums = first.rows.losses.mean(axis=1) + np.array(list(first.penalty.values()))
    clean = model.evaluate(X, Y, verbose=0, return_dict=True)["loss"]
    penalty = first.penalty[first.saved_epoch or 4]
    fit(model, recorder, epochs=6, initial_epoch=4)
    record = read_history(folder / "run.json").record
    assert record is not None
    assert record.rows is not None
    return {
        "backend": keras.backend.backend(),
        "weights_differ": sum(not np.array_equal(mine, theirs) for mine, theirs in weights),
        "randomness_differs": drawn != again,
        "largest_error": float(np.abs(sums - logged["val_loss"]).max()),
        "clean_error": abs(clean - penalty - (first.clean_train_loss or 0.0)),
        "saved_epoch": first.saved_epoch,
        "best_epoch": 1 + int(np.argmin(logged["val_loss"])),
        "epochs": list(record.rows.epochs),
        "unknown": dict(record.unknown),
        **of_data_set(folder),
    }


def of_data_set(folder: Path) -> dict[str, Any]:
    """Sizes from the data set of the backend's own making: rows to train and to validate on."""
    match keras.backend.backend():
        case "torch":
            import torch

            def rows(x: Any, y: Any) -> Any:
                both = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
                return torch.utils.data.DataLoader(both, batch_size=16)

        case "tensorflow":
            import tensorflow as tf

            def rows(x: Any, y: Any) -> Any:
                return tf.data.Dataset.from_tensor_slices((x, y)).batch(16).prefetch(2)

        case _:

            def rows(x: Any, y: Any) -> Any:
                return Batches(x, y)

    recorder = Recorder(folder / "set.json", rows=True, evaluate_train=True)
    given = {"x": rows(X, Y), "y": None, "validation_data": rows(X_VAL, Y_VAL)}
    fit(network(), recorder, epochs=1, **given)
    params = json.loads((folder / "set.json").read_text())["params"]
    found = part(folder / "set.json")
    expected = [60, 41, 16 if keras.backend.backend() != "jax" else None, True, True]
    sizes = [params[name] for name in ("n_train", "n_val", "batch_size")]
    return {
        "of_data_set": [*sizes, "row_loss_std" in found, "clean_train_loss" in found],
        "of_data_set_expected": expected,
    }


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Rows by the batch."""

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self._x, self._y = x, y

    def __len__(self) -> int:
        return (len(self._x) + 15) // 16

    def __getitem__(self, index: int) -> Any:
        own = slice(16 * index, 16 * index + 16)
        return self._x[own], self._y[own]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
