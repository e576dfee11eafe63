"""Trains every case and its interventions; `python -m tests.benchmarks.diagnosis.train`.

Resumable: one JSON file and one .keras file per case in the cache, each written whole or not at
all.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

CACHE = Path("tests/benchmarks/.cache/diagnosis")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--only", help="the name of one case")
    parser.add_argument("--limit", type=int, help="at most so many cases not yet in the cache")
    arguments = parser.parse_args()
    _use_one_thread()
    from tests.benchmarks.diagnosis.recipes import all_cases

    cache = arguments.cache
    cache.mkdir(parents=True, exist_ok=True)
    (cache / ".gitignore").write_text("*\n")
    by_task = sorted(all_cases(), key=lambda case: case.task.seed)
    wanted = [case for case in by_task if arguments.only in (None, case.name)]
    missing = [c for c in wanted if not (cache / f"{c.name}.json").exists()]
    for case in missing[: arguments.limit]:
        started = time.perf_counter()
        record = measure(case, cache)
        _write(cache / f"{case.name}.json", record)
        print(f"{time.perf_counter() - started:6.1f} s  {case.name}", flush=True)


def measure(case: Any, cache: Path) -> dict[str, Any]:
    """The case's record: history as logged, interventions' test losses per seed, the model's facts.

    Saves the trained model beside it.
    """
    from tests.benchmarks.diagnosis.interventions import intervene
    from tests.benchmarks.diagnosis.tasks import draw
    from tests.benchmarks.diagnosis.user_run import run_as_user

    drawn = draw(case.task, case.seed)
    started = time.perf_counter()
    run = run_as_user(case, drawn, cache / f"{case.name}.keras")
    fitted = time.perf_counter()
    arms = intervene(case, drawn)
    return {
        "name": case.name,
        "half": case.half,
        "task": {
            "name": case.task.name,
            "family": case.task.family,
            "target": case.task.target,
            "n_train": case.task.n_train,
            "n_val": case.task.n_val,
            "n_test": case.task.n_test,
        },
        "recipe": {
            "architecture": asdict(case.architecture),
            "optimizer": case.optimizer,
            "learning_rate": case.learning_rate,
            "batch_size": case.task.batch_size,
            "epochs": case.epochs,
            "strengths": asdict(case.strengths),
            "has_class_weight": case.has_class_weight,
            "seed": case.seed,
        },
        **run,
        "arms": arms,
        "seconds": {
            "fit": round(fitted - started, 2),
            "interventions": round(time.perf_counter() - fitted, 2),
        },
    }


def _use_one_thread() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _write(path: Path, record: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(record))
    partial.replace(path)


if __name__ == "__main__":
    main()
