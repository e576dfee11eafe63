"""A task: rows from a generator with a known answer, and the plain training a user gives them."""

from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from advisor.inputs.dataset import Rows
from advisor.values import dataclass
from tests.benchmarks.diagnosis.generators import Data, Rng

Half = Literal["open", "kept"]
DIGITS = 1797
HALVES: tuple[Half, ...] = ("open", "kept")
Network = Literal[
    "narrow MLP",
    "wide MLP",
    "residual MLP",
    "CNN",
    "CNN with BatchNorm",
    "Conv1D",
    "recurrent",
    "embedding",
]
Kind = Literal["balanced", "imbalanced", "label noise", "dense", "sparse", "nonlinear"]
Trait = Literal["", "nothing helps", "over-regularized", "has L2", "has dropout", "underfitting"]
Target = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """Rows and a training: everything it takes to run the user's side again.

    `generate(rng, rows)` gives inputs [rows, ...] and targets [rows]; `build(task, shape)` the
    compiled Keras model, for inputs of that shape without the batch. `trait` says what the task
    was chosen for, before any of its trainings was looked at.
    """

    name: str
    network: Network
    kind: Kind
    target: Target
    generate: Callable[[Rng, int], Data]
    build: Callable[["Task", tuple[int, ...]], Any]
    n_train: int
    n_val: int
    n_test: int = 2000
    classes: int = 1
    epochs: int = 40
    batch_size: int = 32
    trait: Trait = ""
    is_scaled: bool = True  # False for tokens, counts and pixels that are in [0, 1] already


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One drawing of a task's rows; no row is in two parts."""

    train: Rows
    val: Rows
    test: Rows

    @property
    def shape(self) -> tuple[int, ...]:
        """An input's shape without the batch."""
        return self.train.inputs[0].shape[1:]


def digits_rows(n_train: int, n_val: int) -> dict[str, int]:
    """Sizes and classes of scikit-learn's digits; what is left over is for testing."""
    return {"n_train": n_train, "n_val": n_val, "n_test": DIGITS - n_train - n_val, "classes": 10}


def fingerprint(name: str) -> int:
    """A stable 31-bit number of a name."""
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big") >> 1


def draw(task: Task, data_seed: int) -> Drawn:
    """The task's rows; every seed draws all of them anew, coefficients and noise included.

    Inputs and real targets are standardised by the training rows, as a user does it.
    """
    total = task.n_train + task.n_val + task.n_test
    rng = np.random.default_rng([fingerprint(task.name), data_seed])
    x, y = task.generate(rng, total)
    train = slice(0, task.n_train)
    if task.is_scaled:
        axes = tuple(range(x.ndim - 1))
        scale = x[train].std(axis=axes)
        x = (x - x[train].mean(axis=axes)) / np.where(scale > 0, scale, 1.0)
    if x.dtype != np.int32:
        x = x.astype(np.float32)
    if task.target == "regression":
        y = (y - y[train].mean()) / y[train].std()
    y = y.astype(np.int32 if task.target == "multiclass" else np.float32)
    ends = (0, task.n_train, task.n_train + task.n_val, total)
    parts = [Rows(inputs=(x[a:b],), targets=(y[a:b],)) for a, b in pairwise(ends)]
    return Drawn(train=parts[0], val=parts[1], test=parts[2])
