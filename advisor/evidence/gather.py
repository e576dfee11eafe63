"""All evidence on a model and its training history, as far as they tell."""

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
from advisor.evidence.data.subject import Subject as DataSubject
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Evidence, Measurement, Missing, Readings, read
from advisor.evidence.weights.kernels import ModelWeights
from advisor.evidence.weights.penalty import Statistics, initial_penalty, total_penalty
from advisor.evidence.weights.weight_statistics import SPECTRUM_LIMIT, measure_weights
from advisor.inputs.dataset import Dataset
from advisor.inputs.history import History
from advisor.inputs.model_facts import LayerFacts, ModelFacts


def gather(
    model: ModelFacts | None,
    history: History | None,
    *,
    n_train: int | None = None,
    n_val: int | None = None,
    batch_size: int | None = None,
    statistics: Statistics | None = None,
    spectrum_limit: int = SPECTRUM_LIMIT,
    dataset: Dataset | None = None,
    evaluation: Evaluation | None = None,
) -> Evidence:
    """Take every measurement; each name of the catalog ends up among the values or the missing.

    Sizes are in rows; they fall back on the data set and then on what the history says.
    `evaluation` is of the model's weights on that data set. `statistics` are those of the
    model's weights if they were measured before; else the weights are read, which needs an open
    model. Spectra are measured for kernels whose short side is at most `spectrum_limit`.
    """
    if dataset is not None:
        n_train, n_val = n_train or len(dataset.train), n_val or len(dataset.val)
    subject = _subject(model, history, statistics, spectrum_limit)
    run = _run(
        subject,
        history,
        n_train=n_train,
        n_val=n_val,
        batch_size=batch_size,
        evaluation=evaluation,
    )
    if run.classes is None and dataset is not None:
        run = replace(run, classes=_labelled_classes(subject, dataset))
    known = Sizes(
        n_train=run.train_rows,
        n_val=run.validation_rows,
        batch_size=run.batch_size,
        epochs=history.epochs if history else None,
        iterations=model.optimizer.iterations if model and model.optimizer else None,
        trainable_parameters=trainable_parameters(subject.flow) if subject else NO_MODEL,
    )
    return Evidence(
        model=_joined(
            read(run, OF_RUN),
            *_of_model(subject),
            read(known, OF_SIZES),
            read(
                DataSubject(
                    dataset=dataset,
                    evaluation=evaluation,
                    record=run.record if run.is_of_final_weights else None,
                    task=task_of(subject.flow) if subject else "unknown",
                    takes_names=takes_names(subject.flow) if subject else False,
                ),
                OF_DATA,
            ),
            read(
                Agreement(
                    run=run,
                    model=model,
                    evaluation=evaluation if dataset and dataset.val_origin == "given" else None,
                ),
                OF_AGREEMENT,
            ),
        ),
        layers={layer.path: _of_layer(subject, layer) for layer in model.layers}
        if model and subject
        else {},
    )


def run_of(
    model: ModelFacts | None,
    history: History | None,
    *,
    n_train: int | None = None,
    n_val: int | None = None,
    batch_size: int | None = None,
    statistics: Statistics | None = None,
    spectrum_limit: int = SPECTRUM_LIMIT,
    evaluation: Evaluation | None = None,
) -> Run:
    """The run that `gather` measures, for whoever needs more of it than the measurements.

    The arguments are those of `gather`; sizes that are not given fall back on the history's.
    """
    return _run(
        _subject(model, history, statistics, spectrum_limit),
        history,
        n_train=n_train,
        n_val=n_val,
        batch_size=batch_size,
        evaluation=evaluation,
    )


def _subject(
    model: ModelFacts | None,
    history: History | None,
    statistics: Statistics | None,
    spectrum_limit: int,
) -> ModelWeights | None:
    if model is None:
        return None
    if statistics is None:
        statistics = measure_weights(model, spectrum_limit)
    return ModelWeights(flow=LayerFlow(model=model), statistics=statistics, history=history)


def _run(
    subject: ModelWeights | None,
    history: History | None,
    *,
    n_train: int | None,
    n_val: int | None,
    batch_size: int | None,
    evaluation: Evaluation | None,
) -> Run:
    """The run as the curves' measurements see it, with what the model tells of it."""
    run = Run(
        history=history,
        n_train=n_train or (history.n_train if history else None),
        n_val=n_val or (history.n_val if history else None),
        batch_size=batch_size or (history.batch_size if history else None),
        row_loss_cv=evaluation.row_loss_cv if evaluation else None,
    )
    if subject is None:
        return run
    model = subject.flow.model
    classes, penalty = classes_of(subject.flow), subject.penalty
    initial = total_penalty(
        initial_penalty(layer, subject.statistics.get(layer.path, ())) for layer in model.layers
    )
    return replace(
        run,
        model_penalty=None if isinstance(penalty, Missing) else penalty.total,
        initial_penalty=None if isinstance(initial, Missing) else initial.total,
        classes=None if isinstance(classes, Missing) else classes,
        loss_name=loss_name(model),
        learning_rate=model.optimizer.learning_rate if model.optimizer else None,
        iterations=model.optimizer.iterations if model.optimizer else None,
    )


def _labelled_classes(subject: ModelWeights | None, dataset: Dataset) -> int | None:
    """The number of classes by the labels of the training rows, where the model doesn't tell."""
    if subject is not None and task_of(subject.flow) == "regression":
        return None
    from advisor.inputs.datasets.class_labels import class_count

    return class_count(dataset.train)


def _of_model(subject: ModelWeights | None) -> tuple[Readings, ...]:
    """The readings of the weights, the architecture, its regularization and its optimizer."""
    if subject is None:
        return tuple(
            _without_model(measurements)
            for measurements in (
                OF_WEIGHTS,
                OF_NETWORK,
                OF_OPTIMIZER,
            )
        )
    return (
        read(subject, OF_WEIGHTS),
        read(subject.flow, OF_NETWORK),
        read(subject.flow.model, OF_OPTIMIZER),
    )


def _of_layer(subject: ModelWeights, layer: LayerFacts) -> Readings:
    placed = PlacedLayer(flow=subject.flow, layer=layer)
    return _joined(
        read(placed, OF_LAYER),
        read(subject.layer(layer), OF_LAYER_WEIGHTS),
    )


def _without_model(measurements: tuple[Measurement[Any], ...]) -> Readings:
    return Readings(missing={each.name: NO_MODEL for each in measurements})


def _joined(*readings: Readings) -> Readings:
    return Readings(
        values={name: value for each in readings for name, value in each.values.items()},
        assumed={name: text for each in readings for name, text in each.assumed.items()},
        missing={name: lack for each in readings for name, lack in each.missing.items()},
    )
