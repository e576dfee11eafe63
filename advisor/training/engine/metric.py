"""The compiled metric that trials are compared by, where it isn't the data loss."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from advisor.errors import InputError, UsageError
from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.histories.metric_names import Direction, chosen_direction
from advisor.keras_internals.compiled import compiled_metrics
from advisor.training.engine.feeding import batches, on_device, packed_inputs, packed_targets
from advisor.training.rows.streamed import StreamedDataset

LOSS = "val_loss"


def compiled_metric(model: Any, dataset: Dataset | StreamedDataset, objective: str) -> str | None:
    """The compiled metric that `objective` names, with or without `val_`; None for the loss.

    Raises InputError where the model was not compiled with it.
    """
    name = objective.removeprefix("val_")
    if name == "loss":
        return None
    names = _compiled_metrics(model, dataset)
    if name not in names:
        listed = ", ".join(f"val_{name}" for name in names) or "no metrics"
        raise InputError(
            f"--objective {objective}: the model was compiled with {listed}; name one of them, or"
            f" {LOSS}"
        )
    return name


def is_maximized(name: str, directions: Mapping[str, Direction]) -> bool:
    """True for a metric that gets better as it rises: as `directions` say, else by its name.

    `directions` are those that the user gave, by any spelling that a history's names may have.
    Raises UsageError where neither tells.
    """
    direction = chosen_direction(name, directions)
    if direction is None:
        raise UsageError(
            f"--objective {name}: whether more or less of it is better is not known; add"
            f" --metric {name}:max where more is, else --metric {name}:min"
        )
    return direction == "max"


def _compiled_metrics(model: Any, dataset: Dataset | StreamedDataset) -> list[str]:
    """The names used in logs, after the metrics were built on a few rows."""
    metrics = compiled_metrics(model)
    if metrics is None:
        return []
    few = on_device(_two_rows(dataset.val))
    outputs = model(packed_inputs(model, few.inputs, dataset.input_names), training=False)
    metrics.update_state(packed_targets(outputs, few.targets), outputs, few.weights)
    return [str(name) for name in metrics.result()]


def _two_rows(part: Any) -> Rows:
    if isinstance(part, Rows):
        return part.take(np.arange(min(2, len(part))))
    return next(batches(part, 2, 2))
