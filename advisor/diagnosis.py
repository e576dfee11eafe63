"""The pipeline: a model file and a history in, a report out.

The module is not called `diagnose`: importing it would then put a module where the package offers
the function of that name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from advisor import __version__
from advisor.errors import UsageError
from advisor.evidence.gather import gather
from advisor.evidence.measurement import Evidence
from advisor.inputs.dataset import Dataset
from advisor.inputs.history import Direction, History, history_from, read_history
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import open_model
from advisor.recommend import recommend, recommend_from_probes
from advisor.report.assemble import assemble
from advisor.report.report import Inputs, Report
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Findings, Rule
from advisor.rulebook.rulebook import load_rules, select_rules, shipped_rules
from advisor.rulebook.verdict import decide
from advisor.settings import Settings, with_flags
from advisor.values import dataclass

if TYPE_CHECKING:  # what runs models is imported only where it is asked to
    from advisor.probes.race import Progress
    from advisor.proof import Proof, Subject
    from advisor.training.streamed import StreamedDataset

Watch = Callable[["Progress"], None]

# Spectra of larger kernels cost seconds: `check` leaves them out, `inspect` takes them.
CHECK_SPECTRUM_LIMIT = 256
INSPECT_SPECTRUM_LIMIT = 4096


def diagnose(
    model: object = None,
    history: object = None,
    *,
    data: object = None,
    train_size: int | None = None,
    val_size: int | None = None,
    batch_size: int | None = None,
    metric: Mapping[str, Direction] | None = None,
    rules: Sequence[str | PathLike[str]] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    **probes: object,
) -> Report:
    """Say whether a network overfits and which regularization to use, how strong, and where.

    `model` is the path of a saved model (`.keras`, `.h5`, `.weights.h5`, ...) or a live
    `keras.Model`; `history` is a path, a dict, a list of rows, a `keras.callbacks.History` or a
    `History`. Either may be left out; the report then says what it can't tell. A saved model is
    read, never run, unless `data` is given: a path or `package.module:function` as for `--data`,
    arrays `(x_train, y_train, x_val, y_val)`, a dict of arrays, or a `tf.data.Dataset`. Then
    candidates are trained on it, as `probes` say: `target`, `group`, `epochs`, `loss`,
    `optimizer`, `imports`, `trust`, `use_test`, `probe`, `splits`, `policy`, `objective`, `arms`,
    `budget`, `time_limit`, `seed`, each as the flag of that name. `train_size` and `val_size`
    count rows; `metric` says in which direction a metric that isn't known gets better; `rules`
    are folders of further rules.

    Raises InputError for a file that is damaged or not what it was taken for, UsageError where
    neither input is given or a flag is needed, RuleError and SettingsError for rules and settings.

    >>> diagnose(history={"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]}).verdict
    'undecided'
    """
    settings = with_flags(
        Settings(),
        {
            "train_size": train_size,
            "val_size": val_size,
            "batch_size": batch_size,
            "metric": metric,
            "rules": tuple(Path(folder) for folder in rules),
            "select": tuple(select),
            "ignore": tuple(ignore),
            **probes,
        },
    )
    return check(model, history, settings, data)


def check(
    model: object,
    history: object,
    settings: Settings,
    data: object = None,
    watch: Watch | None = None,
) -> Report:
    """The same, with settings as a value; `watch` is told of each probe training."""
    started = perf_counter()
    rules = rules_of(settings)
    with examined(model, history, settings, CHECK_SPECTRUM_LIMIT, data) as case:
        findings = apply(rules, case.evidence)
        verdict = decide(findings)
        proof = _proof(case, findings, settings, watch)
        return assemble(
            version=__version__,
            model=case.model,
            history=case.history,
            inputs=case.inputs,
            evidence=case.evidence,
            findings=findings,
            verdict=verdict,
            recommendation=recommend(verdict, findings, case.evidence, case.model)
            if proof is None
            else recommend_from_probes(proof.outcome, verdict, findings, case.evidence, case.model),
            proof=proof,
            notes=case.notes,
            seconds=perf_counter() - started,
        )


def _proof(
    case: "Case", findings: Findings, settings: Settings, watch: Watch | None
) -> "Proof | None":
    if case.subject is None or case.model is None:
        return None
    from advisor.proof import prove

    return prove(case.subject, case.model, case.history, case.evidence, findings, settings, watch)


@dataclass(frozen=True, kw_only=True)
class Case:
    """The inputs of one check, and all that was measured on them.

    `subject` is what probes run on, None where none are asked for or possible; `notes` say what
    is to be known of the rows.
    """

    model: ModelFacts | None
    history: History | None
    inputs: Inputs
    evidence: Evidence
    subject: "Subject | None" = None
    notes: tuple[str, ...] = ()


@contextmanager
def examined(
    model: object,
    history: object,
    settings: Settings,
    spectrum_limit: int,
    data: object = None,
) -> Iterator[Case]:
    """The inputs opened and measured; spectra where the short side is within `spectrum_limit`."""
    if model is None and history is None:
        raise UsageError("nothing to check: give a saved model, a training history, or both")
    run = _history(history, settings)
    rows = settings.data if data is None else data
    with _model(model) as described:
        material = _material(model, described, run, rows, settings)
        dataset, subject = material.dataset, material.subject
        facts = subject.facts if subject else described
        n_train = settings.train_size or (dataset.n_train if dataset else None)
        n_val = settings.val_size or (dataset.n_val if dataset else None)
        batch_size = settings.batch_size or (run.batch_size if run else None)
        evidence = gather(
            facts,
            run,
            n_train=n_train or (run.n_train if run else None),
            n_val=n_val or (run.n_val if run else None),
            batch_size=batch_size,
            spectrum_limit=spectrum_limit,
            dataset=dataset if isinstance(dataset, Dataset) else None,
            evaluation=subject.evaluation if subject else None,
        )
        inputs = Inputs(
            model=facts.source if facts else None,
            model_sha256=facts.sha256 if facts else None,
            history=run.source if run else None,
            history_sha256=run.sha256 if run else None,
            data=dataset.source if dataset else None,
            data_sha256=dataset.sha256 if dataset else None,
            n_train=n_train or (run.n_train if run else None),
            n_val=n_val or (run.n_val if run else None),
            batch_size=subject.recipe.batch_size if subject else batch_size,
        )
        yield Case(
            model=facts,
            history=run,
            inputs=inputs,
            evidence=evidence,
            subject=subject,
            notes=material.notes,
        )


@dataclass(frozen=True, kw_only=True)
class _Material:
    """The rows of a check, and the loaded model where it is to be trained on them."""

    dataset: "Dataset | StreamedDataset | None" = None
    subject: "Subject | None" = None
    notes: tuple[str, ...] = ()


def _material(
    model: object,
    facts: ModelFacts | None,
    history: History | None,
    rows: object,
    settings: Settings,
) -> _Material:
    """The rows, and what probes run on unless they can't be run or aren't wanted."""
    if rows is None:
        return _Material()
    from advisor.proof import prepare, read_rows

    if facts is not None and settings.probe:
        subject = prepare(model, facts, rows, history, settings)
        return _Material(dataset=subject.dataset, subject=subject, notes=subject.dataset.notes)
    dataset = read_rows(rows, facts, settings)
    missing = "" if facts else "No probes were run: they need the saved model beside the data."
    return _Material(dataset=dataset, notes=(*dataset.notes, *((missing,) if missing else ())))


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """The shipped rules with the user's own, as selected. Raises RuleError, UsageError."""
    rules = load_rules((shipped_rules(), *settings.rules))
    return select_rules(rules, settings.select, settings.ignore)


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
