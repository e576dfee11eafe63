"""What a Recorder adds to an epoch: `python -m tests.benchmarks.recorder_overhead [--smoke]`.

The same network is trained with and without a Recorder, turn by turn. Of each epoch the time inside
the Recorder's own calls is taken, split into the pass over the validation rows, which is an
evaluation, and all the rest: at most 2 % of the epoch, or 5 milliseconds, are allowed for it. The
histories start at epoch 1 and, in a file that holds that many already, at epoch 1,000.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

RESULTS = Path(__file__).with_name("results") / "recorder_overhead.json"
ALLOWED_SHARE, ALLOWED_MS = 0.02, 5.0
ROWS = 5_000  # to train on; as many to validate on


def network() -> Any:
    """A small MLP with a penalty: 64 inputs, two hidden layers of 64, ten classes."""
    import keras

    hidden = [keras.layers.Dense(64, "relu", kernel_regularizer="l2") for _ in range(2)]
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data() -> tuple[Any, Any]:
    """Rows of noise; what is learned does not matter."""
    import numpy as np

    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, 64)).astype("float32"), rng.integers(0, 10, ROWS)


def stopwatch() -> Any:
    """A callback that notes how long each epoch takes, the callbacks before it included."""
    import keras

    class Stopwatch(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.started = perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seconds.append(perf_counter() - self.started)

    return Stopwatch()


def timed(recorder: Any) -> dict[str, list[float]]:
    """The seconds of each of the Recorder's epochs: all, and in the pass over the rows."""
    from advisor.recorder.row_measures import RowMeter

    seconds: dict[str, list[float]] = {"all": [], "rows": []}
    end, measure = recorder.on_epoch_end, RowMeter.measure

    def timed_end(epoch: int, logs: Any = None) -> None:
        before, started = sum(seconds["rows"]), perf_counter()
        end(epoch, logs)
        seconds["all"].append(perf_counter() - started)
        if sum(seconds["rows"]) == before:
            seconds["rows"].append(0.0)

    def timed_measure(meter: Any, **options: Any) -> Any:
        started = perf_counter()
        try:
            return measure(meter, **options)
        finally:
            seconds["rows"].append(perf_counter() - started)

    recorder.on_epoch_end = timed_end
    RowMeter.measure = timed_measure  # type: ignore[method-assign]
    return seconds


def case(folder: Path, *, first: int, epochs: int, rows: bool, evaluates: bool) -> dict[str, Any]:
    """The cost of an epoch from `first` on, beside that of the same epochs without a Recorder."""
    from advisor import Recorder
    from advisor.recorder.row_measures import RowMeter

    x, y = data()
    fit = {"x": x, "y": y, "validation_data": (x, y), "verbose": 0, "batch_size": 128}
    path = folder / f"{first}-{rows}-{evaluates}.json"
    model, alone = network(), network()
    if first > 1:
        prefill(path, model, first - 1, rows=rows)
    watch = stopwatch()
    alone.fit(**fit, epochs=epochs, callbacks=[watch])
    recorder = Recorder(path, rows=rows, evaluate_validation=evaluates)
    original = RowMeter.measure
    seconds = timed(recorder)
    try:
        model.fit(**fit, initial_epoch=first - 1, epochs=first - 1 + epochs, callbacks=[recorder])
    finally:
        RowMeter.measure = original  # type: ignore[method-assign]
    own = [a - r for a, r in zip(seconds["all"], seconds["rows"], strict=True)][1:]
    epoch = median(watch.seconds[1:])
    low, *_, high = quantiles(own, n=10)
    return {
        "first_epoch": first,
        "rows": rows,
        "evaluates": evaluates,
        "epoch_ms": round(1e3 * epoch, 2),
        "recorder_ms": round(1e3 * median(own), 3),
        "tenth_to_ninth_decile_ms": [round(1e3 * low, 3), round(1e3 * high, 3)],
        "share_of_epoch": round(median(own) / epoch, 4),
        "pass_over_rows_ms": round(1e3 * median(seconds["rows"][1:]), 2),
        "bytes": path.stat().st_size,
        "is_within": median(own) <= max(ALLOWED_SHARE * epoch, ALLOWED_MS / 1e3),
    }


def prefill(path: Path, model: Any, epochs: int, *, rows: bool) -> None:
    """A file that holds so many epochs already, as a training of the same network left them."""
    import numpy as np

    from advisor.inputs.dataset import Rows
    from advisor.inputs.row_hash import rows_sha256
    from advisor.recorder.history_file import HistoryFile
    from advisor.recorder.session import architecture_of
    from advisor.recorder.sidecar import Sidecar

    file = HistoryFile(path)
    file.facts = {"architecture": architecture_of(model), "is_finished": True, "has_rows": rows}
    names = ("accuracy", "loss", "val_accuracy", "val_loss", "learning_rate")
    rng = np.random.default_rng(1)
    for epoch in range(1, epochs + 1):
        logs = {name: float(rng.random()) for name in names}
        file.add(epoch, logs, {"penalty": float(rng.random()), "iterations": 40 * epoch})
    file.write()
    if rows:
        sidecar = Sidecar(path)
        for epoch in range(1, epochs + 1):
            sidecar.add(epoch, rng.random(ROWS))
        x, y = data()
        sidecar.write(rows_sha256(Rows(inputs=(x,), targets=(y,))), is_last=True)


def main() -> int:
    """Print and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--smoke", action="store_true")
    is_smoke = parser.parse_args().smoke
    epochs = 6 if is_smoke else 60
    starts = (1, 1_000)
    found = []
    with TemporaryDirectory() as folder:
        for first in starts:
            for rows, evaluates in ((False, False), (False, True), (True, True)):
                result = case(
                    Path(folder), first=first, epochs=epochs, rows=rows, evaluates=evaluates
                )
                found.append(result)
                print(json.dumps(result))
    if not is_smoke:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
