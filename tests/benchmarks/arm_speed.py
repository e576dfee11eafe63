"""What one arm of the race costs, beside a fresh `compile` + `fit` and a loop written by hand.

    python -m tests.benchmarks.arm_speed [--rounds N] [--smoke]

CPU seconds, side by side in one process, in turn, so that a busy machine slows all of them alike.
Each trains the same network for the same steps, with a penalty, dropout and a validation loss after
each epoch. The targets: at least 15 times less than `fit` for the demo's MLP, 3 times for a small
CNN and an LSTM; at most 1.3 times the loop, which is one model's own `tf.function` over one epoch.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from advisor.cli.demo_network import IDLE_INPUTS
from advisor.inputs.dataset import Dataset, Rows
from advisor.regularization import Change, Slot, Strategy

L2, RATE = 1e-3, 0.3
LOSS = "sparse_categorical_crossentropy"
PIXELS = 64  # of a digit; the demo adds inputs that mean nothing
INPUTS = PIXELS + IDLE_INPUTS


@dataclass(frozen=True, kw_only=True)
class Task:
    """A network by its layers' strengths (L2, dropout rate), and what it trains on."""

    build: Callable[[float, float], Any]
    varied: tuple[tuple[str, Slot, str], ...]
    data: Dataset
    epochs: int
    batch_size: int = 32


def mlp(l2: float, rate: float) -> Any:
    """The demo's network."""
    import keras
    from keras import layers as L

    def penalty() -> Any:
        return keras.regularizers.L2(l2) if l2 else None

    drops = [[L.Dropout(rate)] if rate else [] for _ in range(2)]
    return keras.Sequential(
        [
            keras.Input((INPUTS,)),
            L.Dense(128, "relu", name="hidden_1", kernel_regularizer=penalty()),
            *drops[0],
            L.Dense(128, "relu", name="hidden_2", kernel_regularizer=penalty()),
            *drops[1],
            L.Dense(10, "softmax", name="digit"),
        ]
    )


def cnn(l2: float, rate: float) -> Any:
    """Two small convolutions with Batch Normalization."""
    import keras
    from keras import layers as L

    penalty = keras.regularizers.L2(l2) if l2 else None
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(8, 3, activation="relu", name="conv_1", kernel_regularizer=penalty),
            L.BatchNormalization(),
            L.Conv2D(16, 3, activation="relu", name="conv_2"),
            L.Flatten(name="flat"),
            *([L.Dropout(rate)] if rate else []),
            L.Dense(10, "softmax"),
        ]
    )


def lstm(l2: float, rate: float) -> Any:
    """Rows of the digits as eight steps of a sequence."""
    import keras
    from keras import layers as L

    penalty = keras.regularizers.L2(l2) if l2 else None
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            L.LSTM(24, name="cells", kernel_regularizer=penalty),
            *([L.Dropout(rate)] if rate else []),
            L.Dense(10, "softmax"),
        ]
    )


def tasks(epochs: int) -> dict[str, Task]:
    """The demo's rows in the shape that each network takes."""
    from advisor.cli.demo_network import train_demo

    with tempfile.TemporaryDirectory() as folder, np.load(train_demo(Path(folder)).data) as arrays:
        x, y = ({part: arrays[f"{name}_{part}"] for part in ("train", "val")} for name in "xy")

    def data(*shape: int) -> Dataset:
        train, val = (
            Rows(inputs=(x[part][:, : prod(shape)].reshape(-1, *shape),), targets=(y[part],))
            for part in ("train", "val")
        )
        return Dataset(source="demo", sha256=None, train=train, val=val)

    return {
        "demo's MLP": Task(
            build=mlp,
            varied=(
                ("hidden_1", "kernel_regularizer", "l2"),
                ("hidden_2", "kernel_regularizer", "l2"),
                ("hidden_1", "output", "Dropout"),
                ("hidden_2", "output", "Dropout"),
            ),
            data=data(INPUTS),
            epochs=epochs,
        ),
        "small CNN": Task(
            build=cnn,
            varied=(("conv_1", "kernel_regularizer", "l2"), ("flat", "output", "Dropout")),
            data=data(8, 8, 1),
            epochs=epochs,
        ),
        "LSTM": Task(
            build=lstm,
            varied=(("cells", "kernel_regularizer", "l2"), ("cells", "output", "Dropout")),
            data=data(8, 8),
            epochs=epochs,
        ),
    }


