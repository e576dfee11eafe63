"""Whether memory stays flat while probes run: `python -m tests.benchmarks.probe_memory [--smoke]`.

Resident memory of one process over 200 trials of a small network, which differ in seed, split,
strength and start as in a race, after a first 20 that fill the caches. The target: the mean of the
last 20 is at most 5 % above that of the first 20.
"""

import argparse
import os
import sys
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

WARM_UP, WINDOW, LIMIT = 20, 20, 0.05


def resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def trainer(epochs: int) -> Any:
    """A small network whose penalty and dropout vary."""
    import keras

    from advisor.inputs.dataset import Dataset, Rows
    from advisor.training.trainer import make_trainer

    random = np.random.default_rng(0)
    x = random.normal(size=(500, 64)).astype("float32")
    y = random.integers(0, 10, 500).astype("int32")
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(128, "relu", name="hidden"),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    dataset = Dataset(
        source="random",
        sha256=None,
        train=Rows(inputs=(x[:300],), targets=(y[:300],)),
        val=Rows(inputs=(x[300:],), targets=(y[300:],)),
    )
    varied = [("hidden", "kernel_regularizer", "l2"), ("hidden", "output", "Dropout")]
    return make_trainer(model, dataset, varied=varied, batch_size=32, epochs=epochs)


def main(trials: int, epochs: int) -> int:
    """Print the memory at both ends; 1 where it grew beyond the limit."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from advisor.probes.trial import Trial
    from advisor.regularization import Change, Strategy

    trains = trainer(epochs)
    found = []
    for number in range(WARM_UP + trials):
        change = Change(
            layer="hidden",
            slot="kernel_regularizer",
            kind="l2",
            before=0.0,
            to=10.0 ** -(number % 5),
            low=0.0,
            high=1.0,
        )
        trains.train(
            Trial(
                strategy=Strategy(changes=(change,)),
                seed=number,
                split=number % 30,
                epochs=epochs,
                start="saved" if number % 7 == 0 else "scratch",
            )
        )
        found.append(resident())
    window = min(WINDOW, trials // 2)
    first, last = mean(found[WARM_UP : WARM_UP + window]), mean(found[-window:])
    growth = last / first - 1
    print(f"{trials} trials: {first:.0f} MB at first, {last:.0f} MB at last, {growth:+.1%}")
    return int(growth > LIMIT)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="10 trials of two epochs")
    arguments = parser.parse_args()
    sys.exit(main(*((10, 2) if arguments.smoke else (200, 10))))
