"""Pairs of tasks for networks that know their inputs' shape: images, signals, sequences, words."""

from collections.abc import Callable
from functools import partial

import numpy as np

from tests.benchmarks.advice import models as m
from tests.benchmarks.advice.tasks import Task, digits_rows
from tests.benchmarks.diagnosis import generators as g


def counts(documents: Callable[..., g.Data], vocabulary: int) -> Callable[[g.Rng, int], g.Data]:
    """How often each token stands in a document, as log(1 + count)."""

    def generate(rng: g.Rng, rows: int) -> g.Data:
        tokens, y = documents(rng, rows, vocabulary=vocabulary)
        cells = tokens + vocabulary * np.arange(rows)[:, None]
        x = np.bincount(cells.ravel(), minlength=rows * vocabulary).reshape(rows, vocabulary)
        return np.log1p(x), y

    return generate


PAIRS: tuple[tuple[Task, Task], ...] = (
    (
        Task(
            name="cnn-bars-n300",
            network="CNN",
            kind="balanced",
            target="multiclass",
            classes=4,
            generate=partial(g.bars, classes=4, noise=1.5),
            build=partial(m.cnn, filters=6, dense=24),
            n_train=300,
            n_val=120,
            epochs=30,
        ),
        Task(
            name="cnn-digits-n250",
            network="CNN",
            kind="balanced",
            target="multiclass",
            generate=partial(g.digits, image=True),
            build=partial(m.cnn, filters=8, dense=32),
            is_scaled=False,
            epochs=30,
            **digits_rows(250, 120),
        ),
    ),
    (
        Task(
            name="cnn-bn-blobs-n200",
            network="CNN with BatchNorm",
            kind="balanced",
            target="binary",
            generate=partial(g.blobs, noise=0.3),
            build=partial(m.cnn, filters=6, dense=16, has_batch_normalization=True),
            n_train=200,
            n_val=100,
            epochs=25,
            batch_size=16,
        ),
        Task(
            name="cnn-bn-bars-n300",
            network="CNN with BatchNorm",
            kind="label noise",
            target="multiclass",
            classes=3,
            generate=partial(g.bars, classes=3, noise=1.2, flip=0.2),
            build=partial(m.cnn, filters=6, dense=24, has_batch_normalization=True),
            n_train=300,
            n_val=120,
            epochs=25,
        ),
    ),
    (
        Task(
            name="conv1d-tones-n300",
            network="Conv1D",
            kind="balanced",
            target="multiclass",
            classes=4,
            trait="has dropout",
            generate=partial(g.tones, classes=4, noise=1.0),
            build=partial(m.conv1d, filters=12, dense=32, dropout=0.3),
            n_train=300,
            n_val=100,
        ),
        Task(
            name="conv1d-bursts-n200",
            network="Conv1D",
            kind="nonlinear",
            target="regression",
            trait="has dropout",
            generate=partial(g.bursts, noise=0.5),
            build=partial(m.conv1d, filters=8, dense=24, dropout=0.2),
            n_train=200,
            n_val=80,
        ),
    ),
    (
        Task(
            name="lstm-order-n300",
            network="recurrent",
            kind="balanced",
            target="binary",
            generate=partial(g.order, noise=1.0),
            build=partial(m.recurrent, cell="lstm", units=12, learning_rate=5e-3),
            n_train=300,
            n_val=120,
        ),
        Task(
            name="gru-adding-n400",
            network="recurrent",
            kind="nonlinear",
            target="regression",
            generate=partial(g.adding, noise=0.3),
            build=partial(m.recurrent, cell="gru", units=16, learning_rate=5e-3),
            n_train=400,
            n_val=120,
        ),
    ),
    (
        Task(
            name="embedding-topics-n200",
            network="embedding",
            kind="balanced",
            target="multiclass",
            classes=3,
            generate=partial(g.topics, vocabulary=200, length=20, classes=3, contrast=0.5),
            build=partial(m.embedding, vocabulary=200, dimensions=16, dense=16, learning_rate=5e-3),
            is_scaled=False,
            n_train=200,
            n_val=100,
            batch_size=16,
        ),
        Task(
            name="bag-topics-n500",
            network="embedding",
            kind="balanced",
            target="multiclass",
            classes=4,
            generate=counts(partial(g.topics, length=25, classes=4, contrast=0.5), 300),
            build=partial(m.mlp, widths=(32,), learning_rate=3e-3),
            is_scaled=False,
            n_train=500,
            n_val=150,
            epochs=30,
        ),
    ),
)
