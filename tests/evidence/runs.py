"""Runs to measure: built from plain lists, and one worked out by hand."""

from collections.abc import Sequence

from advisor.evidence.catalog import OF_RUN
from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Reading
from advisor.inputs.history import Direction, History, Series

# Worked by hand, ten epochs, windows of 3.
# val_loss: window means .8333 .7 .6 .54 .53 .5833 .65 .72: lowest .53 (epochs 5 to 7), last .72
VAL_LOSS = (1.0, 0.8, 0.7, 0.6, 0.5, 0.52, 0.57, 0.66, 0.72, 0.78)
LOSS = (1.1, 0.9, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.16, 0.12)

BY_NAME = {each.name: each for each in OF_RUN}


def series(values: Sequence[float], every: int = 1) -> Series:
    """Values of epochs `every`, 2 `every`, ..."""
    return Series(epochs=tuple(every * (i + 1) for i in range(len(values))), values=tuple(values))


def history(
    every: int = 1, learning_rate: Sequence[float] = (), **curves: Sequence[float]
) -> History:
    """A history from `loss=`, `val_loss=`, `accuracy=`, ...; validation every `every` epochs."""
    train = {name: series(v) for name, v in curves.items() if not name.startswith("val_")}
    validation = {
        name.removeprefix("val_"): series(v, every)
        for name, v in curves.items()
        if name.startswith("val_")
    }
    directions: dict[str, Direction] = {
        name: "max" if name.endswith(("accuracy", "auc", "recall", "precision")) else "min"
        for name in {*train, *validation}
    }
    lengths = [each.epochs[-1] for each in (*train.values(), *validation.values()) if each.epochs]
    return History(
        source="history",
        sha256=None,
        epochs=max(lengths, default=0),
        train=train,
        validation=validation,
        learning_rate=series(learning_rate) if learning_rate else None,
        directions=directions,
    )


def run(every: int = 1, **curves: Sequence[float]) -> Run:
    """A run of which nothing but the curves is known."""
    return Run(history=history(every, **curves))


WORKED = run(loss=LOSS, val_loss=VAL_LOSS)


def reading(name: str, of: Run) -> Reading:
    """What the measurement called `name` says of a run."""
    return BY_NAME[name].measure(of)
