"""All evidence on a model and its training history, as far as they give any."""

from dataclasses import replace
from typing import Any

from advisor.evidence.agreement import Agreement
from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.architecture.layers import PlacedLayer
from advisor.evidence.architecture.losses import classes_of, loss_name, task_of
from advisor.evidence.architecture.network import trainable_parameters
from advisor.evidence.architecture.sizes import NO_MODEL, Sizes
from advisor.evidence.catalog import (
    OF_AGREEMENT,
    OF_DATA,
    OF_LAYER,
    OF_LAYER_WEIGHTS,
    OF_NETWORK,
    OF_OPTIMIZER,
    OF_RUN,
    OF_SIZES,
    OF_WEIGHTS,
)
from advisor.evidence.curves.run import Run
from advisor.evidence.data.input_meaning import takes_names
from advisor.evidence.data.subject import DataSubject
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Evidence, Measurement, Missing, Readings, read
from advisor.evidence.weights.kernels import ModelWeights
from advisor.evidence.weights.penalty import initial_penalty, total_penalty
from advisor.inputs.dataset import Dataset
from advisor.inputs.history import History
from advisor.inputs.model_facts import LayerFacts


def gather(
    run: Run,
    weights: ModelWeights | None,
    *,
    dataset: Dataset | None = None,
    evaluation: Evaluation | None = None,
) -> Evidence:
    """Take every measurement; each name of the catalog is then among the values or the missing.

    `weights` are of the model that the run trained, None if no model was given; `run_of` made the
    run from them. `evaluation` is of the model's weights on `dataset`.
    """
    flow = weights.flow if weights else None
    rows = DataSubject(
        dataset=dataset,
        evaluation=evaluation,
        record=run.record if run.is_of_final_weights else None,
        task=task_of(flow) if flow else "unknown",
        takes_names=takes_names(flow) if flow else False,
    )
    agreement = Agreement(
        run=run,
        model=flow.model if flow else None,
        evaluation=evaluation if dataset and dataset.val_origin == "given" else None,
    )
    return Evidence(
        model=_joined(
            read(run, OF_RUN),
            *_of_model(weights),
            read(_sizes(run, flow), OF_SIZES),
            read(rows, OF_DATA),
            read(agreement, OF_AGREEMENT),
        ),
        layers={layer.path: _of_layer(weights, layer) for layer in weights.flow.model.layers}
        if weights
        else {},
    )


def run_of(
    history: History | None,
    weights: ModelWeights | None,
    *,
    n_train: int | None = None,
    n_val: int | None = None,
    batch_size: int | None = None,
    dataset: Dataset | None = None,
    evaluation: Evaluation | None = None,
) -> Run:
    """The run as the curves' measurements see it, with what its model and its data add.

    Sizes are in rows; the history's are used for those that are not given.
    """
    run = Run(
        history=history,
        n_train=n_train or (history.n_train if history else None),
        n_val=n_val or (history.n_val if history else None),
        batch_size=batch_size or (history.batch_size if history else None),
        row_loss_cv=evaluation.row_loss_cv if evaluation else None,
        classes=_classes(weights, dataset),
    )
    if weights is None:
        return run
    model, penalty = weights.flow.model, weights.penalty
    initial = total_penalty(
        initial_penalty(layer, weights.statistics.get(layer.path, ())) for layer in model.layers
    )
    return replace(
        run,
        model_penalty=None if isinstance(penalty, Missing) else penalty.total,
        initial_penalty=None if isinstance(initial, Missing) else initial.total,
        loss_name=loss_name(model),
        learning_rate=model.optimizer.learning_rate if model.optimizer else None,
        iterations=model.optimizer.iterations if model.optimizer else None,
    )


def _classes(weights: ModelWeights | None, dataset: Dataset | None) -> int | None:
    """The number of classes, from the model or from the labels of the training rows."""
    if weights is not None:
        classes = classes_of(weights.flow)
        if not isinstance(classes, Missing):
            return classes
        if task_of(weights.flow) == "regression":
            return None
    if dataset is None:
        return None
    from advisor.inputs.datasets.class_labels import class_count

    return class_count(dataset.train)


def _sizes(run: Run, flow: LayerFlow | None) -> Sizes:
    return Sizes(
        n_train=run.train_rows,
        n_val=run.validation_rows,
        batch_size=run.batch_size,
        epochs=run.history.epochs if run.history else None,
        iterations=run.iterations,
        trainable_parameters=trainable_parameters(flow) if flow else NO_MODEL,
    )


def _of_model(weights: ModelWeights | None) -> tuple[Readings, ...]:
    """The readings of the weights, the architecture, its regularization and its optimizer."""
    if weights is None:
        unknown: tuple[Measurement[Any], ...] = (*OF_WEIGHTS, *OF_NETWORK, *OF_OPTIMIZER)
        return (Readings(missing={measurement.name: NO_MODEL for measurement in unknown}),)
    return (
        read(weights, OF_WEIGHTS),
        read(weights.flow, OF_NETWORK),
        read(weights.flow.model, OF_OPTIMIZER),
    )


def _of_layer(weights: ModelWeights, layer: LayerFacts) -> Readings:
    placed = PlacedLayer(flow=weights.flow, layer=layer)
    return _joined(
        read(placed, OF_LAYER),
        read(weights.layer(layer), OF_LAYER_WEIGHTS),
    )


def _joined(*readings: Readings) -> Readings:
    return Readings(
        values={name: value for part in readings for name, value in part.values.items()},
        assumed={name: text for part in readings for name, text in part.assumed.items()},
        missing={name: lack for part in readings for name, lack in part.missing.items()},
    )
