"""One drawing of a task, ready to train: rows, space, and the compiled program with a cache."""

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np

from advisor.candidates.arm import Arm
from advisor.candidates.search_space import SearchSpace
from advisor.inputs.dataset import Dataset, Rows
from advisor.probes.outcome import Policy
from advisor.probes.trial import Costs, Trial, TrialCurve
from advisor.regularization import Strategy
from advisor.training.trainer import ProgramTrainer, make_trainer
from tests.benchmarks.advice.caching import (
    CACHE,
    CachedTrainer,
    Tested,
    TestedTrainer,
    cached_trainer,
)
from tests.benchmarks.advice.readings import Floats, read
from tests.benchmarks.advice.strategies import grid
from tests.benchmarks.advice.tasks import Drawn, Task, draw
from tests.benchmarks.advice.user_run import UserRun, model_path, plain_space, user_run
from tests.training.tested_trials import TestedTrials

FULL_SEEDS = (90001, 90002, 90003, 90004, 90005)
"""Seeds of full trainings; no race has them (a race's are 100 times its own and up)."""
FRESH_SEEDS = tuple(range(91001, 91016))
"""Seeds of further full trainings of a first drawing, which nobody has seen: choices are valued by
these."""


class Workbench:
    """The rows of a task by one data seed, and what can be trained on them."""

    def __init__(self, task: Task, data_seed: int, cache: Path = CACHE) -> None:
        self.task = task
        self.data_seed = data_seed
        self._cache = cache
        self.trainer: CachedTrainer = cached_trainer(task.name, data_seed, self._make, cache)

    @cached_property
    def drawn(self) -> Drawn:
        """The rows."""
        return draw(self.task, self.data_seed)

    @cached_property
    def space(self) -> SearchSpace:
        """What the network takes, for the grid and for full retraining."""
        return plain_space(self.task, self.drawn.shape)

    @cached_property
    def user_run(self) -> UserRun:
        """What a user has before any probe; the first call fits the model."""
        return user_run(self.task, self.data_seed, self.drawn, self._cache)

    def grid(self) -> tuple[Arm, ...]:
        """The arms of the grid that this network has places for."""
        return tuple(a for a in grid(self.space.has_present) if self.space.is_possible(a))

    def retrained(self, strategy: Strategy, seeds: Iterable[int]) -> tuple[Floats, Floats]:
        """Full trainings on the user's own training rows, as a user would follow the advice.

        Validation losses on both halves [2, seeds, epochs], and test losses [seeds, epochs].
        """
        trials = [Trial(strategy=strategy, seed=s, epochs=self.task.epochs) for s in seeds]
        tested = [self.trainer.train_and_test(trial) for trial in trials]
        halves = np.array([each.curve.val_halves for each in tested]).swapaxes(0, 1)
        return halves, np.array([each.test for each in tested])

    def full_losses(
        self, strategy: Strategy, policy: Policy, seeds: Iterable[int] = FULL_SEEDS
    ) -> Floats:
        """Test losses [seeds] of full trainings under a policy."""
        halves, test = self.retrained(strategy, seeds)
        return read(halves.mean(axis=0), test, policy)

    def fresh_losses(self, strategy: Strategy, policy: Policy) -> Floats:
        """Test losses [fresh seeds], by which choices are valued; none on further drawings."""
        if self.data_seed != 0:
            return np.empty(0)
        return self.full_losses(strategy, policy, FRESH_SEEDS)

    @cached_property
    def costs(self) -> Costs:
        """What trainings of this model cost, as the trainer counts them."""
        return self._program.costs

    @cached_property
    def _program(self) -> ProgramTrainer:
        """The compiled program of the user's saved model, whose weights a warm screen starts from.

        A grid needs no saved weights: it goes without the user's run, if there is none yet.
        """
        import keras

        task, rows = self.task, self.drawn
        saved = model_path(task, self.data_seed, self._cache)
        model = keras.models.load_model(saved) if saved.exists() else task.build(task, rows.shape)
        return make_trainer(
            model,
            Dataset(source=task.name, sha256=None, train=rows.train, val=rows.val),
            varied=self.space.slots,
            batch_size=task.batch_size,
            epochs=task.epochs,
        )

    def _make(self) -> TestedTrainer:
        return _Tester(self._program, self.drawn.test, self.task.batch_size)


class _Tester:
    """A trainer that knows the test rows."""

    def __init__(self, program: ProgramTrainer, test: Rows, batch_size: int) -> None:
        self._program = program
        self._tested = TestedTrials(program, test, batch_size=batch_size)

    def train(self, trial: Trial) -> TrialCurve:
        return self._program.train(trial)

    def train_and_test(self, trial: Trial) -> Tested:
        curve, test = self._tested.train_and_test(trial)
        return Tested(curve=curve, test=test)


def use_one_thread() -> None:
    """One core, so that two benchmarks share a small machine; before TensorFlow is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
