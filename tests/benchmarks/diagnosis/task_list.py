"""The tasks, and the half each belongs to: open, where thresholds are set, or kept back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.benchmarks.diagnosis import generators as g
from tests.benchmarks.diagnosis.models import Kind, Target
from tests.benchmarks.diagnosis.tasks import Half, Task, fingerprint


def halves() -> dict[str, Half]:
    """Task name to half: within each family, in the order of the name's hash, alternating."""
    by_family: dict[str, list[str]] = {}
    for task in TASKS:
        by_family.setdefault(task.family, []).append(task.name)
    half: dict[str, Half] = {}
    for family, names in sorted(by_family.items()):
        first = fingerprint(family) % 2
        for position, name in enumerate(sorted(names, key=fingerprint)):
            half[name] = "open" if (position + first) % 2 == 0 else "kept"
    return half


def _table(name: str, family: str, n_train: int, n_val: int, **settings: Any) -> Task:
    classes = settings.get("classes", 2)
    target: Target = "binary" if classes == 2 else "multiclass"
    return Task(
        name=name,
        family=family,
        kind="mlp",
        target=target,
        classes=classes,
        generate=g.table,
        settings=settings,
        n_train=n_train,
        n_val=n_val,
    )


def _task(
    name: str,
    family: str,
    kind: Kind,
    generate: Callable[..., g.Data],
    size: tuple[int, int, int],
    /,
    **settings: Any,
) -> Task:
    """`size` is training rows, validation rows and classes, of which a regression has 1."""
    n_train, n_val, classes = size
    targets: dict[int, Target] = {1: "regression", 2: "binary"}
    return Task(
        name=name,
        family=family,
        kind=kind,
        target=targets.get(classes, "multiclass"),
        classes=classes,
        generate=generate,
        settings=settings,
        n_train=n_train,
        n_val=n_val,
    )


def _digits(name: str, kind: Kind, n_train: int, n_val: int, **settings: Any) -> Task:
    return Task(
        name=name,
        family="digits",
        kind=kind,
        target="multiclass",
        classes=10,
        generate=g.digits,
        settings=settings,
        n_train=n_train,
        n_val=n_val,
        n_test=1797 - n_train - n_val,
    )


