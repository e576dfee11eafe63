"""How the user's training weighted its rows, where the rows themselves don't say all of it."""

from collections.abc import Mapping

from advisor.inputs.dataset import Dataset
from advisor.inputs.record import Record
from advisor.training.rows.streamed import StreamedDataset

_NOT_USED = "The data has sample weights, but the recorded training used none; leave them out."
_UNKNOWN = (
    "The recorded training had {}; probes weight all training rows equally, unless the data has"
    " sample weights."
)
_STREAMED = "class weights, which streamed rows do not take"


def recorded_class_weight(
    record: Record | None, dataset: Dataset | StreamedDataset
) -> tuple[Mapping[int, float] | None, tuple[str, ...]]:
    """The `class_weight` to train with, by a Recorder, and in what probes can't do as `fit` did.

    Weights that the rows carry stand for themselves: `fit` takes one of the two.
    """
    if record is None:
        return None, ()
    if _is_weighted(dataset):
        is_odd = record.uses_sample_weight is False and record.uses_class_weight is False
        return None, (_NOT_USED,) if is_odd else ()
    if record.uses_sample_weight:
        return None, (_UNKNOWN.format("sample weights, which the data has not"),)
    if not record.uses_class_weight:
        return None, ()
    if record.class_weight is None or isinstance(dataset, StreamedDataset):
        why = "class weights, which the record does not tell"
        return None, (_UNKNOWN.format(why if record.class_weight is None else _STREAMED),)
    return record.class_weight, ()


def _is_weighted(dataset: Dataset | StreamedDataset) -> bool:
    """True if training rows carry weights of their own."""
    if isinstance(dataset, Dataset):
        return dataset.train.weights is not None
    import tensorflow as tf

    return isinstance(dataset.train.element_spec[2], tf.TensorSpec)
