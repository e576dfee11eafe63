"""A task: a generator with its settings, and the rows it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from tests.benchmarks.diagnosis.generators import Data
from tests.benchmarks.diagnosis.models import Kind, Signature, Target
from tests.benchmarks.diagnosis.program import Rows

Half = Literal["open", "kept"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """Data of one origin: `generate(rng, rows, **settings)`, cut into three disjoint parts."""

    name: str
    family: str
    kind: Kind
    target: Target
    generate: Callable[..., Data]
    settings: Mapping[str, Any] = field(default_factory=dict)
    n_train: int
    n_val: int
    n_test: int = 4000
    classes: int = 1

    @property
    def batch_size(self) -> int:
        """Divides `n_train`, so that every compiled step has the same shape."""
        return 16 if self.n_train <= 200 else 32 if self.n_train <= 1300 else 64

    @property
    def seed(self) -> int:
        return fingerprint(self.name)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A task's rows, inputs and real targets standardised by the training rows."""

    train: Rows
    val: Rows
    test: Rows
    signature: Signature


def fingerprint(name: str) -> int:
    """A stable 31-bit seed of a name."""
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big") >> 1


def draw(task: Task, seed: int) -> Drawn:
    """The task's rows; `seed` draws them anew, coefficients and noise included."""
    total = task.n_train + task.n_val + task.n_test
    x, y = task.generate(np.random.default_rng(seed), total, **task.settings)
    train = slice(0, task.n_train)
    vocabulary = int(task.settings.get("vocabulary", 0))
    if not vocabulary:
        axes = tuple(range(x.ndim - 1)) if x.ndim < 4 else None
        mean, scale = x[train].mean(axis=axes), x[train].std(axis=axes)
        x = ((x - mean) / np.where(scale > 0, scale, 1.0)).astype(np.float32)
    if task.target == "regression":
        y = (y - y[train].mean()) / y[train].std()
    y = y.astype(np.int32 if task.target == "multiclass" else np.float32)[:, None]
    ends = (0, task.n_train, task.n_train + task.n_val, total)
    parts = [Rows(x=x[a:b], y=y[a:b], weight=np.ones(b - a, np.float32)) for a, b in pairwise(ends)]
    signature = Signature(
        shape=x.shape[1:], target=task.target, classes=task.classes, vocabulary=vocabulary
    )
    return Drawn(train=parts[0], val=parts[1], test=parts[2], signature=signature)
