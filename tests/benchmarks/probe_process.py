"""`advisor check --data` on the demo as a whole process, beside plain trainings of its model.

    python -m tests.benchmarks.probe_process [--rounds N] [--smoke]

Wall seconds, in turn: the check's process; a process that imports TensorFlow and trains the demo's
network once with `compile` + `fit`, as its user would. The target: the check takes at most the
import plus two such trainings.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

RESULT = Path(__file__).parent / "results" / "probe_process.json"
TARGET = 2.0
_PLAIN = """
import json, sys, time
started = time.perf_counter()
import keras, numpy as np
imported = time.perf_counter()
data = np.load(sys.argv[1])
model = keras.Sequential([keras.Input(data["x_train"].shape[1:]), *(
    keras.layers.Dense(units, activation) for units, activation in
    ((128, "relu"), (128, "relu"), (10, "softmax")))])
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(data["x_train"], data["y_train"], validation_data=(data["x_val"], data["y_val"]),
          batch_size=32, epochs=31, verbose=0)
print(json.dumps([imported - started, time.perf_counter() - imported]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--smoke", action="store_true", help="one round, nothing is written")
    arguments = parser.parse_args()
    rounds = 1 if arguments.smoke else arguments.rounds
    with tempfile.TemporaryDirectory() as folder:
        measured = [one_round(Path(folder)) for _ in range(rounds)]
    fits = sorted((check - imported) / fit for check, imported, fit in measured)
    shown = {
        "check_seconds": round(median(check for check, _, _ in measured), 2),
        "import_seconds": round(median(imported for _, imported, _ in measured), 2),
        "fit_seconds": round(median(fit for _, _, fit in measured), 2),
        "fits_beyond_the_import": round(median(fits), 2),
        "spread": [round(fits[0], 2), round(fits[-1], 2)],
        "rounds": rounds,
    }
    print(f"{json.dumps(shown)}  (target: at most {TARGET} fits beyond the import)")
    if not arguments.smoke:
        RESULT.write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")


def one_round(folder: Path) -> tuple[float, float, float]:
    """Seconds of the check's process, of the import, and of one plain training."""
    if not (folder / "data.npz").exists():
        from advisor.cli.demo_network import train_demo

        train_demo(folder)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    files = [folder / "model.keras", folder / "history.json", "--data", folder / "data.npz"]
    command = [sys.executable, "-m", "advisor", "check", *map(str, files), "--no-journal"]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    check = time.perf_counter() - started
    command = [sys.executable, "-c", _PLAIN, str(folder / "data.npz")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    imported, fit = json.loads(done.stdout)
    return check, imported, fit


if __name__ == "__main__":
    main()
