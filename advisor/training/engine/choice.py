"""Which engine trains a model: the compiled program, or Keras' own `fit` where that can't."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, Protocol

from advisor.inputs.dataset import Dataset
from advisor.inputs.row_weights import row_weights
from advisor.inputs.splits import pooled
from advisor.probes.trial import Costs
from advisor.training.engine.compiled import Program
from advisor.training.engine.compiled_stream import StreamProgram
from advisor.training.engine.costs import (
    Length,
    compiled_costs,
    counted,
    evaluation_rows,
    fit_costs,
)
from advisor.training.engine.epoch_reading import EpochReading
from advisor.training.engine.feeding import class_weighted, on_device
from advisor.training.engine.keras_fit import FitProgram, StreamFit
from advisor.training.engine.row_plan import RowPlan
from advisor.training.engine.step import Step, overrides
from advisor.training.model.adjustable import Adjustable
from advisor.training.reason import named_reason
from advisor.training.rows.streamed import StreamedDataset
from advisor.values import dataclass

Data = Dataset | StreamedDataset


class Engine(Protocol):
    """What trains an adjustable model for a while."""

    def epochs(self, plan: RowPlan) -> Iterator[EpochReading]:
        """Train on from the present weights; one reading after each epoch."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """An engine with what its trials cost, and why it isn't the compiled one."""

    engine: Engine
    kind: Literal["compiled", "fit"]
    costs: Costs
    notes: tuple[str, ...] = ()


def choose_engine(
    adjustable: Adjustable,
    dataset: Data,
    *,
    batch_size: int,
    epochs: int,
    metric: str | None,
    has_rates: bool,
    class_weight: Mapping[int, float] | None,
) -> Chosen:
    """Trace the compiled program; where the model can't be, hand it to Keras' `fit`."""
    length = Length(
        n_train=sizes(dataset)[0], n_val=sizes(dataset)[1], batch_size=batch_size, epochs=epochs
    )
    rows_at_once = evaluation_rows(adjustable.model, batch_size)
    shared: Any = {"batch_size": batch_size, "evaluation_rows": rows_at_once}
    data: Any = dataset
    if isinstance(dataset, Dataset):
        weights = row_weights(dataset)
        rows = replace(pooled(dataset), weights=weights.training)
        rows = replace(rows, weights=class_weighted(rows, class_weight))
        data = on_device(rows, val_weights=weights.validation)
    is_streamed = not isinstance(dataset, Dataset)
    why = why_not_compiled(adjustable.model)
    program: Program | StreamProgram | None = None
    if why is None:
        step = Step(adjustable, metric=metric, input_names=dataset.input_names)
        try:
            kind = StreamProgram if is_streamed else Program
            program = kind(step, data, has_rates=has_rates, **shared)
        except Exception as error:  # the user's own layers may raise anything while traced
            why = named_reason(error)
    if program is None:
        fit = StreamFit if is_streamed else FitProgram
        return Chosen(
            engine=fit(adjustable, data, metric=metric, input_names=dataset.input_names, **shared),
            kind="fit",
            costs=fit_costs(length),
            notes=(f"Probes ran through Keras' own fit, not compiled: {why}.",),
        )
    sequence = _sequence(dataset)
    costs = compiled_costs(
        counted(program.step_graph, adjustable.model, batch_size, sequence),
        counted(program.evaluation_graph, adjustable.model, rows_at_once, sequence),
        rows_at_once,
        length,
    )
    return Chosen(engine=program, kind="compiled", costs=costs)


def sizes(dataset: Data) -> tuple[int, int]:
    """The numbers of training and validation rows."""
    if isinstance(dataset, Dataset):
        return len(dataset.train), len(dataset.val)
    return dataset.n_train, dataset.n_val


def why_not_compiled(model: Any) -> str | None:
    """What the compiled program would leave out; None where it takes all."""
    for method in ("train_step", "test_step"):
        if overrides(model, method):
            return f"{type(model).__name__} has a {method} of its own"
    if model.run_eagerly:
        return "it was compiled with run_eagerly"
    return None


def _sequence(dataset: Data) -> int | None:
    """The length of the first input's second axis, None where it has none or does not say."""
    if isinstance(dataset, Dataset):
        shape = dataset.train.inputs[0].shape[1:]
    else:
        shape = tuple(dataset.train.element_spec[0][0].shape)
    return int(shape[0]) if shape and shape[0] is not None else None
