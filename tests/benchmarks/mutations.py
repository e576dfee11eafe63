"""Damaged model and history files: each must end in a report or in one line and exit code 2.

    python -m tests.benchmarks.mutations [--count N] [--seed N] [--smoke] [--in-process]

Takes small files that Keras wrote and histories in JSON and CSV, flips, cuts and swaps bytes, and
runs `advisor check FILE` on each in a process of its own with a limit of 5 seconds. Exits 1 after
a crash, a traceback or a hang, and says where the files that did it are kept. Leaves
`results/mutations.json`; `--smoke` and `--in-process`, which runs the readers alone on thousands
of files a minute, leave nothing.
"""

import argparse
import csv
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from tests.inputs.keras_files import keras_files

RESULTS = Path(__file__).parent / "results" / "mutations.json"
SECONDS = 5.0
MODELS = (
    "small.keras",
    "small.h5",
    "small.weights.h5",
    "sequence.keras",
    "sequence.h5",
    "sequence.weights.h5",
    "bfloat16.weights.h5",
)
Outcome = Literal["report", "refused", "crash", "hang"]
Check = Callable[[Path], Outcome]
Mutator = Callable[[bytearray, Random], None]
BAD: tuple[Outcome, ...] = ("crash", "hang")


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A damaged file: of what it was made and how."""

    name: str
    kind: str
    content: bytes


def histories() -> dict[str, bytes]:
    """The same 30 epochs in the forms that users save."""
    epochs = range(1, 31)
    curves = {
        "loss": [2.0 / epoch for epoch in epochs],
        "accuracy": [1 - 0.6 / epoch for epoch in epochs],
        "val_loss": [0.8 + 1.2 / epoch + 0.006 * epoch for epoch in epochs],
        "val_accuracy": [math.nan if epoch == 7 else 0.8 - 0.5 / epoch for epoch in epochs],
    }
    rows = [dict(zip(curves, row, strict=True)) for row in zip(*curves.values(), strict=True)]
    table = io.StringIO()
    writer = csv.DictWriter(table, ["epoch", *curves])
    writer.writeheader()
    writer.writerows({"epoch": number, **row} for number, row in enumerate(rows))
    return {
        "history.json": json.dumps(curves).encode(),
        "wrapped.json": json.dumps({"params": {"epochs": 30}, "history": curves}).encode(),
        "rows.json": json.dumps(rows, indent=2).encode("utf-16"),
        "log.csv": table.getvalue().encode(),
    }


def originals() -> dict[str, bytes]:
    """The undamaged files, by name."""
    models = keras_files()
    return {name: models[name] for name in MODELS} | histories()


def flipped(content: bytearray, random: Random) -> None:
    """A few bits, anywhere."""
    for _ in range(random.choice((1, 2, 8, 64))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def cut(content: bytearray, random: Random) -> None:
    """The end, the beginning, or a piece out of the middle."""
    start = random.choice((0, random.randrange(len(content))))
    length = random.choice((1, 8, 512, len(content)))
    del content[start : start + length]


def swapped(content: bytearray, random: Random) -> None:
    """Two pieces for each other."""
    size = random.choice((1, 8, 64, 512))
    if len(content) < 2 * size:
        return
    first = random.randrange(len(content) - 2 * size + 1)
    second = random.randrange(first + size, len(content) - size + 1)
    content[first : first + size], content[second : second + size] = (
        content[second : second + size],
        content[first : first + size],
    )


def overwritten(content: bytearray, random: Random) -> None:
    """A few words by what counts and addresses are worst at: none, all bits, another place."""
    for _ in range(random.choice((1, 4, 16))):
        place = random.randrange(len(content)) // 8 * 8
        elsewhere = random.randrange(len(content)).to_bytes(8, "little")
        word = random.choice((bytes(8), b"\xff" * 8, elsewhere))
        content[place : place + 8] = word[: len(content) - place]


MUTATORS: tuple[Mutator, ...] = (flipped, cut, swapped, overwritten)


def mutations(count: int, seed: int) -> Iterator[Mutation]:
    """`count` damaged files, each original and each kind of damage in turn."""
    random = Random(seed)
    files = originals()
    names = list(files)
    for number in range(count):
        name = names[number % len(names)]
        mutator = MUTATORS[number // len(names) % len(MUTATORS)]
        if name.endswith(".keras") and random.random() < 0.5:
            content, kind = inside(files[name], mutator, random), f"{mutator.__name__} inside"
        else:
            content, kind = mutated(files[name], mutator, random), mutator.__name__
        yield Mutation(name=name, kind=kind, content=content)


def mutated(content: bytes, mutator: Mutator, random: Random) -> bytes:
    """The content, damaged."""
    changed = bytearray(content)
    mutator(changed, random)
    return bytes(changed)


def inside(content: bytes, mutator: Mutator, random: Random) -> bytes:
    """An archive in order, whose config or weights are damaged: its checksums tell nothing."""
    victim = random.choice(("config.json", "model.weights.h5"))
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(packed, "w") as changed:
        for name in archive.namelist():
            member = archive.read(name)
            changed.writestr(name, mutated(member, mutator, random) if name == victim else member)
    return packed.getvalue()


def read_all(path: Path) -> None:
    """Read all that a model or history holds, with the advisor's readers; raises InputError."""
    from advisor.inputs.history import read_history
    from advisor.inputs.kinds import kind_of
    from advisor.inputs.model_file import open_model

    if kind_of(path) == "history":
        read_history(path)
        return
    with open_model(path) as model:
        for layer in model.layers:
            for tensor in layer.tensors:
                for _ in tensor.stored.chunks(1 << 20) if tensor.stored else ():
                    pass


