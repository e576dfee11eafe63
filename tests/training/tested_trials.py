"""Trials that are also read on test rows after each of their epochs."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, isfinite
from typing import Any

import numpy as np

from advisor.inputs.dataset import Rows
from advisor.probes.trial import Trial, TrialCurve
from advisor.training.engine.costs import evaluation_rows
from advisor.training.engine.epoch_reading import EpochReading, curve_of
from advisor.training.engine.feeding import on_device
from advisor.training.engine.step import Step
from advisor.training.trainer import ProgramTrainer


class TestedTrials:
    """Runs the trials of a trainer one epoch at a time, with the data loss on `rows` after each.

    The loss is traced once, by the step that the compiled program evaluates with.
    """

    __test__ = False  # no class of tests

    def __init__(self, trainer: ProgramTrainer, rows: Rows, *, batch_size: int) -> None:
        self._trainer, self._n_rows = trainer, len(rows)
        self._rows_at_once = evaluation_rows(trainer.adjustable.model, batch_size)
        self._losses = _losses(Step(trainer.adjustable, metric=None, input_names=()), rows)

    def train_and_test(self, trial: Trial) -> tuple[TrialCurve, tuple[float, ...]]:
        """The trial's curve, and the data loss on the test rows after each epoch."""
        trainer, readings, losses = self._trainer, list[EpochReading](), list[float]()
        trainer.start(trial)
        plan = trainer.plan(trial)
        for epoch in range(trial.epochs):
            readings += trainer._engine.epochs(replace(plan, first=epoch, epochs=epoch + 1))
            losses.append(self._loss())
        steps = trial.epochs * trainer.costs.steps_per_epoch
        curve = curve_of(readings, steps=steps, maximize=trainer.maximize)
        return curve, tuple(loss if isfinite(loss) else inf for loss in losses)

    def _loss(self) -> float:
        total, at_once = np.float32(0.0), self._rows_at_once
        for first in range(0, self._n_rows, at_once):
            places = np.arange(first, min(first + at_once, self._n_rows), dtype=np.int32)
            total += self._losses(places)
        return float(total) / self._n_rows


def _losses(step: Step, rows: Rows) -> Callable[[Any], Any]:
    """The summed data loss of the rows at some places, as a compiled function."""
    import tensorflow as tf

    tensors = on_device(rows)

    def summed(places: Any) -> Any:
        with step.masks.hoisted():
            step.masks.at_step(tf.zeros((), tf.int64))
            return step.data_losses(tensors.gathered(places), tf.constant(False))[0]

    function = tf.function(
        summed, input_signature=[tf.TensorSpec((None,), tf.int32)], autograph=False
    )
    return lambda places: function(places).numpy()