TASKS: tuple[Task, ...] = (
    _table("table-d20-n160", "table", 160, 80, inputs=20, informative=5),
    _table("table-d20-n640", "table", 640, 160, inputs=20, informative=8, flip=0.02),
    _table("table-d12-n2560", "table", 2560, 500, inputs=12, informative=5, flip=0.15),
    _table("table-d60-n320", "table", 320, 100, inputs=60, informative=8, flip=0.1),
    _table("table-c4-n512", "table", 512, 128, inputs=30, informative=8, classes=4),
    _table("table-c3-n1280", "table", 1280, 300, inputs=10, informative=6, classes=3, flip=0.1),
    _table("table-easy-n960", "table", 960, 200, inputs=8, informative=4, flip=0.2, separation=2.0),
    _table("rare10-n640", "imbalanced", 640, 160, inputs=15, informative=5, minority=0.1),
    _table("rare20-n320", "imbalanced", 320, 100, inputs=15, informative=6, minority=0.2),
    _table(
        "rare10-n1920", "imbalanced", 1920, 400, inputs=12, informative=5, minority=0.1, flip=0.1
    ),
    _table("rare05-n1280", "imbalanced", 1280, 300, inputs=12, informative=4, minority=0.05),
    _table("flip30-n480", "label-noise", 480, 120, inputs=15, informative=5, flip=0.3),
    _table("flip40-n1920", "label-noise", 1920, 400, inputs=8, informative=4, flip=0.4),
    _table("flip20-n960", "label-noise", 960, 200, inputs=25, informative=6, flip=0.2),
    _table("flip50-n2560", "label-noise", 2560, 500, inputs=10, informative=5, flip=0.5),
    _task("moons-n96", "plane", "mlp", g.moons, (96, 50, 2), noise=0.35),
    _task("moons-n640", "plane", "mlp", g.moons, (640, 160, 2), noise=0.3),
    _task("moons-n1920", "plane", "mlp", g.moons, (1920, 300, 2), noise=0.4),
    _task("spirals-n160", "plane", "mlp", g.spirals, (160, 60, 2), noise=0.06),
    _task("spirals-n960", "plane", "mlp", g.spirals, (960, 200, 2), noise=0.08),
    _task("friedman1-d10-n320", "friedman", "mlp", g.friedman, (320, 100, 1), variant=1, noise=0.2),
    _task(
        "friedman1-d50-n320",
        "friedman",
        "mlp",
        g.friedman,
        (320, 80, 1),
        variant=1,
        noise=0.2,
        inputs=50,
    ),
    _task(
        "friedman1-d10-n1920", "friedman", "mlp", g.friedman, (1920, 400, 1), variant=1, noise=0.6
    ),
    _task("friedman2-n160", "friedman", "mlp", g.friedman, (160, 60, 1), variant=2, noise=0.3),
    _task("friedman3-n640", "friedman", "mlp", g.friedman, (640, 160, 1), variant=3, noise=0.5),
    _task("friedman2-n1280", "friedman", "mlp", g.friedman, (1280, 300, 1), variant=2, noise=0.8),
    _task(
        "sparse-d100-n160",
        "linear",
        "mlp",
        g.linear,
        (160, 60, 1),
        inputs=100,
        relevant=5,
        noise=0.3,
    ),
    _task(
        "sparse-d60-n640",
        "linear",
        "mlp",
        g.linear,
        (640, 160, 1),
        inputs=60,
        relevant=5,
        noise=0.5,
    ),
    _task(
        "dense-d50-n160", "linear", "mlp", g.linear, (160, 80, 1), inputs=50, relevant=50, noise=0.3
    ),
    _task(
        "dense-d20-n1920",
        "linear",
        "mlp",
        g.linear,
        (1920, 400, 1),
        inputs=20,
        relevant=20,
        noise=1.0,
    ),
    _task(
        "correlated-d40-n192",
        "linear",
        "mlp",
        g.linear,
        (192, 64, 1),
        inputs=40,
        relevant=20,
        noise=0.5,
        correlation=0.7,
    ),
    _task(
        "correlated-d30-n1280",
        "linear",
        "mlp",
        g.linear,
        (1280, 250, 1),
        inputs=30,
        relevant=15,
        noise=1.0,
        correlation=0.7,
    ),
    _task("smooth-d6-n640", "smooth", "mlp", g.smooth, (640, 160, 1), inputs=6, noise=0.3),
    _task("smooth-d4-n2560", "smooth", "mlp", g.smooth, (2560, 500, 1), inputs=4, noise=0.8),
    _digits("digits-n160", "mlp", 160, 100),
    _digits("digits-n480", "mlp", 480, 150),
    _digits("digits-noisy-n320", "mlp", 320, 120, flip=0.2),
    _digits("digits-image-n320", "cnn", 320, 120, image=True),
    _task("bars-n320", "images", "cnn", g.bars, (320, 100, 4), classes=4, noise=1.5),
    _task(
        "bars-flip-n1280", "images", "cnn", g.bars, (1280, 250, 3), classes=3, noise=1.0, flip=0.3
    ),
    _task("bars-n640", "images", "cnn-bn", g.bars, (640, 160, 4), classes=4, noise=2.0),
    _task("blobs-n192", "images", "cnn", g.blobs, (192, 64, 2), noise=0.25),
    _task("blobs-n960", "images", "cnn-bn", g.blobs, (960, 200, 2), noise=0.35),
    _task("tones-n320", "signals", "conv1d", g.tones, (320, 100, 4), classes=4, noise=1.0),
    _task(
        "tones-flip-n1280",
        "signals",
        "conv1d",
        g.tones,
        (1280, 250, 3),
        classes=3,
        noise=0.6,
        flip=0.3,
    ),
    _task("bursts-n192", "signals", "conv1d", g.bursts, (192, 64, 1), noise=0.5),
    _task("bursts-n960", "signals", "conv1d", g.bursts, (960, 200, 1), noise=0.5),
    _task("adding-n640", "sequences", "lstm", g.adding, (640, 160, 1), noise=0.3),
    _task("order-n320", "sequences", "gru", g.order, (320, 100, 2), noise=1.0),
    _task("order-flip-n960", "sequences", "lstm", g.order, (960, 200, 2), noise=0.8, flip=0.2),
    _task("order-n192", "sequences", "gru", g.order, (192, 64, 2), noise=0.8),
    _task(
        "topics-v200-n160",
        "words",
        "bow",
        g.topics,
        (160, 80, 2),
        vocabulary=200,
        length=20,
        classes=2,
        contrast=0.5,
    ),
    _task(
        "topics-v400-n640",
        "words",
        "bow",
        g.topics,
        (640, 160, 4),
        vocabulary=400,
        length=25,
        classes=4,
        contrast=0.5,
    ),
    _task(
        "topics-v100-n1920",
        "words",
        "bow",
        g.topics,
        (1920, 400, 2),
        vocabulary=100,
        length=15,
        classes=2,
        contrast=0.4,
    ),
    _task(
        "topics-v300-n320",
        "words",
        "bow",
        g.topics,
        (320, 100, 3),
        vocabulary=300,
        length=30,
        classes=3,
        contrast=0.4,
    ),
)
