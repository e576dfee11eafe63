"""One run to be judged: its inputs, and all that was measured on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UsageError
from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.curves.run import Run
from advisor.evidence.gather import gather, run_of
from advisor.evidence.measurement import Evidence, Missing
from advisor.evidence.weights.kernels import ModelWeights
from advisor.evidence.weights.weight_statistics import measure_weights
from advisor.inputs.dataset import Dataset
from advisor.inputs.history import History, history_from, read_history
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import open_model
from advisor.inputs.row_hash import rows_sha256
from advisor.report.content import Inputs
from advisor.settings.settings import Settings
from advisor.values import dataclass

if TYPE_CHECKING:  # what runs models is imported only when needed
    from advisor.pipeline.probing import ProbeSubject
    from advisor.training.rows.streamed import StreamedDataset


# Spectra of larger kernels take seconds: `check` leaves them out, `inspect` computes them.
CHECK_SPECTRUM_LIMIT = 256
INSPECT_SPECTRUM_LIMIT = 4096


@dataclass(frozen=True, kw_only=True)
class Examination:
    """The inputs of one check, and all that was measured on them.

    The paths are as they were given. `subject` is the loaded model with its rows; None if no model
    was to be run. `row_losses` [rows] are the data losses of the validation rows that
    `inputs.val_sha256` identifies, with the weights that ship; None if they are not known. `notes`
    are what a reader should know about the rows.
    """

    model: ModelFacts | None
    model_path: str | None
    history_path: str | None
    history: History | None
    inputs: Inputs
    evidence: Evidence
    run: Run
    row_losses: NDArray[np.float32] | None = None
    subject: "ProbeSubject | None" = None
    notes: tuple[str, ...] = ()


@contextmanager
def examine(
    model: object,
    history: object,
    settings: Settings,
    data: object = None,
    *,
    spectrum_limit: int = CHECK_SPECTRUM_LIMIT,
    runs_model: bool = False,
) -> Iterator[Examination]:
    """Open and measure the inputs; spectra of kernels whose short side is up to `spectrum_limit`.

    The model is loaded and run on the rows if probes are wanted, or if `runs_model`.

    Raises UsageError if neither a model nor a history is given.
    """
    if model is None and history is None:
        raise UsageError("nothing to check: give a saved model, a training history, or both")
    log = _history(history, settings)
    rows = settings.data if data is None else data
    with _model(model) as described:
        material = _material(model, described, log, rows, settings, runs_model)
        dataset, subject = material.dataset, material.subject
        facts = subject.facts if subject else described
        evaluation = subject.evaluation if subject else None
        weights = _weights(facts, log, spectrum_limit) if facts else None
        loaded = dataset if isinstance(dataset, Dataset) else None
        run = run_of(
            log,
            weights,
            n_train=settings.train_size or (dataset.n_train if dataset else None),
            n_val=settings.val_size or (dataset.n_val if dataset else None),
            batch_size=settings.batch_size,
            dataset=loaded,
            evaluation=evaluation,
        )
        validation = _validation(run, material)
        yield Examination(
            model=facts,
            model_path=_path(model),
            history_path=_path(history),
            history=log,
            inputs=_inputs(facts, log, material, run, validation.sha256),
            evidence=gather(run, weights, dataset=loaded, evaluation=evaluation),
            run=run,
            row_losses=validation.row_losses,
            subject=subject,
            notes=(*material.notes, *validation.notes, *_on_the_loss(run)),
        )


@dataclass(frozen=True, kw_only=True)
class _Material:
    """The rows of a check, and the loaded model if it is to be run on them."""

    dataset: "Dataset | StreamedDataset | None" = None
    subject: "ProbeSubject | None" = None
    notes: tuple[str, ...] = ()


def _material(
    model: object,
    facts: ModelFacts | None,
    history: History | None,
    rows: object,
    settings: Settings,
    runs_model: bool,
) -> _Material:
    """The rows, and the loaded model if it can and must be run on them."""
    if rows is None:
        return _Material()
    from advisor.pipeline.probing import prepare, read_rows

    if facts is not None and (settings.probe or runs_model):
        subject = prepare(model, facts, rows, history, settings)
        return _Material(dataset=subject.dataset, subject=subject, notes=subject.dataset.notes)
    dataset = read_rows(rows, facts, settings)
    missing = "" if facts else "No probes were run: they need the saved model as well as the data."
    return _Material(dataset=dataset, notes=(*dataset.notes, *((missing,) if missing else ())))


@dataclass(frozen=True, kw_only=True)
class _Validation:
    """The validation rows: their identity, and the loss of each."""

    sha256: str | None = None
    row_losses: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()


def _validation(run: Run, material: _Material) -> _Validation:
    """As the Recorder saw them while the model was trained, else from the given rows."""
    recorded = run.record.val_sha256 if run.record else None
    dataset, subject = material.dataset, material.subject
    given = rows_sha256(dataset.val) if isinstance(dataset, Dataset) else None
    if recorded is not None and given is not None and recorded != given:
        return _Validation(
            sha256=recorded,
            row_losses=run.judged_row_losses,
            notes=("The validation rows in the data are not those of the recorded training.",),
        )
    measured = subject.evaluation.row_losses if subject and given else None
    losses = run.judged_row_losses
    return _Validation(sha256=recorded or given, row_losses=measured if losses is None else losses)


def _on_the_loss(run: Run) -> tuple[str, ...]:
    """A sentence that the figures are not those of the logged curve, if they are not."""
    data_loss, followed, logged = run.data_loss, run.smoothed, run.smoothed_as_logged
    if isinstance(data_loss, Missing) or data_loss.is_as_logged:
        return ()
    if isinstance(followed, Missing) or isinstance(logged, Missing):
        return ()
    ends = [
        f"{smoothed.rebound / smoothed.lowest:.0%}"
        if smoothed.lowest > 0
        else f"{smoothed.rebound:.3g}"
        for smoothed in (followed, logged)
    ]
    return (
        f"The verdict is based on the validation loss {data_loss.source}: it ends {ends[0]} above"
        f" its best, while the loss as logged and drawn ends {ends[1]} above.",
    )


def _inputs(
    facts: ModelFacts | None,
    history: History | None,
    material: _Material,
    run: Run,
    val_sha256: str | None,
) -> Inputs:
    dataset, subject = material.dataset, material.subject
    return Inputs(
        model=facts.source if facts else None,
        model_sha256=facts.sha256 if facts else None,
        history=history.source if history else None,
        history_sha256=history.sha256 if history else None,
        data=dataset.source if dataset else None,
        data_sha256=dataset.sha256 if dataset else None,
        val_sha256=val_sha256,
        n_train=run.train_rows,
        n_val=run.validation_rows,
        batch_size=subject.recipe.batch_size if subject else run.batch_size,
    )


def _weights(facts: ModelFacts, history: History | None, spectrum_limit: int) -> ModelWeights:
    return ModelWeights(
        flow=LayerFlow(model=facts),
        statistics=measure_weights(facts, spectrum_limit),
        history=history,
    )


def _path(given: object) -> str | None:
    return str(given) if isinstance(given, str | PathLike) else None


@contextmanager
def _model(model: object) -> Iterator[ModelFacts | None]:
    match model:
        case None:
            yield None
        case ModelFacts():
            yield model
        case str() | PathLike():
            with open_model(Path(model)) as facts:
                yield facts
        case _ if hasattr(model, "layers") and hasattr(model, "weights"):
            from advisor.inputs.live_model import describe_live_model

            yield describe_live_model(model)
        case _:
            raise UsageError(
                f"model: a path or a keras.Model is expected, not {type(model).__name__}; a "
                "training history goes in with history=..."
            )


def _history(history: object, settings: Settings) -> History | None:
    match history:
        case None | History():
            return history
        case str() | PathLike():
            return read_history(Path(history), settings.metric)
        case _:
            return history_from(history, settings.metric)
