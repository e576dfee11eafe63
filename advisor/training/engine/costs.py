"""What trials cost beside `fit` runs of the same model, counted from operations, never timed."""

from collections.abc import Iterable
from math import ceil, prod
from typing import Any

from advisor.keras_internals.layers import flat_layers, input_tensors_of, output_tensors_of
from advisor.probes.trial import Costs
from advisor.training.engine.operations import Operations, operations_of
from advisor.values import dataclass

# Seconds of one CPU core, fitted to eight small networks (MLP, convolutions, LSTM, GRU) on
# TensorFlow 2.21: six come out within 25 %, one with tiny convolutions at a third. Only their
# ratios count.
_DISPATCH = 0.7e-6  # an operation, whatever it does
_FLOP = 1 / 4.2e10
_ELEMENT = 0.09e-9  # an entry of a tensor that is made
_TRACE = 1.1e-3  # an operation of a graph, traced and optimized
_FIT_DISPATCH = 1.5e-6  # the same operation handed from thread to thread
_FIT_STEP = 0.5e-3  # the Python around a step of `fit`
_FIT_EPOCH = 0.08  # iterators and callbacks of an epoch and its validation

_EVALUATED_ENTRIES = 2**24  # of the largest output of a layer, in one batch: 64 MB
_EVALUATED_ROWS = 1024
_DEFAULT_ROUNDS = 20  # timesteps where the data does not say
# Through Keras' own fit only compiling and tracing is saved, about a fifth of a short training.
_FIT_ENGINE = {"full": 0.9, "setup": 0.2}


@dataclass(frozen=True, kw_only=True)
class Length:
    """A full training: rows, their batches, epochs."""

    n_train: int
    n_val: int
    batch_size: int
    epochs: int

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps; the last batch of an epoch may be smaller."""
        return ceil(self.n_train / self.batch_size)


def compiled_costs(
    step: Operations, evaluation: Operations, evaluation_rows: int, length: Length
) -> Costs:
    """Costs of trials in the compiled program, whose step and evaluation of a batch were traced."""
    steps = length.epochs * length.steps_per_epoch
    batches = length.epochs * max(2, ceil(length.n_val / evaluation_rows))
    val_steps = length.epochs * ceil(length.n_val / length.batch_size)
    arithmetic = steps * _arithmetic(step) + batches * _arithmetic(evaluation)
    run = steps * step.run + batches * evaluation.run
    trace = _TRACE * (step.traced + evaluation.traced)
    one_fit = (
        trace
        + length.epochs * _FIT_EPOCH
        + (steps + val_steps) * _FIT_STEP
        + (steps * step.run + val_steps * evaluation.run) * _FIT_DISPATCH
        + arithmetic
    )
    return Costs(
        full=(arithmetic + run * _DISPATCH) / one_fit,
        setup=trace / one_fit,
        epochs=length.epochs,
        steps_per_epoch=length.steps_per_epoch,
    )


def fit_costs(length: Length) -> Costs:
    """Costs of trials through Keras' own `fit`."""
    return Costs(**_FIT_ENGINE, epochs=length.epochs, steps_per_epoch=length.steps_per_epoch)


def counted(graph: Any, model: Any, rows: int, sequence: int | None) -> Operations:
    """The operations of a traced graph for a batch of so many rows.

    `sequence` is the length of the data's second axis: what an RNN turns round, where the model
    doesn't say.
    """
    return operations_of(graph, batch_rows=rows, rounds=_rounds(model, sequence))


def evaluation_rows(model: Any, batch_size: int) -> int:
    """How many rows are evaluated at a time: many, as long as what layers put out stays small."""
    sizes = [
        prod(axis or 1 for axis in shape[1:])
        for layer in flat_layers(model)
        for shape in _shapes(output_tensors_of(layer))
    ]
    return max(batch_size, min(_EVALUATED_ROWS, _EVALUATED_ENTRIES // max([*sizes, 2**14])))


def _arithmetic(operations: Operations) -> float:
    return operations.flops * _FLOP + operations.elements * _ELEMENT


def _rounds(model: Any, sequence: int | None) -> int:
    import keras

    lengths = [
        shape[1]
        for layer in flat_layers(model)
        if isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional)
        for shape in _shapes(input_tensors_of(layer))
        if len(shape) > 1 and shape[1] is not None
    ]
    return max(lengths, default=sequence or _DEFAULT_ROUNDS)


def _shapes(tensors: Iterable[Any]) -> list[tuple[int | None, ...]]:
    return [tuple(tensor.shape) for tensor in tensors]
