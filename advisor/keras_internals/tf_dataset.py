"""The stages of a `tf.data` pipeline: what each does with rows, and where it gets them.

TensorFlow: the names of the stages' classes. One whose name is not known here counts as "other",
and the rows after it as unknown.
"""

from collections.abc import Sequence
from typing import Any, Literal

from advisor.keras_internals.tried import private

Work = Literal["keeps", "repeats", "batches", "other"]

_WORK: dict[str, Work] = {
    "_PrefetchDataset": "keeps",
    "CacheDataset": "keeps",
    "_OptionsDataset": "keeps",
    "_MapDataset": "keeps",
    "_ParallelMapDataset": "keeps",
    "_ShuffleDataset": "keeps",
    "_RepeatDataset": "repeats",
    "_BatchDataset": "batches",
    "_ParallelBatchDataset": "batches",
}


def is_tf_dataset(data: Any) -> bool:
    """True for any `tf.data.Dataset`.

    TensorFlow: it has `_inputs`. Without it a data set counts as one that can't be read again.
    """
    return hasattr(data, "element_spec") and hasattr(data, "_inputs")


def work_of(stage: Any) -> Work:
    """What a stage does with rows; "keeps" is to neither drop, repeat nor add any."""
    return _WORK.get(type(stage).__name__, "other")


def stages_before(stage: Any) -> Sequence[Any]:
    """The stages that a stage gets its rows from.

    TensorFlow: `_inputs`. UntriedVersionError without it.
    """
    inputs: Sequence[Any] = private(stage, "_inputs", "tensorflow")()
    return inputs


def source_of(stage: Any) -> Any:
    """The one stage that a stage which batches or repeats gets its rows from.

    TensorFlow: `_input_dataset`. UntriedVersionError without it.
    """
    return private(stage, "_input_dataset", "tensorflow")


def batch_size_of(stage: Any) -> int:
    """The rows in a batch of a stage that batches.

    TensorFlow: `_batch_size`. UntriedVersionError without it.
    """
    return int(private(stage, "_batch_size", "tensorflow"))


def drops_remainder(stage: Any) -> bool:
    """True if a stage that batches leaves out the last rows, where they don't fill a batch.

    TensorFlow: `_drop_remainder`. UntriedVersionError without it.
    """
    return bool(private(stage, "_drop_remainder", "tensorflow"))


def functions_of(stage: Any) -> Sequence[Any]:
    """The user's functions that a stage calls, each with a `function`, which has a `graph`.

    TensorFlow: `_functions`. UntriedVersionError without it.
    """
    functions: Sequence[Any] = private(stage, "_functions", "tensorflow")()
    return functions
