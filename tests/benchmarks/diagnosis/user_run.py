"""The run a user brings: stock layers, `compile`, `fit` with validation data, `save`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.diagnosis.models import LOSSES, user_model
from tests.benchmarks.diagnosis.program import make_optimizer
from tests.benchmarks.diagnosis.recipes import Case
from tests.benchmarks.diagnosis.tasks import Drawn


def run_as_user(case: Case, drawn: Drawn, path: Path) -> dict[str, Any]:
    """Fit and save the case's model.

    Returns the history exactly as Keras logs it, `test_loss` (data loss after each epoch, without
    penalty, dropout off), and what the saved model costs: `parameters`, `penalty` (sum of the
    model's own losses), `train_loss` (clean data loss of the training rows at the end).
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(case.seed)
    model = user_model(case.architecture, drawn.signature, case.strengths)
    is_classifier = case.task.target != "regression"
    metrics = ["accuracy"] if is_classifier else ["mae"] if case.seed % 2 else []
    loss_name = LOSSES[case.task.target]
    model.compile(make_optimizer(case.optimizer, case.learning_rate), loss_name, metrics=metrics)
    loss = keras.losses.get(loss_name)

    data_loss = tf.function(lambda x, y: tf.reduce_mean(loss(y, model(x, training=False))))
    test_x, test_y = tf.constant(drawn.test.x), tf.constant(drawn.test.y)
    test_losses: list[float] = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: test_losses.append(float(data_loss(test_x, test_y)))
    )
    history = model.fit(
        drawn.train.x,
        drawn.train.y,
        validation_data=(drawn.val.x, drawn.val.y),
        epochs=case.epochs,
        batch_size=case.task.batch_size,
        class_weight=class_weights(drawn.train.y) if case.has_class_weight else None,
        callbacks=[note],
        verbose=0,
    )
    partial = path.with_name(f"partial-{path.name}")
    model.save(partial)
    partial.replace(path)
    return {
        "history": {name: [float(v) for v in values] for name, values in history.history.items()},
        "test_loss": test_losses,
        "parameters": int(model.count_params()),
        "penalty": float(sum(model.losses)) if model.losses else 0.0,
        "train_loss": float(data_loss(tf.constant(drawn.train.x), tf.constant(drawn.train.y))),
    }


def class_weights(y: npt.NDArray[Any]) -> dict[int, float]:
    """Balanced weights: rows / (classes * rows of the class)."""
    classes, counts = np.unique(y, return_counts=True)
    return {int(k): len(y) / (len(classes) * int(n)) for k, n in zip(classes, counts, strict=True)}
