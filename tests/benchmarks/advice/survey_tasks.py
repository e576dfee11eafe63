"""Tasks drawn at random from the generators: what the rules' doses are set on beside the open half.

No task of the benchmark is among them: sizes, noise, widths and learning rates are drawn, real
tables and photographs stay out. So a dose that does well here was not fitted to what is reported.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tests.benchmarks.advice import models as m
from tests.benchmarks.advice.shaped_tasks import counts
from tests.benchmarks.advice.tasks import Network, Target, Task, fingerprint
from tests.benchmarks.diagnosis import generators as g

COUNT = 70
_RATES = (1e-3, 2e-3, 3e-3, 5e-3)
_LEAST_WIDE = 32

Build = Callable[[Task, tuple[int, ...]], Any]
Generate = Callable[[g.Rng, int], g.Data]


def survey() -> tuple[Task, ...]:
    """All tasks of the survey: every kind of data in turn, each drawn by its own number's seed.

    What is drawn depends on the order in which a task's parts ask its generator.
    """
    return tuple(_task(number) for number in range(COUNT))


def _task(number: int) -> Task:
    kind, make = _KINDS[number % len(_KINDS)]
    rng = np.random.default_rng(fingerprint(f"survey-{number}"))
    return Task(**(_training(rng) | make(rng) | {"name": f"survey-{number:02}-{kind}"}))


def _training(rng: g.Rng) -> dict[str, Any]:
    """Rows and epochs as users of small networks have them, evenly over their logarithms.

    Whatever else is drawn for a task stands over these.
    """
    rows = _between(rng, 120, 1500)
    return {
        "kind": "balanced",
        "n_train": rows,
        "n_val": max(60, round(0.35 * rows)),
        "epochs": _between(rng, 15, 60),
        "batch_size": int(rng.choice((16, 32, 64) if rows > 300 else (16, 32))),
    }


def _between(rng: g.Rng, low: int, high: int) -> int:
    """A whole number, evenly over its logarithm."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def _one_of(rng: g.Rng, *values: float) -> float:
    return float(rng.choice(values))


def _dense(rng: g.Rng) -> tuple[Network, Build]:
    """A narrow, a wide or a residual network; one in six may hold regularization already."""
    rate = _one_of(rng, *_RATES)
    if rng.random() < 0.2:
        width, blocks = _between(rng, 24, 64), int(rng.integers(1, 4))
        return "residual MLP", partial(m.residual, width=width, blocks=blocks, learning_rate=rate)
    width = _between(rng, 12, 128)
    widths = (width,) * int(rng.integers(1, 4))
    held = _one_of(rng, 0, 0, 0, 0, 0, 1)
    l2, dropout = (_one_of(rng, 1e-4, 1e-3, 1e-2, 0), _one_of(rng, 0.2, 0.5, 0)) if held else (0, 0)
    network: Network = "wide MLP" if width >= _LEAST_WIDE else "narrow MLP"
    return network, partial(m.mlp, widths=widths, learning_rate=rate, l2=l2, dropout=dropout)


def _of_dense(rng: g.Rng, target: Target, generate: Generate, **more: Any) -> dict[str, Any]:
    """A task for a network of Dense layers, which is drawn after its data."""
    network, build = _dense(rng)
    return _task_of(network, target, generate, build, **more)


def _task_of(
    network: Network, target: Target, generate: Generate, build: Build, **more: Any
) -> dict[str, Any]:
    """A task's fields by their names, without what `_training` draws."""
    return {"network": network, "target": target, "generate": generate, "build": build, **more}


def _table(rng: g.Rng) -> dict[str, Any]:
    """Classes in clusters, with wrong labels now and then."""
    inputs = _between(rng, 8, 80)
    classes = int(rng.choice((2, 3, 5)))
    generate = partial(
        g.table,
        inputs=inputs,
        informative=min(inputs, _between(rng, 4, 16)),
        classes=classes,
        flip=_one_of(rng, 0, 0, 0.1, 0.25),
        separation=_one_of(rng, 0.7, 1, 1.5, 2.5),
    )
    target: Target = "binary" if classes == 2 else "multiclass"
    return _of_dense(rng, target, generate, classes=classes)


def _rare(rng: g.Rng) -> dict[str, Any]:
    """Two classes, one of them rare."""
    generate = partial(
        g.table,
        inputs=_between(rng, 8, 60),
        informative=5,
        minority=_one_of(rng, 0.07, 0.15, 0.25),
        separation=_one_of(rng, 1, 1.5),
    )
    return _of_dense(rng, "binary", generate, kind="imbalanced")


def _linear(rng: g.Rng) -> dict[str, Any]:
    """A linear regression, some of whose inputs matter."""
    inputs = _between(rng, 8, 120)
    generate = partial(
        g.linear,
        inputs=inputs,
        relevant=max(3, round(inputs * _one_of(rng, 0.05, 0.2, 0.5, 1))),
        noise=_one_of(rng, 0.2, 0.5, 1),
        correlation=_one_of(rng, 0, 0, 0.5, 0.8),
    )
    return _of_dense(rng, "regression", generate, kind="dense")


