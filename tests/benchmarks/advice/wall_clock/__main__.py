"""The advisor beside Optuna and KerasTuner run for real, by the clock.

    python -m tests.benchmarks.advice.wall_clock [--tasks NAME ...] [--repeats N] [--ends N]
    python -m tests.benchmarks.advice.wall_clock --show|--smoke

Every contender is a process of its own, imports included, with as many threads as it likes. They
take turns, as the machine may have other work: before each search there is one `fit` of the user's
model, and `advisor check` on what that has left, with its own defaults and an empty cache. The
tuners (`searches`) are cut after ten trainings' epochs, four times the advisor's budget, and
in the first `--ends` repeats run to their own end as well. What was picked is then trained in full
with three seeds, outside of the clock, and set beside what the replay says. Needs Linux, and the
extra `[bench]` for the tuners.

Resumable: a repeat of a task is stored once it is complete. `--show` prints what is stored;
`--smoke` runs a tiny task with cut searches alone, and stores nothing.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from advisor.inputs.report_file import read_report
from advisor.regularization import Strategy
from advisor.surgery.apply import strategy_of_report
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.contenders import ADVISOR
from tests.benchmarks.advice.lineup import KERAS_TUNER, OPTUNA
from tests.benchmarks.advice.task_list import SMOKE, task_named
from tests.benchmarks.advice.tasks import Drawn, Task, fingerprint
from tests.benchmarks.advice.wall_clock import figures
from tests.benchmarks.advice.wall_clock.figures import FIT, Reading
from tests.benchmarks.advice.wall_clock.recipe import (
    CUT,
    DATA,
    END,
    HISTORY,
    MODEL,
    Job,
    load_found,
    save_job,
)
from tests.benchmarks.advice.wall_clock.table import CUT_AT, lines, stored_lines
from tests.benchmarks.advice.workbench import FULL_SEEDS, Workbench
from tests.benchmarks.check_speed import timed

SAMPLE: Mapping[str, str] = {
    "narrow-cancer-n200": "a narrow MLP, real table",
    "wide-friedman1-d40-n250": "a wide MLP",
    "cnn-digits-n250": "a CNN",
    "gru-adding-n400": "recurrent: the dearest kind to train",
    "embedding-topics-n200": "an embedding",
    "wide-table-n10000": "many rows and few epochs: the tuners' processes pay least for building",
}
"""One task a kind, named before any was timed: the first of its kind in the list of tasks, kept
back and open in turn."""
_SEEDS = FULL_SEEDS[:3]
_ROWS = {
    ("optuna-short", CUT): Row(OPTUNA, CUT_AT),
    ("keras-tuner", CUT): Row(KERAS_TUNER, CUT_AT),
    ("optuna", END): Row(OPTUNA),
    ("keras-tuner", END): Row(KERAS_TUNER),
}
"""Process and finding to the row of the replay."""
_PACKAGES = {"optuna-short": "optuna", "keras-tuner": "keras_tuner"}
_CUT, _TO_THE_END = tuple(_PACKAGES), "optuna"
_WARM = "import keras; from advisor.cli.app import main"
_SMOKE_EPOCHS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", choices=SAMPLE, default=list(SAMPLE))
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--ends", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what is stored")
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    _free_the_threads()
    if arguments.smoke:
        smoke()
        return
    if not arguments.show:
        measure(arguments.tasks, arguments.repeats, arguments.ends)
    print("\n".join(stored_lines()))


def measure(tasks: Sequence[str], repeats: int, ends: int) -> None:
    """Run the repeats that are not stored yet, all tasks once before any is repeated."""
    if missing := {package for package in _PACKAGES.values() if find_spec(package) is None}:
        raise SystemExit(f"not installed: {', '.join(missing)}; they come with the extra [bench]")
    timed([sys.executable, "-c", f"import optuna, keras_tuner; {_WARM}"])  # fills the file cache
    for repeat in range(repeats):
        for name in tasks:
            stored = figures.load()
            if any((each.task, each.repeat) == (name, repeat) for each in stored):
                continue
            started = time.perf_counter()
            task = task_named(name)
            job = Job(
                task=name,
                epochs=task.epochs,
                batch_size=task.batch_size,
                seed=fingerprint(f"{name}/{repeat}"),
                limit=CUT_AT * task.epochs,
                has_end=repeat < ends,
            )
            searches = (*_CUT, _TO_THE_END) if job.has_end else _CUT
            figures.save([*stored, *one_repeat(task, job, repeat, searches)])
            print(f"{time.perf_counter() - started:7.1f} s  {name}, repeat {repeat}", flush=True)


def smoke() -> None:
    """One repeat of a tiny task with searches cut short; those that aren't installed left out."""
    task = replace(SMOKE[0], epochs=_SMOKE_EPOCHS)
    job = Job(
        task=task.name,
        epochs=task.epochs,
        batch_size=task.batch_size,
        seed=1,
        limit=task.epochs,
        has_end=False,
    )
    short = [name for name in _CUT if find_spec(_PACKAGES[name])]
    readings = one_repeat(task, job, 0, short, each_has_turn=False)
    print("\n".join(lines(readings, {})))
    if missing := [_PACKAGES[name] for name in _CUT if name not in short]:
        print(f"left out, as they are not installed: {', '.join(missing)}")


