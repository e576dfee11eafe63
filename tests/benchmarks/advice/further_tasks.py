"""Pairs of tasks that were drawn up after the first protocols had been raced.

They fill in what the first list lacked: thousands of rows, networks that nothing helps, real
tables and photographs, light regularization that is there already. No protocol, rule or strength
had been tried on any of them when they were written.
"""

from functools import partial

import numpy as np

from tests.benchmarks.advice import models as m
from tests.benchmarks.advice.readings import Floats
from tests.benchmarks.advice.tasks import DIGITS, Task, digits_rows
from tests.benchmarks.diagnosis import generators as g

DIABETES = 442
_PATCH = 12
_FAINT = 8.0  # grey levels; what a patch of plain sky varies by


def diabetes(rng: g.Rng, rows: int) -> g.Data:
    """Scikit-learn's diabetes table, shuffled; `rows` must be 442."""
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    order = rng.permutation(rows)
    return x[order], y[order]


def eights(rng: g.Rng, rows: int) -> g.Data:
    """Which of scikit-learn's digits are an eight: a class of one in ten; `rows` must be 1797."""
    x, y = g.digits(rng, rows)
    return x, (y == 8).astype(int)


def photographs(rng: g.Rng, rows: int) -> g.Data:
    """Grey patches of 12 x 12 pixels from scikit-learn's two photographs; which one it is.

    No two patches overlap. Each has its brightness and contrast taken out, so that the texture
    must tell.
    """
    from sklearn.datasets import load_sample_images

    patches = [_patches(image.mean(axis=2)) for image in load_sample_images().images]
    x = np.concatenate(patches)
    y = np.repeat(np.arange(len(patches)), [len(each) for each in patches])
    order = rng.permutation(len(x))[:rows]
    return x[order][..., None], y[order]


def _patches(grey: Floats) -> Floats:
    high, wide = (size // _PATCH for size in grey.shape)
    cut = grey[: high * _PATCH, : wide * _PATCH].reshape(high, _PATCH, wide, _PATCH)
    patches = cut.swapaxes(1, 2).reshape(-1, _PATCH, _PATCH)
    means = patches.mean(axis=(1, 2), keepdims=True)
    return np.asarray((patches - means) / (patches.std(axis=(1, 2), keepdims=True) + _FAINT))


PAIRS: tuple[tuple[Task, Task], ...] = (
    (
        Task(
            name="wide-table-n10000",
            network="wide MLP",
            kind="label noise",
            target="binary",
            trait="nothing helps",
            generate=partial(g.table, inputs=12, informative=6, flip=0.1, separation=1.5),
            build=partial(m.mlp, widths=(32, 32)),
            n_train=10_000,
            n_val=2000,
            epochs=15,
            batch_size=128,
        ),
        Task(
            name="wide-friedman1-n8000",
            network="wide MLP",
            kind="nonlinear",
            target="regression",
            trait="nothing helps",
            generate=partial(g.friedman, variant=1, noise=0.3),
            build=partial(m.mlp, widths=(48, 48)),
            n_train=8000,
            n_val=2000,
            epochs=15,
            batch_size=128,
        ),
    ),
    (
        Task(
            name="narrow-linear-n2000",
            network="narrow MLP",
            kind="dense",
            target="regression",
            trait="nothing helps",
            generate=partial(g.linear, inputs=10, relevant=10, noise=0.5),
            build=partial(m.mlp, widths=(12,), learning_rate=3e-3),
            n_train=2000,
            n_val=500,
            epochs=25,
            batch_size=64,
        ),
        Task(
            name="narrow-topics-n2000",
            network="embedding",
            kind="balanced",
            target="multiclass",
            classes=3,
            trait="nothing helps",
            generate=partial(g.topics, vocabulary=60, length=15, classes=3, contrast=0.6),
            build=partial(m.embedding, vocabulary=60, dimensions=4, dense=8, learning_rate=5e-3),
            is_scaled=False,
            n_train=2000,
            n_val=500,
            epochs=25,
            batch_size=64,
        ),
    ),
    (
        Task(
            name="wide-diabetes-n200",
            network="wide MLP",
            kind="dense",
            target="regression",
            generate=diabetes,
            build=partial(m.mlp, widths=(64, 32)),
            n_train=200,
            n_val=80,
            n_test=DIABETES - 280,
        ),
        Task(
            name="wide-eights-n300",
            network="wide MLP",
            kind="imbalanced",
            target="binary",
            generate=eights,
            build=partial(m.mlp, widths=(64,), learning_rate=3e-3),
            is_scaled=False,
            n_train=300,
            n_val=150,
            n_test=DIGITS - 450,
        ),
    ),
    (
        Task(
            name="cnn-photographs-n300",
            network="CNN",
            kind="balanced",
            target="binary",
            generate=photographs,
            build=partial(m.cnn, filters=8, dense=32),
            n_train=300,
            n_val=120,
            epochs=30,
        ),
        Task(
            name="cnn-bn-digits-n300",
            network="CNN with BatchNorm",
            kind="label noise",
            target="multiclass",
            generate=partial(g.digits, flip=0.15, image=True),
            build=partial(m.cnn, filters=8, dense=32, has_batch_normalization=True),
            is_scaled=False,
            epochs=25,
            **digits_rows(300, 150),
        ),
    ),
    (
        Task(
            name="lstm-tones-n300",
            network="recurrent",
            kind="balanced",
            target="multiclass",
            classes=3,
            generate=partial(g.tones, classes=3, noise=0.5),
            build=partial(m.recurrent, cell="lstm", units=16, learning_rate=5e-3),
            n_train=300,
            n_val=120,
            epochs=30,
        ),
        Task(
            name="gru-bursts-n250",
            network="recurrent",
            kind="nonlinear",
            target="regression",
            generate=partial(g.bursts, noise=0.3),
            build=partial(m.recurrent, cell="gru", units=12, learning_rate=5e-3),
            n_train=250,
            n_val=100,
            epochs=30,
        ),
    ),
    (
        Task(
            name="residual-flip20-n400",
            network="residual MLP",
            kind="label noise",
            target="multiclass",
            classes=3,
            generate=partial(g.table, inputs=20, informative=6, classes=3, flip=0.2),
            build=partial(m.residual, width=48, blocks=2),
            n_train=400,
            n_val=150,
        ),
        Task(
            name="residual-correlated-n300",
            network="residual MLP",
            kind="dense",
            target="regression",
            generate=partial(g.linear, inputs=30, relevant=15, noise=0.5, correlation=0.5),
            build=partial(m.residual, width=32, blocks=2),
            n_train=300,
            n_val=100,
        ),
    ),
    (
        Task(
            name="wide-smooth-light-l2",
            network="wide MLP",
            kind="nonlinear",
            target="regression",
            trait="has L2",
            generate=partial(g.smooth, inputs=8, noise=0.4),
            build=partial(m.mlp, widths=(96, 96), l2=1e-4),
            n_train=300,
            n_val=100,
        ),
        Task(
            name="wide-digits-dropout",
            network="wide MLP",
            kind="balanced",
            target="multiclass",
            trait="has dropout",
            generate=g.digits,
            build=partial(m.mlp, widths=(96, 96), dropout=0.2),
            is_scaled=False,
            epochs=40,
            **digits_rows(200, 100),
        ),
    ),
)
