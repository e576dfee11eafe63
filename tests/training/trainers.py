"""What the tests of the training program share: rows, varied slots, strategies."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
import pytest

from advisor.inputs.dataset import Dataset, Rows
from advisor.regularization import Change, Slot, Strategy
from advisor.training.model.strengths import Key


def dataset_of(
    inputs: Sequence[Any], targets: Sequence[Any], n_train: int, weights: Any = None
) -> Dataset:
    """The first `n_train` rows for training, the others for validation, never weighted."""

    def part(rows: slice, weighted: bool) -> Rows:
        return Rows(
            inputs=tuple(array[rows] for array in inputs),
            targets=tuple(array[rows] for array in targets),
            weights=weights[rows] if weighted and weights is not None else None,
        )

    return Dataset(
        source="rows.npz",
        sha256=None,
        train=part(slice(n_train), True),
        val=part(slice(n_train, None), False),
    )


def vectors(n_rows: int = 60, width: int = 6, classes: int = 3) -> Dataset:
    """Classes that follow from the inputs; two thirds of the rows are for training."""
    random = np.random.default_rng(0)
    x = random.normal(size=(n_rows, width)).astype("float32")
    y = np.argmax(x[:, :classes] + 0.5 * random.normal(size=(n_rows, classes)), axis=1)
    return dataset_of([x], [y.astype("int32")], 2 * n_rows // 3)


def traced(monkeypatch: pytest.MonkeyPatch, program: type[Any]) -> list[object]:
    """Grows by one each time that a program of this class traces its training."""
    trace, traces = program._trace_advance, list[object]()

    @wraps(trace)
    def counted(self: object, *arguments: object) -> object:
        traces.append(self)
        return trace(self, *arguments)

    monkeypatch.setattr(program, "_trace_advance", counted)
    return traces


def strategy(*changes: tuple[str, Slot, str, float]) -> Strategy:
    """Changes as (layer, slot, kind, strength)."""
    return Strategy(
        changes=tuple(
            Change(layer=layer, slot=slot, kind=kind, before=0.0, to=to, low=0.0, high=1.0)
            for layer, slot, kind, to in changes
        )
    )


def keys(chosen: Strategy) -> list[Key]:
    """The slots that a strategy changes."""
    return [(change.layer, change.slot, change.kind) for change in chosen.changes]


def mlp(penalty: Callable[[], Any] = lambda: None, optimizer: Any = None, rate: float = 0.0) -> Any:
    """6 -> 8 -> 3 with layers `hidden` and `out`, and a Dropout `drop` where `rate` is positive."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu", kernel_regularizer=penalty(), name="hidden"),
            *([keras.layers.Dropout(rate, name="drop")] if rate else []),
            keras.layers.Dense(3, "softmax", name="out"),
        ]
    )
    model.compile(optimizer or keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model
