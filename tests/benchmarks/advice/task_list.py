"""The tasks in pairs of like kind: by their names' hashes one of a pair is open, one kept back.

Protocols are compared on the open half; the kept half is what is reported. The list was drawn up
from the kinds of networks and data that it was to hold, before any of its trainings was run, and
no task was changed for what a method did on it.
"""

from functools import partial

from tests.benchmarks.advice import dense_tasks, further_tasks, shaped_tasks
from tests.benchmarks.advice import models as m
from tests.benchmarks.advice.tasks import Half, Task, fingerprint
from tests.benchmarks.diagnosis import generators as g

PAIRS: tuple[tuple[Task, Task], ...] = (
    *dense_tasks.PAIRS,
    *shaped_tasks.PAIRS,
    *further_tasks.PAIRS,
)
TASKS: tuple[Task, ...] = tuple(task for pair in PAIRS for task in pair)


def halves() -> dict[str, Half]:
    """Task name to half: of a pair, the name with the lower fingerprint is open."""
    half: dict[str, Half] = {}
    for pair in PAIRS:
        first, second = sorted((task.name for task in pair), key=fingerprint)
        half |= {first: "open", second: "kept"}
    return half


def task_named(name: str) -> Task:
    """Raises KeyError for a name that isn't in the list."""
    return {task.name: task for task in (*TASKS, *SMOKE)}[name]


SMOKE: tuple[Task, ...] = (
    Task(
        name="smoke-sparse",
        network="narrow MLP",
        kind="sparse",
        target="regression",
        generate=partial(g.linear, inputs=20, relevant=2, noise=0.3),
        build=partial(m.mlp, widths=(8,), learning_rate=0.02),
        n_train=48,
        n_val=24,
        n_test=200,
        epochs=10,
        batch_size=16,
    ),
    Task(
        name="smoke-classes",
        network="narrow MLP",
        kind="balanced",
        target="multiclass",
        classes=3,
        generate=partial(g.table, inputs=10, informative=4, classes=3),
        build=partial(m.mlp, widths=(8,), learning_rate=0.02),
        n_train=48,
        n_val=24,
        n_test=200,
        epochs=10,
        batch_size=16,
    ),
)
