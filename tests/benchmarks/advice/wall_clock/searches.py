"""What a user starts beside the advisor, each as a process of its own.

    python -m tests.benchmarks.advice.wall_clock.searches FOLDER fit|optuna-short|optuna|keras-tuner

The folder holds `job.json` and the user's rows as `data.npz`. `fit` trains the model once and
leaves `model.keras` and `history.json`; a search trains that model anew with strengths that a tuner
draws, from the same space as in the replay, and leaves `found.json`. It chooses by Keras' own
`val_loss`, penalty included, as a user's script does. All trainings have one seed, as in the
replay. Where the replay cuts a search short it ends after as many epochs here; KerasTuner, whose
settings don't depend on it, goes on to its own end, and has two findings.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks.advice.wall_clock.keras_tuner_search import keras_tuner_hyperband
from tests.benchmarks.advice.wall_clock.optuna_study import optuna_short, optuna_to_the_end
from tests.benchmarks.advice.wall_clock.recipe import HISTORY, MODEL, Job, fitting, load_job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("process", choices=PROCESSES)
    arguments = parser.parse_args()
    PROCESSES[arguments.process](arguments.folder, load_job(arguments.folder))


def fit(folder: Path, job: Job) -> None:
    """The user's own training, with what it takes to have it checked."""
    import keras

    from tests.benchmarks.advice.task_list import task_named

    keras.utils.set_random_seed(job.seed)
    options = fitting(folder, job)
    task = task_named(job.task)
    model = task.build(task, options["x"].shape[1:])
    history = model.fit(**options, epochs=job.epochs)
    model.save(folder / MODEL)
    (folder / HISTORY).write_text(json.dumps(history.history), encoding="utf-8")


PROCESSES: Mapping[str, Callable[[Path, Job], None]] = {
    "fit": fit,
    "optuna-short": optuna_short,
    "optuna": optuna_to_the_end,
    "keras-tuner": keras_tuner_hyperband,
}


if __name__ == "__main__":
    main()
