"""Pairs of tasks for networks of Dense layers: tables, linear and smooth regressions, spirals."""

from functools import partial

from tests.benchmarks.advice import models as m
from tests.benchmarks.advice.tasks import Task, digits_rows
from tests.benchmarks.diagnosis import generators as g

CANCER = 569


def cancer(rng: g.Rng, rows: int) -> g.Data:
    """Scikit-learn's breast cancer table, shuffled; `rows` must be 569."""
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    order = rng.permutation(rows)
    return x[order], y[order]


PAIRS: tuple[tuple[Task, Task], ...] = (
    (
        Task(
            name="narrow-cancer-n200",
            network="narrow MLP",
            kind="balanced",
            target="binary",
            generate=cancer,
            build=partial(m.mlp, widths=(16, 16), learning_rate=3e-3),
            n_train=200,
            n_val=100,
            n_test=CANCER - 300,
            batch_size=16,
        ),
        Task(
            name="narrow-classes-n300",
            network="narrow MLP",
            kind="balanced",
            target="multiclass",
            classes=4,
            generate=partial(g.table, inputs=30, informative=8, classes=4),
            build=partial(m.mlp, widths=(24,), learning_rate=5e-3),
            n_train=300,
            n_val=120,
        ),
    ),
    (
        Task(
            name="narrow-moons-n1500",
            network="narrow MLP",
            kind="balanced",
            target="binary",
            trait="nothing helps",
            generate=partial(g.moons, noise=0.3),
            build=partial(m.mlp, widths=(16,), learning_rate=5e-3),
            n_train=1500,
            n_val=300,
            epochs=30,
            batch_size=64,
        ),
        Task(
            name="narrow-easy-n1200",
            network="narrow MLP",
            kind="label noise",
            target="binary",
            trait="nothing helps",
            generate=partial(g.table, inputs=8, informative=4, flip=0.1, separation=2.0),
            build=partial(m.mlp, widths=(8,), learning_rate=3e-3),
            n_train=1200,
            n_val=300,
            epochs=30,
            batch_size=64,
        ),
    ),
    (
        Task(
            name="narrow-spirals-brief",
            network="narrow MLP",
            kind="nonlinear",
            target="binary",
            trait="underfitting",
            generate=partial(g.spirals, noise=0.06),
            build=partial(m.mlp, widths=(24, 24), optimizer="sgd", learning_rate=0.01),
            n_train=400,
            n_val=150,
            epochs=20,
        ),
        Task(
            name="narrow-friedman2-brief",
            network="narrow MLP",
            kind="nonlinear",
            target="regression",
            trait="underfitting",
            generate=partial(g.friedman, variant=2, noise=0.3),
            build=partial(m.mlp, widths=(16, 16), learning_rate=3e-4),
            n_train=400,
            n_val=120,
            epochs=20,
        ),
    ),
    (
        Task(
            name="wide-sparse-d100-n200",
            network="wide MLP",
            kind="sparse",
            target="regression",
            generate=partial(g.linear, inputs=100, relevant=5, noise=0.3),
            build=partial(m.mlp, widths=(64,), learning_rate=3e-3),
            n_train=200,
            n_val=80,
            epochs=60,
        ),
        Task(
            name="wide-friedman1-d40-n250",
            network="wide MLP",
            kind="sparse",
            target="regression",
            generate=partial(g.friedman, variant=1, noise=0.2, inputs=40),
            build=partial(m.mlp, widths=(64, 64)),
            n_train=250,
            n_val=100,
            epochs=60,
        ),
    ),
    (
        Task(
            name="wide-dense-d50-n160",
            network="wide MLP",
            kind="dense",
            target="regression",
            generate=partial(g.linear, inputs=50, relevant=50, noise=0.3),
            build=partial(m.mlp, widths=(96,), learning_rate=2e-3),
            n_train=160,
            n_val=80,
            epochs=50,
            batch_size=16,
        ),
        Task(
            name="wide-correlated-d40-n200",
            network="wide MLP",
            kind="dense",
            target="regression",
            generate=partial(g.linear, inputs=40, relevant=20, noise=0.5, correlation=0.7),
            build=partial(m.mlp, widths=(64, 64)),
            n_train=200,
            n_val=80,
            epochs=50,
        ),
    ),
    (
        Task(
            name="wide-flip30-n400",
            network="wide MLP",
            kind="label noise",
            target="binary",
            generate=partial(g.table, inputs=15, informative=5, flip=0.3),
            build=partial(m.mlp, widths=(96,), learning_rate=3e-3),
            n_train=400,
            n_val=150,
        ),
        Task(
            name="wide-digits-flip-n300",
            network="wide MLP",
            kind="label noise",
            target="multiclass",
            generate=partial(g.digits, flip=0.2),
            build=partial(m.mlp, widths=(128, 128)),
            is_scaled=False,
            **digits_rows(300, 150),
        ),
    ),
    (
        Task(
            name="wide-rare10-n500",
            network="wide MLP",
            kind="imbalanced",
            target="binary",
            generate=partial(g.table, inputs=15, informative=5, minority=0.1),
            build=partial(m.mlp, widths=(64, 64)),
            n_train=500,
            n_val=200,
            epochs=30,
        ),
        Task(
            name="wide-rare20-n300",
            network="wide MLP",
            kind="imbalanced",
            target="binary",
            generate=partial(g.table, inputs=15, informative=6, minority=0.2),
            build=partial(m.mlp, widths=(96,), learning_rate=3e-3),
            n_train=300,
            n_val=100,
        ),
    ),
    (
        Task(
            name="wide-friedman1-decayed",
            network="wide MLP",
            kind="nonlinear",
            target="regression",
            trait="over-regularized",
            generate=partial(g.friedman, variant=1, noise=0.2),
            build=partial(m.mlp, widths=(64,), learning_rate=3e-3, l2=0.1),
            n_train=300,
            n_val=100,
        ),
        Task(
            name="wide-table-dropped",
            network="wide MLP",
            kind="balanced",
            target="binary",
            trait="over-regularized",
            generate=partial(g.table, inputs=12, informative=8, separation=1.5),
            build=partial(m.mlp, widths=(32, 32), learning_rate=3e-3, dropout=0.7),
            n_train=400,
            n_val=150,
        ),
    ),
    (
        Task(
            name="residual-friedman1-n300",
            network="residual MLP",
            kind="nonlinear",
            target="regression",
            generate=partial(g.friedman, variant=1, noise=0.3),
            build=partial(m.residual, width=32, blocks=2),
            n_train=300,
            n_val=100,
        ),
        Task(
            name="residual-smooth-n250",
            network="residual MLP",
            kind="nonlinear",
            target="regression",
            generate=partial(g.smooth, inputs=6, noise=0.3),
            build=partial(m.residual, width=48, blocks=2),
            n_train=250,
            n_val=100,
        ),
    ),
)