def one_repeat(
    task: Task, job: Job, repeat: int, searches: Sequence[str], *, each_has_turn: bool = True
) -> list[Reading]:
    """Every process in turn, with what each picked valued after the last."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench = Workbench(task, 0, folder / "cache")
        save_job(folder, job)
        _save_rows(folder / DATA, bench.drawn)
        readings = list(_user(folder, bench, repeat, 0))
        for turn, search in enumerate(searches):
            if each_has_turn and turn > 0:
                readings += _user(folder, bench, repeat, turn)
            readings += _search(folder, bench, repeat, search)
        return [replace(own, losses=_losses(bench, strategy)) for own, strategy in readings]


def _user(
    folder: Path, bench: Workbench, repeat: int, turn: int
) -> Iterator[tuple[Reading, Strategy]]:
    """The user's own training, and the check of what it left."""
    fitted = _timed(_module("wall_clock.searches", folder, "fit"), bench.task, repeat, Row(FIT))
    history = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    yield replace(fitted, pick=arm_name(Arm()), shown=min(history["val_loss"])), Strategy()
    report = folder / "report.json"
    files = [str(folder / MODEL), str(folder / HISTORY), "--data", str(folder / DATA)]
    check = [sys.executable, "-m", "advisor", "check", *files, "--report", f"json={report}"]
    cache = f"XDG_CACHE_HOME={folder / f'empty-{turn}'}"  # no journal of an earlier check
    checked = _timed(["env", cache, *check], bench.task, repeat, ADVISOR)
    arms = json.loads(report.read_text(encoding="utf-8"))["probes"]["arms"]
    pick = next(arm["name"] for arm in arms if arm["is_pick"])
    yield replace(checked, pick=pick), strategy_of_report(read_report(report), folder / MODEL)


def _search(
    folder: Path, bench: Workbench, repeat: int, search: str
) -> Iterator[tuple[Reading, Strategy]]:
    """A tuner's process, read wherever it stood."""
    whole = _timed(_module("wall_clock.searches", folder, search), bench.task, repeat, Row(search))
    for found in load_found(folder):
        row = _ROWS[search, found.row]
        yield (
            replace(
                whole,
                contender=row.contender,
                budget=row.budget,
                wall=whole.wall - found.wall,
                cpu=whole.cpu - found.cpu,
                pick=arm_name(found.arm),
                shown=found.shown,
                trainings=found.epochs / bench.task.epochs,
                trials=found.trials,
                measured=found.measured,
            ),
            bench.space.strategy(found.arm),
        )


def _losses(bench: Workbench, strategy: Strategy) -> list[float]:
    """Test losses [seeds] of full trainings on the user's own rows, stopped early."""
    return [float(loss) for loss in bench.full_losses(strategy, "stopped", _SEEDS)]


def _timed(command: list[str], task: Task, repeat: int, row: Row) -> Reading:
    busy = _busy()
    taken = timed(command)
    return Reading(
        task=task.name,
        repeat=repeat,
        contender=row.contender,
        wall=taken.wall,
        cpu=taken.cpu,
        busy=busy,
        pick="",
        losses=(),
    )


def _busy(seconds: float = 0.5) -> float:
    """The share of all cores that is at work for others, while this process sleeps."""
    before = _ticks()
    time.sleep(seconds)
    idle, total = (after - start for after, start in zip(_ticks(), before, strict=True))
    return 1 - idle / total


def _ticks() -> tuple[int, int]:
    """Idle ticks and all ticks of the cores since the machine started."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    ticks = [int(word) for word in line.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)  # idle, and waiting for a disk


def _module(name: str, *arguments: object) -> list[str]:
    module = f"tests.benchmarks.advice.{name}"
    return [sys.executable, "-m", module, *map(str, arguments)]


def _save_rows(path: Path, drawn: Drawn) -> None:
    """The rows that the user trains and validates with, as `--data` takes them."""
    train, val = drawn.train, drawn.val
    np.savez(
        path,
        x_train=train.inputs[0],
        y_train=train.targets[0],
        x_val=val.inputs[0],
        y_val=val.targets[0],
    )


def _free_the_threads() -> None:
    """Settings that a user does not have; those of the shell that started this are inherited."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


if __name__ == "__main__":
    main()
