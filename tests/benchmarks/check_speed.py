"""How long `advisor check` takes on MobileNetV2, beside a bare import and beside Keras.

    python -m tests.benchmarks.check_speed [--repeats N]

Whole processes with their byte code on disk, run in turn so that a busy machine slows all of them
alike; the least of many rounds is nearest to what an idle one takes. The targets: at most 1.5 times
`python -c "import numpy, typer, rich"`, and at least 12 times faster than importing Keras and
loading the same file. With `--fail-on` the check is to cost no more than without; `--no-keras`
leaves the slow loading out where that alone is asked.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BARE = [sys.executable, "-c", "import numpy, typer, rich"]
LOAD = "import sys, keras; keras.models.load_model(sys.argv[1])"
BUILD = "import sys, keras; keras.applications.MobileNetV2(weights=None).save(sys.argv[1])"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One whole process: wall and CPU seconds."""

    wall: float
    cpu: float


def timed(command: list[str]) -> Timing:
    """Run a command that must succeed; that the gate fails this run is such a success."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True)
    wall = time.perf_counter() - started
    if done.returncode != ("--fail-on" in command):
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(wall=wall, cpu=cpu)


def history() -> dict[str, list[float]]:
    """Sixty epochs of a run that overfits."""
    epochs = range(1, 61)
    return {
        "loss": [2.0 / epoch for epoch in epochs],
        "accuracy": [1 - 0.6 / epoch for epoch in epochs],
        "val_loss": [0.8 + 1.2 / epoch + 0.006 * epoch for epoch in epochs],
        "val_accuracy": [0.8 - 0.5 / epoch for epoch in epochs],
    }


def spread(values: list[float]) -> str:
    """Median with the extremes."""
    return f"{median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main(repeats: int, *, has_keras: bool = True) -> None:
    """Print seconds and ratios, each with its spread over the repeats."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # would compile every module every time
    with tempfile.TemporaryDirectory() as folder:
        model, run = Path(folder) / "model.keras", Path(folder) / "history.json"
        subprocess.run([sys.executable, "-c", BUILD, str(model)], check=True, capture_output=True)
        run.write_text(json.dumps(history()), encoding="utf-8")
        check = [sys.executable, "-m", "advisor", "check", str(model), str(run)]
        commands = {
            "import numpy, typer, rich": BARE,
            "advisor check": check,
            "advisor check --fail-on": [*check, "--fail-on", "mild"],
        }
        if has_keras:
            commands["keras.models.load_model"] = [sys.executable, "-c", LOAD, str(model)]
        size = model.stat().st_size / 1e6
        for command in commands.values():
            timed(command)  # fills the file cache and the byte code
        rounds = [{name: timed(c) for name, c in commands.items()} for _ in range(repeats)]
    print(f"MobileNetV2, {size:.1f} MB, {repeats} rounds; median (least to most)")
    for name in commands:
        wall = spread([each[name].wall for each in rounds])
        cpu = spread([each[name].cpu for each in rounds])
        print(f"  {name:<26} wall {wall} s   cpu {cpu} s")
    bare, plain, gated, *loads = commands
    for kind in ("wall", "cpu"):
        print(f"  {kind}: check / bare import {ratio(rounds, plain, bare, kind)} (<= 1.5)")
        print(f"  {kind}: check --fail-on / check {ratio(rounds, gated, plain, kind)} (1.0)")
        for load in loads:
            print(f"  {kind}: load_model / check {ratio(rounds, load, plain, kind)} (>= 12)")


def ratio(rounds: list[dict[str, Timing]], over: str, under: str, kind: str) -> str:
    """How often one takes the time of another: over the rounds, and of the least of each."""
    seconds = [(getattr(r[over], kind), getattr(r[under], kind)) for r in rounds]
    least = min(o for o, _ in seconds) / min(u for _, u in seconds)
    return f"{spread([o / u for o, u in seconds])}, least {least:.2f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--no-keras", action="store_true")
    given = parser.parse_args()
    main(given.repeats, has_keras=not given.no_keras)