def compiled(task: Task, l2: float, rate: float) -> Any:
    """The network as the user would compile it."""
    import keras

    model = task.build(l2, rate)
    model.compile(keras.optimizers.Adam(2e-3), LOSS, metrics=["accuracy"])
    return model


def fit(task: Task) -> None:
    """A fresh `compile` + `fit`, the arm as a user would train it."""
    train, val = task.data.train, task.data.val
    compiled(task, L2, RATE).fit(
        train.inputs[0],
        train.targets[0],
        validation_data=(val.inputs[0], val.targets[0]),
        batch_size=task.batch_size,
        epochs=task.epochs,
        verbose=0,
    )


def loop(task: Task) -> Callable[[], None]:
    """A loop for this model alone, with stock layers: strengths are baked in."""
    import keras
    import tensorflow as tf

    model = compiled(task, L2, RATE)
    optimizer, variables = model.optimizer, model.trainable_variables
    optimizer.build(variables)
    losses = keras.losses.get(LOSS)
    x, y = tf.constant(task.data.train.inputs[0]), tf.constant(task.data.train.targets[0])
    val_x, val_y = tf.constant(task.data.val.inputs[0]), tf.constant(task.data.val.targets[0])
    size = task.batch_size

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def epoch(order: Any) -> Any:
        def step(first: Any) -> Any:
            rows = order[first : tf.minimum(first + size, tf.size(order))]
            with tf.GradientTape() as tape:
                answers = model(tf.gather(x, rows), training=True)
                loss = tf.reduce_mean(losses(tf.gather(y, rows), answers))
                loss += tf.add_n(model.losses)
            gradients = tape.gradient(loss, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            return first + size

        tf.while_loop(lambda first: first < tf.size(order), step, [tf.constant(0)])
        return tf.reduce_mean(losses(val_y, model(val_x, training=False)))

    def train() -> None:
        random = np.random.default_rng(0)
        for _ in range(task.epochs):
            float(epoch(tf.constant(random.permutation(len(task.data.train)).astype("int32"))))

    train()  # traced here
    return train


def arm(task: Task) -> tuple[Callable[[], None], float]:
    """Trains one arm in the program; and the CPU seconds of building and tracing it."""
    from advisor.probes.trial import Trial
    from advisor.training.trainer import make_trainer

    changes = tuple(
        Change(
            layer=layer,
            slot=slot,
            kind=kind,
            before=0.0,
            to=L2 if kind == "l2" else RATE,
            low=0.0,
            high=1.0,
        )
        for layer, slot, kind in task.varied
    )
    trial = Trial(strategy=Strategy(changes=changes), seed=0, epochs=task.epochs)
    started = time.process_time()
    trainer = make_trainer(
        compiled(task, 0.0, 0.0),
        task.data,
        varied=task.varied,
        batch_size=task.batch_size,
        epochs=task.epochs,
    )
    trainer.train(trial)
    first = time.process_time() - started
    again = cpu(lambda: trainer.train(trial))
    return lambda: trainer.train(trial) and None, max(0.0, first - again)


def cpu(action: Callable[[], object]) -> float:
    """The CPU seconds of this process that `action` takes."""
    started = time.process_time()
    action()
    return time.process_time() - started


def spread(values: list[float]) -> str:
    """Median with the extremes."""
    return f"{median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def main(rounds: int, epochs: int) -> None:
    """Print CPU seconds and ratios, each with its spread over the rounds."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    limits = {"demo's MLP": 15, "small CNN": 3, "LSTM": 3}
    for name, task in tasks(epochs).items():
        by_hand = loop(task)
        program, setup = arm(task)
        actions = {"fit": lambda task=task: fit(task), "loop": by_hand, "arm": program}
        found = [{key: cpu(action) for key, action in actions.items()} for _ in range(rounds)]
        steps = -(-len(task.data.train) // task.batch_size) * task.epochs
        print(f"{name}, {steps} steps, {rounds} rounds; CPU seconds, median (least to most)")
        for key in actions:
            print(f"  {key:<5} {spread([each[key] for each in found])}")
        print(f"  building and tracing the program, once: {setup:.3g}")
        to_fit = spread([each["fit"] / each["arm"] for each in found])
        to_loop = spread([each["arm"] / each["loop"] for each in found])
        print(f"  fit / arm {to_fit} (>= {limits[name]});  arm / loop {to_loop} (<= 1.3)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="one round of two epochs")
    arguments = parser.parse_args()
    main(*((1, 2) if arguments.smoke else (arguments.rounds, 31)))
