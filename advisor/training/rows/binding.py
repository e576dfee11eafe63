"""The user's rows in the order and form of the live model, be they arrays or a stream."""

from typing import Any, overload

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset
from advisor.keras_internals.layers import flat_layers
from advisor.training.rows.array_binding import bind_arrays
from advisor.training.rows.stream_binding import bind_stream
from advisor.training.rows.streamed import StreamedDataset


@overload
def bind(dataset: Dataset, model: Any) -> Dataset: ...
@overload
def bind(dataset: StreamedDataset, model: Any) -> StreamedDataset: ...
def bind(dataset: Dataset | StreamedDataset, model: Any) -> Dataset | StreamedDataset:
    """The rows with inputs and targets in the order of the live model's inputs and outputs.

    They are matched by name if the source names them, else by order, and get the shapes and types
    that Keras would give them: inputs as the model's input, labels int32, other targets and weights
    float32. `input_names` and `target_names` become the model's. Of a streamed data set, the first
    1,000 rows of each part are checked.

    Raises InputError, before any training, for numbers of inputs, shapes, values and labels that
    the model and its compiled loss don't take, and for a model that needs its rows in order.
    """
    _refuse_stateful(model)
    if isinstance(dataset, StreamedDataset):
        return bind_stream(dataset, model)
    return bind_arrays(dataset, model)


def _refuse_stateful(model: Any) -> None:
    """Raise InputError where a layer keeps its state from batch to batch."""
    stateful = [x.name for x in flat_layers(model) if getattr(x, "stateful", False) is True]
    if stateful:
        raise InputError(
            f"model: stateful layers ({', '.join(stateful)}) keep their state from batch to batch,"
            " but probes shuffle the rows; build them with stateful=False, or add --no-probe"
        )