def by_readers(path: Path) -> Outcome:
    """What the readers make of a file, in this process."""
    from advisor.errors import InputError

    begun = time.monotonic()
    try:
        read_all(path)
    except InputError as error:
        message = str(error)
        return "refused" if message.isprintable() and path.name in message else "crash"
    except Exception:
        traceback.print_exc()
        return "crash"
    return "report" if time.monotonic() - begun < SECONDS else "hang"


def by_command(path: Path) -> Outcome:
    """What `advisor check` makes of a file, in a process of its own."""
    command = [sys.executable, "-m", "advisor", "check", str(path)]
    environment = {**os.environ, "COLUMNS": "300", "NO_COLOR": "1"}
    try:
        ran = subprocess.run(
            command, capture_output=True, timeout=SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return "hang"
    errors = ran.stderr.decode(errors="replace")
    if ran.returncode == 0 and ran.stdout.strip() and "Traceback" not in errors:
        return "report"
    if ran.returncode == 2 and len(errors.splitlines()) == 1 and path.name in errors:
        return "refused"
    print(f"exit {ran.returncode}:", errors)
    return "crash"


def outcomes(
    count: int, seed: int, check: Check, folder: Path
) -> Iterator[tuple[Mutation, Outcome]]:
    """Each damaged file and what became of it; those that went badly stay in `folder`."""
    for number, mutation in enumerate(mutations(count, seed)):
        path = folder / f"mutated-{seed}-{number}-{mutation.name}"
        path.write_bytes(mutation.content)
        outcome = check(path)
        if outcome not in BAD:
            path.unlink()
        yield mutation, outcome


def print_table(found: Mapping[tuple[str, str], Counter[Outcome]]) -> None:
    """How often each outcome came, by file and kind of damage."""
    columns: tuple[Outcome, ...] = ("report", "refused", "crash", "hang")
    print(f"{'file':<22}{'damage':<20}" + "".join(f"{each:>9}" for each in columns))
    for (name, kind), counts in sorted(found.items()):
        print(f"{name:<22}{kind:<20}" + "".join(f"{counts[each]:>9}" for each in columns))
    totals = sum(found.values(), Counter[Outcome]())
    print(f"{'all':<42}" + "".join(f"{totals[each]:>9}" for each in columns))


def main(count: int, seed: int, check: Check) -> dict[str, Any]:
    """Print the table and give its sums; `is_good` if nothing went badly."""
    originals()  # takes seconds, and Keras
    found: dict[tuple[str, str], Counter[Outcome]] = {}
    slowest = 0.0
    folder = Path(tempfile.mkdtemp(prefix="advisor-mutations-"))
    begun = time.monotonic()
    for mutation, outcome in outcomes(count, seed, check, folder):
        slowest = max(slowest, time.monotonic() - begun)
        found.setdefault((mutation.name, mutation.kind), Counter())[outcome] += 1
        begun = time.monotonic()
    print_table(found)
    print(f"slowest: {slowest:.2f} s")
    totals = sum(found.values(), Counter[Outcome]())
    is_good = not any(totals[bad] for bad in BAD)
    if is_good:
        folder.rmdir()
    else:
        print(f"the files that went badly: {folder}")
    return {
        "files": count,
        "seed": seed,
        "outcomes": dict(totals),
        "slowest_seconds": slowest,
        "is_good": is_good,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="22 files")
    parser.add_argument("--in-process", action="store_true")
    asked = parser.parse_args()
    how = by_readers if asked.in_process else by_command
    sums = main(22 if asked.smoke else asked.count, asked.seed, how)
    if not asked.smoke and not asked.in_process:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(sums, indent=1) + "\n")
    raise SystemExit(0 if sums["is_good"] else 1)
