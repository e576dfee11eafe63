"""Arrays in the order and form of the live model, refused where they don't fit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Dataset, Rows
from advisor.training.reason import reason_of
from advisor.training.rows.compiled_losses import OutputLoss, losses_of
from advisor.training.rows.input_checks import fitted_input
from advisor.training.rows.label_checks import Target, fitted_target
from advisor.training.rows.model_shapes import Tensor, inputs_of, outputs_of
from advisor.training.rows.streamed import StreamedDataset
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a model takes and gives; None where it is made in code and doesn't say."""

    inputs: tuple[Tensor, ...] | None
    outputs: tuple[Tensor, ...] | None
    losses: tuple[OutputLoss, ...]


def bind_arrays(dataset: Dataset, model: Any) -> Dataset:
    """The arrays in the order, shapes and types of the model's inputs and outputs, see `bind`."""
    form = form_of(model, dataset)
    dataset = _split_columns(dataset, form)
    input_order = order_of(dataset, form, "input")
    target_order = order_of(dataset, form, "target")
    train = _bound(dataset.train, "training", dataset, form, input_order, target_order)
    val = _bound(dataset.val, "validation", dataset, form, input_order, target_order)
    return replace(
        dataset,
        train=train,
        val=val,
        input_names=_names(form.inputs, dataset.input_names),
        target_names=_names(form.outputs, dataset.target_names),
    )


def form_of(model: Any, dataset: Dataset) -> Form:
    """What the model takes and gives; a model made in code is asked with two rows."""
    outputs = outputs_of(model)
    if outputs is None:
        outputs = _outputs_by_call(model, dataset)
    return Form(
        inputs=inputs_of(model),
        outputs=outputs,
        losses=losses_of(model, outputs) if outputs else (),
    )


def _outputs_by_call(model: Any, dataset: Dataset) -> tuple[Tensor, ...]:
    """The outputs of a model that doesn't say them, from its answer to two rows."""
    import tensorflow as tf

    arrays = [
        fitted_input(array[:2], f"{dataset.source}: the training inputs", None)
        for array in dataset.train.inputs
    ]
    given: Any = arrays[0] if len(arrays) == 1 else arrays
    if dataset.input_names and len(arrays) > 1:
        given = dict(zip(dataset.input_names, arrays, strict=True))
    try:
        answer = model(given, training=False)
    except (ValueError, TypeError, KeyError, tf.errors.OpError) as error:
        raise InputError(
            f"{dataset.source}: the model can't take its rows: {reason_of(error)}"
        ) from error
    leaves = tf.nest.flatten(answer)
    keys = sorted(answer) if isinstance(answer, dict) else [f"{i}" for i in range(len(leaves))]
    return tuple(
        Tensor(names=(str(key),), shape=tuple(leaf.shape[1:]), dtype=str(leaf.dtype))
        for key, leaf in zip(keys, leaves, strict=True)
    )


def _split_columns(dataset: Dataset, form: Form) -> Dataset:
    """A table for a model with an input for each column: one array for each of them."""
    columns = dataset.column_names
    if form.inputs is None or len(form.inputs) < 2 or not columns:
        return dataset
    unknown = next((t for t in form.inputs if not set(t.names) & set(columns)), None)
    if unknown is not None:
        raise InputError(
            f"{dataset.source}: the model has an input {unknown.name!r}, but there is no column of"
            " that name; name the columns as the inputs, or give the rows by a function"
        )
    places = [next(columns.index(n) for n in t.names if n in columns) for t in form.inputs]

    def split(rows: Rows) -> Rows:
        return replace(rows, inputs=tuple(rows.inputs[0][:, [place]] for place in places))

    return replace(
        dataset,
        train=split(dataset.train),
        val=split(dataset.val),
        input_names=tuple(tensor.name for tensor in form.inputs),
        column_names=(),
    )


def order_of(dataset: Dataset | StreamedDataset, form: Form, kind: str) -> tuple[int, ...] | None:
    """Which of the source's arrays goes to each of the model's; None: as they stand.

    Raises InputError where their numbers or, with several of them, their names differ.
    """
    is_input = kind == "input"
    tensors = form.inputs if is_input else form.outputs
    names = dataset.input_names if is_input else dataset.target_names
    if tensors is None:
        return None
    count = _count(dataset, is_input)
    if count != len(tensors):
        wanted = ", ".join(tensor.name for tensor in tensors)
        what = "input" if is_input else "output"
        listed = f" ({', '.join(names)})" if names else ""
        raise InputError(
            f"{dataset.source}: has {_plural(count, kind)}{listed}, but the model"
            f" {_plural(len(tensors), what)} ({wanted}); give an array for each, named like it"
        )
    if len(tensors) == 1 or not names:
        return None
    places = [next((names.index(n) for n in t.names if n in names), None) for t in tensors]
    if any(place is None for place in places):
        lacking = tensors[places.index(None)]
        raise InputError(
            f"{dataset.source}: no {kind} is called {lacking.name!r} as in the model, but"
            f" {', '.join(names)}; use the model's names, or number them in the model's order"
        )
    return tuple(place for place in places if place is not None)


def _count(dataset: Dataset | StreamedDataset, is_input: bool) -> int:
    if isinstance(dataset, Dataset):
        return len(dataset.train.inputs if is_input else dataset.train.targets)
    return len(dataset.train.element_spec[0 if is_input else 1])


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _bound(
    rows: Rows,
    part: str,
    dataset: Dataset,
    form: Form,
    input_order: Sequence[int] | None,
    target_order: Sequence[int] | None,
) -> Rows:
    inputs = ordered(rows.inputs, input_order)
    targets = ordered(rows.targets, target_order)
    return Rows(
        inputs=tuple(
            fitted_input(
                array,
                _label(dataset.source, part, "inputs", index, len(inputs)),
                form.inputs[index] if form.inputs else None,
                dataset.column_names,
            )
            for index, array in enumerate(inputs)
        ),
        targets=tuple(
            fitted_target(
                Target(
                    array=array,
                    label=_label(dataset.source, part, "targets", index, len(targets)),
                    output=output,
                    loss=loss,
                    has_class_names=bool(dataset.class_names),
                )
            )
            for index, (array, output, loss) in enumerate(
                zip(targets, form.outputs or (), form.losses, strict=True)
            )
        ),
        weights=None if rows.weights is None else _weights(rows.weights, part, dataset.source),
    )


def ordered(arrays: tuple[Array, ...], order: Sequence[int] | None) -> tuple[Array, ...]:
    """The arrays in the model's order."""
    return arrays if order is None else tuple(arrays[place] for place in order)


def _label(source: str, part: str, kind: str, index: int, count: int) -> str:
    number = f" {index}" if count > 1 else ""
    return f"{source}: the {part} {kind}{number}"


def _weights(weights: Array, part: str, source: str) -> Array:
    label = f"{source}: the {part} sample weights"
    with np.errstate(over="ignore"):  # what float32 can't hold is infinite to the loss
        cast = weights.astype(np.float32) if weights.dtype.kind in "biuf" else None
    if cast is None or not np.all(np.isfinite(cast)):
        raise InputError(f"{label} are not all finite numbers")
    if np.any(weights < 0):
        raise InputError(f"{label} go down to {weights.min():g}; they must not be negative")
    if not np.any(weights):
        raise InputError(f"{label} are all 0: nothing would count")
    return cast


def _names(tensors: tuple[Tensor, ...] | None, given: tuple[str, ...]) -> tuple[str, ...]:
    return given if tensors is None else tuple(tensor.name for tensor in tensors)
