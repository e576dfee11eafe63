"""A tf.data pipeline stage by stage: how many rows it has, and whether it gives them again."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from advisor.keras_internals.tf_dataset import (
    batch_size_of,
    drops_remainder,
    functions_of,
    source_of,
    stages_before,
    work_of,
)

_RANDOM_OPS = ("Random", "Multinomial")
_PYTHON_OPS = ("PyFunc", "Generator")
_INFINITE = -1  # tf.data.INFINITE_CARDINALITY
GIVE_ROWS = "; give the Recorder validation_data=(x, y)"


class CannotReadAgainError(Exception):
    """Why rows cannot be read a second time; the message is a clause for the record."""


def is_endless(dataset: Any) -> bool:
    """True for a pipeline that starts again by itself."""
    return int(dataset.cardinality()) == _INFINITE


def repeats_rows(dataset: Any) -> bool:
    """True if the same rows may come several times in one pass."""
    return any(work_of(stage) == "repeats" for stage in _all_stages(dataset))


def batch_rows_of(dataset: Any) -> int | None:
    """The size of the batches, where a stage tells."""
    for stage in _stages(dataset):
        if work_of(stage) == "batches":
            return batch_size_of(stage)
    return None


def rows_of_dataset(dataset: Any) -> int | None:
    """The rows that go into the only `batch` stage, if all later stages keep rows as they are.

    Each counts once, however often the pipeline repeats it.
    """
    for stage in _stages(dataset):
        work = work_of(stage)
        if work == "batches":
            source = _before_repeats(source_of(stage))
            rows, size = int(source.cardinality()), batch_size_of(stage)
            if rows < 0:  # unknown or infinite
                return None
            drops = drops_remainder(stage) and source is source_of(stage)
            return rows - rows % size if drops else rows
        if work == "other":
            return None
    return None


def _before_repeats(dataset: Any) -> Any:
    """The stage whose rows are repeated; the data set itself where none of them are."""
    repeated = dataset
    for stage in _stages(dataset):
        work = work_of(stage)
        if work == "repeats":
            repeated = source_of(stage)
        elif work != "keeps":
            break
    return repeated


def _stages(dataset: Any) -> Iterator[Any]:
    """The stages of a pipeline from its end towards its source, as long as there is one input."""
    stage = dataset
    while stage is not None:
        yield stage
        inputs = stages_before(stage)
        stage = inputs[0] if len(inputs) == 1 else None


def refuse_random(dataset: Any) -> None:
    """Raises CannotReadAgainError for a pipeline that draws random numbers."""
    for operation in chain.from_iterable(map(_ops, _all_stages(dataset))):
        if not operation.startswith("Stateless") and any(p in operation for p in _RANDOM_OPS):
            raise CannotReadAgainError(f"the dataset draws random numbers{GIVE_ROWS}")


def refuse_unrepeatable(dataset: Any) -> None:
    """Raises CannotReadAgainError where a second pass gives another order, or disturbs the data."""
    if dataset.options().deterministic is False:
        raise CannotReadAgainError(f"the dataset does not keep its order{GIVE_ROWS}")
    for stage in _all_stages(dataset):
        if "Shuffle" in type(stage).__name__:
            raise CannotReadAgainError(f"the dataset is shuffled{GIVE_ROWS}")
        if any(part in operation for operation in _ops(stage) for part in _PYTHON_OPS):
            raise CannotReadAgainError(f"the dataset runs Python code{GIVE_ROWS}")


def _all_stages(dataset: Any) -> Iterator[Any]:
    open_stages, seen = [dataset], set()
    while open_stages:
        stage = open_stages.pop()
        if id(stage) not in seen:
            seen.add(id(stage))
            yield stage
            open_stages += stages_before(stage)


def _ops(stage: Any) -> Iterator[str]:
    for function in functions_of(stage):
        graph = getattr(getattr(function, "function", None), "graph", None)
        if graph is not None:
            yield from (operation.type for operation in graph.get_operations())
