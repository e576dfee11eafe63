"""The user's model and rows -> what probe trainings on them show.

This loads and runs the user's model; no earlier part of the pipeline does.
"""

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

from advisor.candidates.arm import Arm, parse_arms
from advisor.candidates.placement import Placement
from advisor.candidates.search_space import search_space_of
from advisor.errors import AdvisorError, InputError, UsageError
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Evidence
from advisor.inputs.dataset import Dataset
from advisor.inputs.history import History
from advisor.inputs.live_model import describe_live_model, live_layers
from advisor.inputs.model_facts import ModelFacts
from advisor.pipeline.journal_key import open_journal
from advisor.pipeline.probe_splits import probe_splits
from advisor.probes.journal import JournalledTrainer
from advisor.probes.proof import Proof, Recipe
from advisor.probes.race import Progress, RaceSettings, race
from advisor.rulebook.rule import Findings
from advisor.settings.settings import Settings
from advisor.training.rows.streamed import StreamedDataset
from advisor.values import dataclass

DEFAULT_BATCH_SIZE = 32  # as in Keras' fit


@dataclass(frozen=True, kw_only=True)
class ProbeSubject:
    """What probes run on: the loaded model, its rows, and what its saved weights do on them.

    `facts` are those of the file, or of the loaded model if its file does not describe its layers.
    `arms` are those that the user named, () if the race chooses them.
    """

    model: Any  # a keras.Model that nobody else uses
    facts: ModelFacts
    dataset: Dataset | StreamedDataset
    evaluation: Evaluation
    recipe: Recipe
    arms: tuple[Arm, ...] = ()


def prepare(
    source: object, facts: ModelFacts, rows: object, history: History | None, settings: Settings
) -> ProbeSubject:
    """Load the model at `source`, bind the rows to it, check them, and evaluate its weights.

    Raises InputError and UsageError if the model or its rows can't be used, and says which flag to
    add.
    """
    arms = parse_arms(settings.arms) if settings.arms else ()  # before what takes seconds
    from advisor.training.model.load import load_model
    from advisor.training.rows.binding import bind
    from advisor.training.silence import silenced_libraries

    with silenced_libraries():
        import tensorflow  # noqa: F401 - imported here, so that its output is hidden

    model = load_model(
        Path(source) if isinstance(source, str | PathLike) else source,
        trust=settings.trust,
        imports=settings.imports,
        loss=settings.loss,
        optimizer=settings.optimizer,
    )
    dataset = bind(read_rows(rows, model, settings), model)
    recipe = recipe_of(facts, history, settings, dataset)
    return ProbeSubject(
        model=model,
        facts=_described(model, facts),
        dataset=dataset,
        evaluation=_evaluated(model, dataset, recipe.batch_size),
        recipe=recipe,
        arms=arms,
    )


def _evaluated(model: Any, dataset: Dataset | StreamedDataset, batch_size: int) -> Evaluation:
    from advisor.training.evaluate import evaluate
    from advisor.training.reason import named_reason

    try:
        return evaluate(model, dataset, batch_size=batch_size)
    except AdvisorError:
        raise
    except Exception as error:  # the user's own layers and losses may raise anything
        raise InputError(
            f"model: can't be evaluated on these rows: {named_reason(error)}"
        ) from error


def _described(model: Any, facts: ModelFacts) -> ModelFacts:
    """The facts of all layers; for the user's own class only the live model shows them."""
    if facts.kind != "subclassed" or facts.file_format == "live":
        return facts
    live = describe_live_model(model)
    return replace(
        live,
        source=facts.source,
        sha256=facts.sha256,
        file_format=facts.file_format,
        keras_version=facts.keras_version,
        notes=facts.notes,
    )


def read_rows(rows: object, model: object, settings: Settings) -> Dataset | StreamedDataset:
    """The rows at a source, as the settings say; `model` is a live model, its facts, or None."""
    from advisor.training.rows.sources import open_data

    return open_data(
        rows,
        model,
        target=settings.target,
        group=settings.group,
        use_test=settings.use_test,
        seed=settings.seed,
    )