def _smooth(rng: g.Rng) -> dict[str, Any]:
    """A smooth regression."""
    generate: Generate
    if rng.random() < 0.5:
        generate = partial(g.smooth, inputs=_between(rng, 3, 20), noise=_one_of(rng, 0.1, 0.3, 0.6))
    else:
        generate = partial(
            g.friedman, variant=1, inputs=_between(rng, 6, 30), noise=_one_of(rng, 0.1, 0.4, 0.8)
        )
    return _of_dense(rng, "regression", generate, kind="nonlinear")


def _curved(rng: g.Rng) -> dict[str, Any]:
    """Two classes in the plane behind a curved border."""
    generate: Generate = (
        partial(g.moons, noise=_one_of(rng, 0.2, 0.35, 0.5))
        if rng.random() < 0.5
        else partial(g.spirals, noise=_one_of(rng, 0.05, 0.15))
    )
    return _of_dense(rng, "binary", generate, kind="nonlinear")


def _images(rng: g.Rng) -> dict[str, Any]:
    """Small images for a CNN."""
    normalized = bool(rng.random() < 0.4)
    build = partial(
        m.cnn,
        filters=_between(rng, 4, 12),
        dense=_between(rng, 12, 48),
        has_batch_normalization=normalized,
        learning_rate=_one_of(rng, 1e-3, 2e-3),
    )
    network: Network = "CNN with BatchNorm" if normalized else "CNN"
    if rng.random() < 0.3:
        return _task_of(network, "binary", partial(g.blobs, noise=_one_of(rng, 0.2, 0.6)), build)
    classes = int(rng.choice((2, 4)))
    generate = partial(
        g.bars, classes=classes, noise=_one_of(rng, 0.8, 1.5, 2), flip=_one_of(rng, 0, 0, 0.2)
    )
    target: Target = "binary" if classes == 2 else "multiclass"
    return _task_of(network, target, generate, build, classes=classes)


def _signals(rng: g.Rng) -> dict[str, Any]:
    """Signals over time for convolutions."""
    build = partial(
        m.conv1d,
        filters=_between(rng, 6, 16),
        dense=_between(rng, 16, 48),
        dropout=_one_of(rng, 0, 0, 0.2),
        learning_rate=_one_of(rng, 1e-3, 2e-3),
    )
    if rng.random() < 0.4:
        return _task_of(
            "Conv1D", "regression", partial(g.bursts, noise=_one_of(rng, 0.3, 1)), build
        )
    generate = partial(g.tones, classes=3, noise=_one_of(rng, 0.5, 1, 1.5))
    return _task_of("Conv1D", "multiclass", generate, build, classes=3)


def _sequences(rng: g.Rng) -> dict[str, Any]:
    """Sequences for a recurrent network."""
    build = partial(
        m.recurrent,
        cell=str(rng.choice(("lstm", "gru"))),
        units=_between(rng, 8, 24),
        learning_rate=_one_of(rng, 2e-3, 5e-3),
    )
    # Validation rows and batches stay as drawn for more rows.
    few = {"n_train": _between(rng, 120, 600), "epochs": _between(rng, 15, 40)}
    if rng.random() < 0.5:
        generate = partial(g.adding, noise=_one_of(rng, 0.1, 0.4))
        return _task_of("recurrent", "regression", generate, build, **few)
    generate = partial(g.order, noise=_one_of(rng, 0.5, 1, 1.5))
    return _task_of("recurrent", "binary", generate, build, **few)


def _words(rng: g.Rng) -> dict[str, Any]:
    """Documents, as tokens for an embedding or as counts."""
    vocabulary = _between(rng, 60, 500)
    topics = partial(
        g.topics,
        length=_between(rng, 10, 40),
        classes=3,
        contrast=_one_of(rng, 0.3, 0.5, 0.8),
    )
    if rng.random() < 0.5:
        _, dense = _dense(rng)
        bag = counts(topics, vocabulary)
        return _task_of("embedding", "multiclass", bag, dense, classes=3, is_scaled=False)
    build = partial(
        m.embedding,
        vocabulary=vocabulary,
        dimensions=_between(rng, 4, 24),
        dense=_between(rng, 8, 32),
        learning_rate=_one_of(rng, 2e-3, 5e-3),
    )
    generate = partial(topics, vocabulary=vocabulary)
    return _task_of("embedding", "multiclass", generate, build, classes=3, is_scaled=False)


_KINDS: tuple[tuple[str, Callable[[g.Rng], dict[str, Any]]], ...] = (
    ("table", _table),
    ("linear", _linear),
    ("images", _images),
    ("smooth", _smooth),
    ("words", _words),
    ("rare", _rare),
    ("signals", _signals),
    ("curved", _curved),
    ("sequences", _sequences),
)
