"""Runs trials on the user's model and rows, all on one model that is traced once."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from advisor.inputs.dataset import Dataset
from advisor.inputs.histories.metric_names import Direction
from advisor.inputs.splits import SplitKind, split_indices
from advisor.probes.trial import Trial, TrialCurve
from advisor.training.engine.choice import Chosen, choose_engine
from advisor.training.engine.epoch_reading import curve_of
from advisor.training.engine.metric import compiled_metric, is_maximized
from advisor.training.engine.row_plan import Indices, RowPlan, in_halves
from advisor.training.model.adjustable import Adjustable, make_adjustable
from advisor.training.model.initialize import InitialWeights
from advisor.training.model.optimizer import OptimizerState
from advisor.training.model.strengths import Key
from advisor.training.rows.streamed import StreamedDataset
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where trials start from: weights and optimizer, saved and new."""

    weights: InitialWeights
    optimizer: OptimizerState


class ProgramTrainer:
    """Runs trials one after the other.

    `engine` says whether the compiled program took the model; if not, `notes` say why. `metric`
    is the compiled metric that trials are compared by, None for the data loss; `maximize` is true
    if higher is better.
    """

    def __init__(
        self,
        adjustable: Adjustable,
        chosen: Chosen,
        dataset: Dataset | StreamedDataset,
        start: Start,
        *,
        splits: SplitKind,
        seed: int,
        metric: str | None,
        maximize: bool,
        learning_rates: Sequence[float],
    ) -> None:
        self.adjustable = adjustable
        self.costs, self.engine, self.notes = chosen.costs, chosen.kind, chosen.notes
        self.metric, self.maximize = metric, maximize
        self._engine, self._dataset, self._start = chosen.engine, dataset, start
        self._splits, self._seed, self._learning_rates = splits, seed, tuple(learning_rates)
        self._rows: dict[int, tuple[Indices, Indices, int]] = {}

    def train(self, trial: Trial) -> TrialCurve:
        """Run one trial to its end; KeyboardInterrupt comes through within about a second."""
        self.start(trial)
        readings = list(self._engine.epochs(self.plan(trial)))
        steps = trial.epochs * self.costs.steps_per_epoch
        return curve_of(readings, steps=steps, maximize=self.maximize)

    def start(self, trial: Trial) -> None:
        """Put the model where the trial starts from, with its strengths."""
        if trial.start == "saved":
            self._start.weights.restore(trial.seed)
            self._start.optimizer.restore()
        else:
            self._start.weights.assign(trial.seed)
            self._start.optimizer.reset()
        self.adjustable.masks.seed(trial.seed)
        self.adjustable.strengths.assign(trial.strategy)

    def plan(self, trial: Trial) -> RowPlan:
        """The rows that the trial sees, in their order."""
        train, val, half = self._split(trial.split)
        return RowPlan(
            train=train,
            val=val,
            half=half,
            epochs=trial.epochs,
            seed=trial.seed,
            learning_rates=self._learning_rates,
        )

    def _split(self, split: int) -> tuple[Indices, Indices, int]:
        if isinstance(self._dataset, StreamedDataset):
            nothing = np.zeros(0, np.int32)
            return nothing, nothing, 0
        if split not in self._rows:
            train, val = split_indices(self._dataset, split, kind=self._splits, seed=self._seed)
            self._rows[split] = (train.astype(np.int32), *in_halves(val, split))
        return self._rows[split]


def make_trainer(
    model: Any,
    dataset: Dataset | StreamedDataset,
    *,
    varied: Iterable[Key],
    batch_size: int,
    epochs: int,
    objective: str = "val_loss",
    directions: Mapping[str, Direction] = MappingProxyType({}),
    splits: SplitKind = "resample",
    seed: int = 0,
    learning_rates: Sequence[float] | None = None,
    class_weight: Mapping[int, float] | None = None,
) -> ProgramTrainer:
    """Build what runs trials of `model`, which is changed in place: it must be our own copy.

    `varied` lists the slots that trials may change, as (layer, slot, kind). `directions` say
    whether higher or lower is better for the user's metrics. `learning_rates` has one per epoch if
    a callback changed them in the user's training. Streamed rows keep the user's own split. Raises
    InputError for a slot that can't be varied and for an objective that is no compiled metric,
    UsageError for one whose direction is unknown.
    """
    metric = compiled_metric(model, dataset, objective)
    maximize = metric is not None and is_maximized(metric, directions)
    start = Start(weights=InitialWeights(model), optimizer=OptimizerState(model))
    adjustable = make_adjustable(model, varied)
    chosen = choose_engine(
        adjustable,
        dataset,
        batch_size=batch_size,
        epochs=epochs,
        metric=metric,
        has_rates=bool(learning_rates),
        class_weight=class_weight,
    )
    return ProgramTrainer(
        adjustable,
        chosen,
        dataset,
        start,
        splits=splits,
        seed=seed,
        metric=metric,
        maximize=maximize,
        learning_rates=learning_rates or (),
    )