def recipe_of(
    facts: ModelFacts,
    history: History | None,
    settings: Settings,
    dataset: Dataset | StreamedDataset,
) -> Recipe:
    """The user's own training, as far as the inputs show it.

    Raises UsageError if its length is not known.
    """
    batch_size = settings.batch_size or (history.batch_size if history else None)
    assumed = []
    if batch_size is None:
        batch_size = DEFAULT_BATCH_SIZE
        assumed.append(
            f"Batches of {batch_size} rows are assumed; use --batch-size to change that."
        )
    epochs = settings.epochs or (history.epochs if history else None)
    if epochs is None:
        epochs = _epochs_taken(facts, ceil(dataset.n_train / batch_size))
        assumed.append(
            f"A training of {epochs} epochs is assumed from the optimizer's steps; use --epochs to "
            "change that."
        )
    from advisor.training.rows.weighting import recorded_class_weight

    record = history.record if history else None
    class_weight, unlike = recorded_class_weight(record, dataset)
    return Recipe(
        batch_size=batch_size,
        epochs=epochs,
        learning_rates=_learning_rates(history, epochs),
        class_weight=class_weight,
        assumed=(*assumed, *unlike),
    )


def _epochs_taken(facts: ModelFacts, steps_per_epoch: int) -> int:
    taken = facts.optimizer.iterations if facts.optimizer else None
    if not taken:
        raise UsageError("probes need to know how long you train: give the history, or --epochs N")
    return max(1, round(taken / steps_per_epoch))


def _learning_rates(history: History | None, epochs: int) -> tuple[float, ...] | None:
    """The rate of each epoch; the last rate is repeated if more epochs are asked for."""
    logged = history.learning_rate if history else None
    if logged is None or not logged.values or history is None or len(logged) < history.epochs:
        return None
    rates = logged.values[:epochs]
    return (*rates, *(rates[-1] for _ in range(epochs - len(rates))))


def run_probes(
    subject: ProbeSubject,
    facts: ModelFacts,
    evidence: Evidence,
    findings: Findings,
    settings: Settings,
    watch: Callable[[Progress], None] | None = None,
) -> Proof:
    """Race the candidates on the user's rows; Ctrl-C ends the race with the results so far."""
    from advisor.training.trainer import make_trainer

    started = perf_counter()
    whole_space = search_space_of(findings, Placement(model=facts, evidence=evidence))
    space = whole_space.limited_to(live_layers(subject.model).keys())
    splits, why = probe_splits(subject.dataset, settings.splits)
    recipe, dataset = subject.recipe, subject.dataset
    training: dict[str, Any] = {
        "varied": space.slots,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "objective": settings.objective,
        "directions": settings.metric,
        "splits": splits,
        "seed": settings.seed,
        "learning_rates": recipe.learning_rates,
        "class_weight": recipe.class_weight,
    }
    # before the model is changed into an adjustable one
    journal = open_journal(subject.model, subject.facts.sha256, dataset, settings, training)
    trainer = make_trainer(subject.model, dataset, **training)
    journalled = None if journal is None else JournalledTrainer(trainer, journal)
    onset = evidence.model.values.get("best.epoch")
    outcome = race(
        space,
        journalled or trainer,
        trainer.costs,
        RaceSettings(
            seed=settings.seed,
            budget=settings.budget,
            policy=settings.policy,
            splits=splits,
            objective=settings.objective,
            maximize=trainer.maximize,
            arms=subject.arms,
            n_train=dataset.n_train,
            n_val=dataset.n_val,
            onset=int(onset) if isinstance(onset, int | float) else None,
            has_batch_normalization=evidence.model.values.get("model.has_batch_normalization")
            is True,
            has_expired=_deadline(started, settings.time_limit),
        ),
        watch if watch is None or journalled is None else _counting(watch, journalled),
    )
    return Proof(
        outcome=outcome,
        engine=trainer.engine,
        recipe=recipe,
        notes=(*recipe.assumed, *dataset.notes, *why, *trainer.notes),
        seconds=perf_counter() - started,
    )


def _counting(
    watch: Callable[[Progress], None], trainer: JournalledTrainer
) -> Callable[[Progress], None]:
    return lambda progress: watch(replace(progress, recalled=trainer.recalled))


def _deadline(started: float, limit: float | None) -> Callable[[], bool]:
    return lambda: limit is not None and perf_counter() - started > limit
